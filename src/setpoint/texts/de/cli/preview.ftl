# Die Kommandozeile: eine Vorschau, ihre Fragen, und was aus einem Auftrag wurde.
preview-row = Zeile
preview-machine = Maschine
preview-field = Feld
preview-now = Jetzt
preview-target = Soll
preview-change = Änderung
preview-note = Bemerkung
preview-and-more = und { $count } weitere
preview-sheet-row = Zeile { $row }: { $what }
preview-not-heard = noch nichts gehört
preview-blocked-by = blockiert durch { $stop }
preview-no-contact = { $quality }: Zurzeit kann ihr nichts vorgegeben werden
preview-read-only = Sie dürfen Linie { $line } ansehen, nicht ändern
preview-after-shown = { $who }, nachdem es gezeigt wurde
preview-cleared = { $barrier }, als es gezeigt wurde, und jetzt nicht mehr
preview-not-allowed = das Feld nimmt diesen Wert nicht
preview-stop-since = { $status } seit { $time }
preview-or-earlier = { $time } oder früher
preview-already = { $time } oder früher (schon um { $earlier })
preview-changed-by = geändert von { $name } um { $time }
preview-changed-at-machine = an der Maschine geändert um { $time }
preview-voided-by = verworfen durch { $name } um { $time }
preview-changed-since = inzwischen von jemandem geändert
preview-on-line = Linie { $line }, { $what }
preview-not-yours = ohne Ihr Recht zu ändern
preview-will-change = { $count ->
    [one] { $count } wird geändert
   *[other] { $count } werden geändert
}
preview-blocked = { $count } blockiert
preview-conflicts = { $count } im Konflikt
preview-waiting = { $count } noch ohne Meldung
preview-errors = { $count } mit Fehlern
preview-unchanged = { $count } unverändert, nicht gesendet
preview-of-these = { $count }: { $what }
unsent-unchanged = unverändert
unsent-left-out = ausgelassen
ask-send = { $targets ->
    [one] { $targets } Sollwert an { $machines ->
        [one] { $machines } Maschine
       *[other] { $machines } Maschinen
    } senden? [j/N, { $verbs }]
   *[other] { $targets } Sollwerte an { $machines ->
        [one] { $machines } Maschine
       *[other] { $machines } Maschinen
    } senden? [j/N, { $verbs }]
}
ask-nothing = Nichts würde gesendet. [N, { $verbs }]
ask-waiting = Nichts wurde gesendet: Einige Maschinen haben sich noch nicht gemeldet. Versuchen Sie es noch einmal, oder lassen Sie sie aus.
ask-no-terminal = hier ist kein Terminal, um nachzufragen; geben Sie --yes an, um zu senden, oder --dry-run, um nur zu sehen
became-row = Zeile
became-applied = übernommen
became-conflict = Konflikt mit { $who } ({ $value })
became-unknown = unbekannt: { $why }
became-unconfirmed = keine Bestätigung
became-blocked = blockiert durch { $stop }
became-voided = verworfen durch { $stop }
became-superseded = durch einen neueren Sollwert ersetzt
became-cancelled = abgebrochen: { $why }
became-withdrawn = zurückgezogen
became-failed = { $outcome }: { $why }
became-not-applied = nicht übernommen
became-not-sent = { $why }: nicht gesendet
became-machine = der Maschine
became-came-since = { $name }, inzwischen eingetreten
tally-open = { $count } offen
tally-applied = { $count } übernommen
tally-not-applied = { $count } nicht übernommen
tally-unknown = { $count } unbekannt
tally-not-sent = { $count } nicht gesendet
tally-batch = { $counts }. Auftrag { $batch }
follow-following = Verfolge
follow-targets = Sollwerte
follow-rows = Zeilen
follow-reading = Lese { $file }
follow-refused = Der Server hat den Auftrag abgelehnt: { $why }
follow-not-withdrawn = Der Auftrag ließ sich nicht zurückziehen: { $why }. Seine Ergebnisse: setpoint audit --batch { $batch }
follow-withdrawn-before = Zurückgezogen, bevor der Server ihn bekam: Nichts wurde gesendet. Auftrag { $batch }
follow-withdrawn = { $count ->
    [one] Zurückgezogen: { $count } Sollwert, der noch nicht unterwegs war.
   *[other] Zurückgezogen: { $count } Sollwerte, die noch nicht unterwegs waren.
}
follow-handed-over = { $count } waren den Maschinen schon übergeben; setpoint undo { $batch } nimmt zurück, was sie ändern.
follow-batch = Auftrag { $batch }
