upload-title = Viele Maschinen aus einer Arbeitsmappe ändern
upload-about = Legen Sie eine Arbeitsmappe irgendwo auf dieser Seite ab, fügen Sie Zellen aus einer Tabelle ein, oder wählen Sie eine Datei. Nichts wird gesendet, bevor Sie gesehen haben, was sich ändern würde.
upload-choose = Arbeitsmappe wählen
upload-template = Vorlage holen
upload-workbook = Arbeitsmappe
upload-formats = xlsx, xlsm, xls, xlsb, ods oder csv, bis { $megabytes } MB, mit den Spalten { $columns }.
upload-optional = { $column } (freiwillig)
upload-row = Zeile
upload-now = Jetzt
upload-note = Hinweis
upload-became = Was aus jeder Zeile wurde
upload-with-outcome = Zeilen mit Ergebnis
upload-next = Nächste Arbeitsmappe
upload-sending = Wird gesendet · { $counts }
upload-withdraw = Rest abbrechen
upload-withdrawn = { $withdrawn } zurückgezogen; noch nichts war übergeben.
upload-handed-over = { $handed ->
    [one] { $withdrawn } zurückgezogen, { $handed } war schon übergeben: Die Rücknahme holt ihn zurück.
   *[other] { $withdrawn } zurückgezogen, { $handed } waren schon übergeben: Die Rücknahme holt sie zurück.
}
upload-rows-nothing-sent = { $count ->
    [one] { $count } Zeile. Noch wird nichts gesendet.
   *[other] { $count } Zeilen. Noch wird nichts gesendet.
}
upload-targets-nothing-sent = { $count ->
    [one] { $count } Sollwert. Noch wird nichts gesendet.
   *[other] { $count } Sollwerte. Noch wird nichts gesendet.
}
upload-fold = { $count ->
    [one] { $count } unveränderten Sollwert ausblenden
   *[other] { $count } unveränderte Sollwerte ausblenden
}
upload-unfold = { $count ->
    [one] { $count } unveränderten Sollwert einblenden
   *[other] { $count } unveränderte Sollwerte einblenden
}
upload-show = Anzeigen
upload-more-warnings = { $count ->
    [one] { $count } weitere Warnung
   *[other] { $count } weitere Warnungen
}
upload-look-only = Sie dürfen ansehen, nicht ändern.
upload-reason = Begründung
upload-reason-needed = nötig
upload-reason-optional = freiwillig
upload-all-or-nothing = Alles oder nichts
upload-leave-out = { $count ->
    [one] { $count } wartende Zeile auslassen
   *[other] { $count } wartende Zeilen auslassen
}
upload-leave = Verwerfen
upload-change = { $count ->
    [one] { $count } Sollwert ändern
   *[other] { $count } Sollwerte ändern
}
upload-will-change = { $count ->
    [one] { $count } wird geändert
   *[other] { $count } werden geändert
}
upload-awaited = { $count ->
    [one] { $count } wartet: Die Maschine hat noch nichts gemeldet
   *[other] { $count } warten: Die Maschinen haben noch nichts gemeldet
}
upload-blocked = { $count } gesperrt ({ $why })
upload-conflicts = { $count ->
    [one] { $count } Konflikt
   *[other] { $count } Konflikte
}
upload-moved = { $count } nach dem Anzeigen geändert
upload-wrong-rows = { $count ->
    [one] { $count } Zeile mit Fehlern
   *[other] { $count } Zeilen mit Fehlern
}
upload-large = { $count ->
    [one] { $count } ändert sich um mehr als { $percent } %
   *[other] { $count } ändern sich um mehr als { $percent } %
}
upload-hold-waiting = Einige Maschinen haben noch nichts gemeldet. Warten Sie kurz, oder lassen Sie sie aus.
upload-hold-atomic = Alles oder nichts: Einige Zeilen können nicht gesendet werden. Berichtigen Sie sie, oder verzichten Sie auf „Alles oder nichts“.
row-error = Fehler
row-conflict = Konflikt
row-blocked = Gesperrt
row-waiting = Wartet
row-unchanged = Unverändert
row-all = Alle angezeigten Zeilen
row-choose = Zeile { $row }: { $machine } { $field }
row-none = Keine Zeile passt.
row-would-change = Was sich ändern würde
row-fix = Berichtigen
row-fix-number = { " " }Zeile { $row }
row-fix-target = Sollwert { $value } von { $machine } berichtigen
row-fixed = (berichtigt)
row-target-of = Soll von { $machine }
reading-title = { $file } wird gelesen
reading-rows = { $done } von { $total } Zeilen geprüft
reading-opening = Datei wird geöffnet
reading-cancel = Abbrechen
refused-title = { $file } wurde nicht gelesen
refused-nothing-sent = An keine Maschine wurde etwas gesendet.
refused-back = Zurück zum anderen Blatt
repair-title = Zeile { $row } berichtigen
repair-hint = zum Beispiel { $machine }
repair-take = Zeile übernehmen
repair-optional = freiwillig
repair-unchanged = unverändert
encoding-title = Zeichencodierung
encoding-found = automatisch
sheet-only = Blatt „{ $sheet }“
sheet-title = Blatt
sheet-others = { $count ->
    [one] { $count } weiteres Blatt nicht gelesen
   *[other] { $count } weitere Blätter nicht gelesen
}
wrong-title = Was in der Datei nicht stimmt
wrong-rows = { $count ->
    [one] { $count } Zeile · { $title }
   *[other] { $count } Zeilen · { $title }
}
wrong-numbers = { $count ->
    [one] Zeile { $rows }
   *[other] Zeilen { $rows }
}
wrong-numbers-more = Zeilen { $rows } und { $more } weitere
wrong-row = Zeile
wrong-ambiguous_id = eine Maschine, die sich zweifach lesen lässt
wrong-conditional_format = ein Wert, den eine bedingte Formatierung anders zeigen kann
wrong-covered = ein Wert unter einer verbundenen Zelle
wrong-hidden_zero = eine 0, die das Blatt ausblendet
wrong-merged = leer unter einer verbundenen Zelle
wrong-more_fields = mehr Felder als die Kopfzeile
wrong-other_digits = eine Zahl, deren Format etwas anderes zeigt
wrong-other_table = aus einer anderen Tabelle
wrong-struck = durchgestrichen
wrong-unknown_letters = ein Text in einer unbekannten Zeichencodierung
wrong-ambiguous_number = eine Zahl, die sich zweifach lesen lässt
wrong-bad_id = keine Maschine
wrong-boolean = WAHR oder FALSCH
wrong-date = ein Datum oder eine Uhrzeit
wrong-doubled_machine = dieselbe Maschine mehrmals
wrong-error_value = ein Fehlerwert
wrong-no_cached_value = eine Formel ohne ihren Wert
wrong-no_id = leer
wrong-not_a_number = keine Zahl
wrong-not_an_option = keine der Möglichkeiten
wrong-only_id = nichts außer der Maschine
wrong-out_of_range = außerhalb des Bereichs
wrong-percent = ein Prozentwert
wrong-required = leer
wrong-too_long = ein zu langer Text
wrong-too_many_digits = mehr Ziffern, als eine Zahl aufnimmt
wrong-unknown_machine = eine Maschine, die nicht zu diesem Werk gehört
wrong-unseen_letters = ein Text mit unsichtbaren Zeichen
cell-date = ein Datum oder eine Uhrzeit
cell-formula = eine Formel ohne ihren Wert
cell-covered = ein Wert unter einer verbundenen Zelle
cell-zero = eine 0, die das Blatt ausblendet
cell-letters = ein Text in einer unbekannten Zeichencodierung
filter-all = Alle
filter-changes = Änderungen
filter-warnings = Warnungen
filter-errors = Fehler
filter-conflicts = Konflikte
filter-blocked = Gesperrt
note-quality = Kontakt nicht gut ({ $quality })
note-cleared = Beim Anzeigen meldete sie { $barrier }
note-not-allowed = Das Feld nimmt diesen Wert nicht an.
note-back = Beim Anzeigen war der Kontakt nicht gut ({ $quality })
note-left = Sie gehört nicht mehr zu diesem Werk. Lassen Sie sie weg.
note-not-heard = Noch nichts von ihr gehört.
note-overwrite = { $who }; jetzt { $value }. Zum Überschreiben ankreuzen.
note-left-alone = { $who }; da galt { $value }.
note-after-shown = { $who }, nach dem Anzeigen
note-changed-since = Seither geändert
note-changed-by = Geändert von { $name } um { $time }
note-changed-at-machine = An der Maschine geändert um { $time }
note-voided = Verworfen durch { $name } um { $time }
barrier-read-only = Linie { $line }, die Sie nur ansehen dürfen
barrier-quality = Linie { $line }, Kontakt nicht gut ({ $quality })
barrier-stop = Linie { $line }, { $status }
barrier-stop-since = Linie { $line }, { $status } seit { $time }
ended-not-sent = Nicht gesendet: { $reason }
ended-left-out = ausgelassen
ended-see-batch = Mehr weiß diese Seite nicht
ended-late = Spät übernommen
ended-pending = Offen
ended-accepted = Angenommen, wartet auf die Meldung der Maschine
ended-applied = Übernommen
ended-conflict = Von einer anderen Person geändert
ended-unknown = Keine Bestätigung. Die Maschine kann den Wert noch übernehmen.
ended-superseded = Durch einen neueren Sollwert ersetzt
ended-not-applied = Nicht übernommen ({ $outcome })
