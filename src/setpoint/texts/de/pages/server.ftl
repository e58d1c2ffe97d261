# Was Server und Datenschicht auf Englisch sagen, nach ihrem Code.
end-safety = Verworfen durch { $name }
end-device = An der Maschine geändert
end-conflict = Von einer anderen Person geändert
end-conflict-by = Geändert von { $name }
end-cancelled = Abgebrochen, bevor die Maschine erreicht wurde
end-cancelled-by = Zurückgezogen von { $name }
end-superseded = Durch einen neueren Sollwert ersetzt
end-superseded-by = Durch einen neueren Sollwert von { $name } ersetzt
end-blocked = Nicht übernommen: Die Maschine steht, ist ohne Kontakt oder gesperrt
end-diverged = Nicht übernommen: Die Maschine meldet einen anderen Wert
end-rejected = Nicht übernommen: vom Server abgelehnt
end-failed = Nicht übernommen: von der Maschine abgelehnt
end-failed-why = Nicht übernommen. Die Antwort: „{ $message }“
end-unknown = Keine Bestätigung. Die Maschine kann den Wert noch übernehmen.
end-late = Spät übernommen
end-reconciled = Übernommen
end-applied = Übernommen
end-pending = Offen
end-accepted = Angenommen, wartet auf die Meldung der Maschine
said-no-answer = Der Server hat nicht geantwortet.
said-not-understood = Diese Seite versteht die Antwort des Servers nicht. Laden Sie die Seite neu.
said-not-sent = Nicht gesendet: { $problem }
said-too-late = Nicht gesendet: Der Server bekam es zu spät. Sehen Sie nach der Maschine, und geben Sie den Wert dann neu vor.
said-final = Der Server hat die Verbindung beendet. Melden Sie sich neu an, oder bitten Sie einen Administrator um das Recht, dieses Werk zu sehen.
problem-other = Der Server hat dies abgelehnt ({ $code }).
problem-retry = Der Server hat zu viel zu tun. Versuchen Sie es in { $seconds } s noch einmal.
problem-bad-request = Die Anfrage ist nicht lesbar.
problem-malformed-json = Die Anfrage ist nicht lesbar.
problem-json-expected = Die Anfrage ist nicht lesbar.
problem-body-too-large = Das ist zu groß für den Server.
problem-body-too-slow = Das kam zu langsam an. Versuchen Sie es noch einmal.
problem-bad-host = Unter dieser Adresse kennt sich der Server nicht.
problem-unknown-host = Unter dieser Adresse kennt sich der Server nicht.
problem-cross-site = Das kam von einer anderen Website und wurde abgelehnt.
problem-not-found = Das gibt es hier nicht.
problem-method-not-allowed = Das geht hier nicht.
problem-bad-cursor = Die Liste hat sich geändert. Laden Sie sie neu.
problem-too-many-reads = Zu viel wird gleichzeitig gelesen. Versuchen Sie es gleich noch einmal.
problem-not-signed-in = Melden Sie sich zuerst an, und versuchen Sie es dann noch einmal.
problem-forbidden = Dazu haben Sie kein Recht.
problem-bad-user = Das ist kein Name einer Person.
problem-wrong-credentials = Name oder Passwort stimmt nicht.
problem-too-many-attempts = Zu viele Versuche. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.
problem-no-rights = Sie haben in diesem Werk keine Rechte. Bitten Sie einen Administrator.
problem-no-account = Ein Konto mit diesem Namen gibt es nicht.
problem-no-link = Dieser Link ist verbraucht oder zu alt. Bitten Sie einen Administrator um einen neuen.
problem-sign-in-failed = Die Anmeldung ist nicht gelungen. Versuchen Sie es noch einmal.
problem-provider-failed = Der Anmeldedienst antwortet nicht oder nicht, wie er soll. Versuchen Sie es noch einmal; hilft das nicht, fragen Sie, wer ihn betreut.
problem-provider-clock = Die Antwort des Anmeldedienstes gilt nach der Uhr des Servers gerade nicht. Beginnen Sie noch einmal; hilft das nicht, bitten Sie einen Administrator, die Uhren zu vergleichen.
problem-bad-name = Dieser Name geht nicht. Nehmen Sie Buchstaben, Ziffern, Punkt, Bindestrich oder Unterstrich.
problem-bad-role = Diese Rolle gibt es nicht.
problem-bad-expiry = Dieses Ablaufdatum geht nicht.
problem-name-taken = Dieser Name ist vergeben.
problem-weak-password = Dieses Passwort ist zu kurz oder zu einfach.
problem-yourself = Mit dem eigenen Konto geht das nicht.
problem-invalid-batch = Diese Sollwerte sind nicht lesbar. Nichts wurde gesendet.
problem-batch-too-large = Das sind zu viele Sollwerte für einen Auftrag. Nichts wurde gesendet.
problem-tx-id-reused = Ein anderer Auftrag hat diese Nummer. Nichts wurde gesendet.
problem-atomic-refused = Alles oder nichts: Einige Sollwerte sind nicht möglich, deshalb wurde nichts gesendet.
problem-too-late = Der Server bekam es zu spät. Nichts wurde gesendet.
problem-in-progress = Dieser Auftrag läuft noch.
problem-unknown-batch = Diesen Auftrag gibt es nicht.
problem-withdrawn = Dieser Auftrag wurde zurückgezogen.
problem-nothing-to-undo = Es gibt nichts zurückzunehmen.
problem-nothing-to-set = Kein Feld dieses Werks lässt sich setzen; es hat keine Vorlage.
problem-nothing-to-retry = Es gibt nichts noch einmal zu versuchen.
problem-needs-second-person = Diese Änderung braucht eine zweite Person.
problem-same-person = Das muss eine andere Person bestätigen.
problem-asker-gone = Wer das angefragt hat, darf es nicht mehr ändern.
problem-rights-changed = Ihre Rechte haben sich inzwischen geändert. Fragen Sie noch einmal an.
problem-too-many-batches = Zu viele Ihrer Aufträge laufen. Warten Sie, bis einige abgeschlossen sind.
problem-too-many-targets = Sie haben zu viele Sollwerte vorgegeben. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.
problem-too-many-held = Zu viele Änderungen warten auf eine zweite Person.
problem-too-many-withdrawn = Zu viele Aufträge wurden zurückgezogen. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.
problem-too-much-under-way = Beim Server ist zu viel unterwegs. Versuchen Sie es gleich noch einmal.
problem-unknown-machine = Diese Maschine gibt es nicht, oder Sie dürfen sie nicht sehen.
problem-unknown-topic = Diese Linie oder Maschine gibt es nicht, oder Sie dürfen sie nicht sehen.
problem-unknown-file = Diese Datei hat der Server nicht.
problem-wrong-hash = Die Datei kam beschädigt an. Senden Sie sie noch einmal.
problem-files-full = Der Server bewahrt keine weiteren Dateien von Ihnen auf. Bitten Sie einen Administrator.
problem-not-simulated = Dieses Werk ist nicht simuliert.
problem-invalid-event = Dieses Ereignis ist nicht möglich.
problem-invalid-plant-of = Nichts wurde geändert, die Werksdatei kann nicht verwendet werden: { $why }
problem-invalid-plant = Die Werksdatei hat Fehler. Nichts wurde geändert; das Protokoll des Servers nennt sie.
problem-bad-history-query = Dieser Teil des Verlaufs lässt sich nicht abfragen.
problem-unknown-signal = Dieses Signal gibt es nicht.
problem-history-too-large = Das ist zu viel Verlauf auf einmal. Wählen Sie eine kürzere Zeit.
problem-no-history = Dieser Server bewahrt keinen Verlauf auf.
problem-storage-failed = Der Server kann zurzeit nichts speichern. Nichts wurde gesendet.
problem-server-error = Der Server ist daran gescheitert. Sein Protokoll sagt, wie.
file-problem-other = Die Datei ist nicht lesbar.
file-problem-too_large = Die Datei ist zu groß. Teilen Sie sie, oder entfernen Sie Bilder und Blätter, die nicht nötig sind.
file-problem-empty = Die Datei ist leer.
file-problem-no_workbook = Die Datei ist keine Arbeitsmappe. Speichern Sie sie als xlsx, xlsm, xls, xlsb, ods oder csv.
file-problem-damaged = Die Datei ist beschädigt. Öffnen Sie sie in einem Tabellenprogramm, speichern Sie sie neu, und senden Sie diese.
file-problem-encrypted = Die Datei ist durch ein Passwort geschützt. Speichern Sie sie ohne Passwort.
file-problem-inflates_too_much = Die Datei ist entpackt zu groß. Teilen Sie sie.
file-problem-too_many_rows = Das Blatt hat mehr Zeilen, als gelesen werden. Teilen Sie es.
file-problem-entities = Das XML der Datei gibt einen Dokumenttyp an, wie ihn kein Tabellenprogramm schreibt.
file-problem-too_slow = Die Datei wurde nicht rechtzeitig gelesen. Teilen Sie sie, oder entfernen Sie, was nicht nötig ist.
file-problem-reader_died = Die Datei ist nicht lesbar: Das Lesen brach ab. Speichern Sie sie neu als xlsx.
file-problem-invalid_row = Eine Zeile der Datei passt nicht zu diesem Werk.
file-problem-unknown_letters = Die Zeichencodierung der Datei ist unbekannt. Wählen Sie sie, oder speichern Sie die Datei als CSV UTF-8.
file-problem-unknown_encoding = Die genannte Zeichencodierung ist hier nicht bekannt.
file-problem-other_encoding = Die Datei ist nicht in der gewählten Zeichencodierung: Sie enthält Bytes, die dort nichts bedeuten. Wählen Sie eine andere, oder speichern Sie die Datei als CSV UTF-8.
file-problem-nothing_to_set = Kein Feld dieses Werks lässt sich setzen; es nimmt keine Arbeitsmappe mit Zielwerten an.
file-problem-no_such_sheet = Dieses Blatt hat die Datei nicht.
file-problem-invalid_template = Diese Datei ist keine Liste von Sollwerten: Spalten der Vorlage fehlen. Holen Sie die Vorlage.
file-problem-doubled_column = Eine Spalte steht mehrmals in der Datei. Lassen Sie eine davon stehen.
file-problem-other_unit = Eine Spalte hat eine Einheit, die hier unbekannt ist.
file-problem-invalid_template-of = Diese Datei ist keine Liste von Sollwerten: Es { $count ->
    [one] fehlt
   *[other] fehlen
} { $missing }; auf dem Blatt { $sheet } steht in Zeile { $row } { $found }.{ $letters } Holen Sie die Vorlage.
file-problem-doubled_column-of = Die Spalte { $column } steht { $count } Mal in Zeile { $row }, in den Spalten { $columns }. Lassen Sie eine davon stehen.
file-problem-no_workbook-of = Die Datei ist keine Arbeitsmappe, sondern { $what ->
    [pdf] ein PDF
    [picture] ein Bild
    [rtf] ein Brief in RTF
    [gzip] mit gzip gepackt (zuerst entpacken)
    [seven-zip] mit 7-Zip gepackt (zuerst entpacken)
    [rar] mit RAR gepackt (zuerst entpacken)
    [sylk] eine SYLK-Datei
    [sxc] eine Tabelle von OpenOffice 1 (sxc)
    [odf] eine OpenDocument-Datei anderer Art
    [html] eine Webseite (HTML)
    [xml-2003] eine XML-Tabelle von Excel 2003
    [flat] eine flache OpenDocument-Datei
    [xml] XML
    [mhtml] ein Webarchiv (MHTML)
    [dif] eine DIF-Datei
    [json] JSON
    [word] ein Word-Dokument
    [slides] eine Präsentation
    [numbers] ein Dokument von Apple Numbers
    [packed] ein Zip um eine Arbeitsmappe (zuerst entpacken)
    [zip] ein Zip ohne Arbeitsmappe darin
    [compound] eine Verbunddatei ohne Arbeitsmappe darin
    [old] von Excel 95 oder älter gespeichert
    [encoding] Text in einer Zeichencodierung, die hier unbekannt ist
   *[binary] weder Text noch ein Format, das hier bekannt ist
}. Speichern Sie sie als xlsx, xlsm, xls, xlsb, ods oder csv.
file-problem-damaged-of = Die Datei ist beschädigt: { $cell ->
    [no] Das Blatt { $sheet }
   *[other] Die Zelle { $cell } des Blatts { $sheet }
} ist nicht lesbar. Öffnen Sie die Datei in einem Tabellenprogramm, speichern Sie sie neu, und senden Sie diese.
file-problem-too_many_rows-of = Das Blatt { $sheet } hat Zellen unter Zeile { $most }; weiter wird nicht gelesen. Teilen Sie es.
file-problem-other_unit-of = Die Überschrift { $header } in Zeile { $row } hat eine Einheit, die hier unbekannt ist. Rechnen Sie die Zahlen um, und nennen Sie die Spalte { $right }.
problem-unknown-alarm = Diesen Alarm gibt es nicht, oder Sie dürfen ihn nicht sehen.
problem-unknown-event = Dieses Ereignis gibt es nicht, oder Sie dürfen es nicht sehen.
problem-alarm-state = Der Alarm hat sich inzwischen geändert. Sehen Sie noch einmal nach.
problem-invalid-act = Das geht mit einem Alarm nicht.
problem-unknown-shift = Diese Schicht gibt es nicht.
problem-invalid-shift-entry = Dieser Eintrag lässt sich nicht speichern.
problem-too-many-entries = Das sind zu viele Einträge. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.
problem-body-too-large-of = Hier werden höchstens { $most } Bytes angenommen.
problem-batch-too-large-of = Ein Auftrag hat höchstens { $most } Sollwerte, dieser { $count }. Nichts wurde gesendet; teilen Sie ihn.
problem-name-taken-of = Den Namen „{ $name }“ gibt es schon. Nehmen Sie einen anderen.
problem-unknown-machine-of = Es gibt keine Maschine „{ $name }“, oder Sie dürfen sie nicht sehen.
problem-unknown-topic-of = Es gibt keine Linie oder Maschine „{ $name }“, oder Sie dürfen sie nicht sehen.
problem-unknown-batch-of = Es gibt keinen Auftrag { $batch }.
problem-files-full-of = Der Server behält höchstens { $most } Dateien von Ihnen, mit { $megabytes } MB. Fragen Sie einen Administrator.
problem-unknown-host-of = Dieser Server antwortet nicht unter „{ $name }“. Wer ihn betreibt, kann den Namen hinzufügen.
problem-forbidden-of =
    { $role ->
        [engineer] Dazu müssen Sie Ingenieur auf Linie { $line } sein.
       *[operator] Dazu müssen Sie Bediener auf Linie { $line } sein.
    }
problem-too-many-attempts-of = Zu viele Versuche. Versuchen Sie es in { $seconds } s noch einmal.
problem-bad-name-of = „{ $name }“ geht nicht als Name. Nehmen Sie Buchstaben, Ziffern, Punkt, Bindestrich oder Unterstrich.
problem-bad-role-of = Eine Rolle „{ $name }“ gibt es nicht.
problem-bad-expiry-of = Ein Token gilt 1 bis { $most } Tage.
problem-no-account-of = Für „{ $name }“ gibt es hier kein Konto. Bitten Sie einen Administrator darum, und nennen Sie ihm: { $subject }
problem-atomic-refused-of = Alles oder nichts: { $refused } von { $count } Sollwerten sind nicht möglich, deshalb wurde nichts gesendet.
problem-in-progress-of = Auftrag { $batch } läuft noch.
problem-withdrawn-of = { $name } hat diesen Auftrag zurückgezogen. Nichts wurde gesendet.
problem-nothing-to-undo-of = In Auftrag { $batch } gibt es nichts zurückzunehmen.
problem-nothing-to-retry-of = In Auftrag { $batch } gibt es nichts noch einmal zu versuchen.
problem-needs-second-person-of = { $fields }: Das braucht eine zweite Person. Noch wurde nichts gesendet.
problem-asker-gone-of = { $name } hat das angefragt und darf es nicht mehr ändern.
problem-too-many-batches-of = Sie senden Aufträge zu schnell. Senden Sie diesen in { $seconds } s noch einmal.
problem-too-many-targets-of = Sie dürfen { $most } Sollwerte auf einmal vorgeben und { $more } weitere in der Stunde. Nichts wurde gesendet.
problem-too-many-held-of = { $most } Aufträge warten schon auf eine zweite Person. Lassen Sie zuerst einige bestätigen.
problem-too-many-withdrawn-of = Sie haben { $most } Aufträge zurückgezogen, bevor sie ankamen. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.
problem-too-much-under-way-of = Beim Server laufen { $most } Sollwerte, mehr nimmt er nicht. Versuchen Sie es in einer Minute noch einmal.
problem-too-many-reads-of = { $most } Ihrer Anfragen warten schon. Warten Sie auf einige Antworten.
problem-too-many-entries-of = Linie { $line } hat für diese Woche schon { $most } Gründe und Notizen.
problem-unknown-file-of = Zu Auftrag { $batch } wurde keine Datei aufbewahrt.
problem-unknown-signal-of = „{ $name }“ ist kein Feld, das aufgezeichnet wird.
problem-unknown-alarm-of = Einen Alarm „{ $name }“ gibt es an dieser Maschine nicht, oder Sie dürfen ihn nicht sehen.
problem-alarm-state-of = { $name } hat das schon quittiert.
