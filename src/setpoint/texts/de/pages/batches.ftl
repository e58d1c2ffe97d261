outcome-pending = offen
outcome-accepted = angenommen
outcome-applied = übernommen
outcome-diverged = abweichend
outcome-blocked = gesperrt
outcome-conflict = im Konflikt
outcome-rejected = abgelehnt
outcome-failed = fehlgeschlagen
outcome-cancelled = abgebrochen
outcome-superseded = ersetzt
outcome-unknown = unbekannt
batch-undo-title = Rücknahme
batch-retry-title = Zweiter Versuch
batch-targets = { $count ->
    [one] { $count } Sollwert
   *[other] { $count } Sollwerte
}
batch-failed = Dieser Auftrag kann nicht angezeigt werden
batch-reading = Auftrag wird geladen
batch-all = Alle Aufträge
batch-workbook = Arbeitsmappe zurückholen
batch-retry = { $count ->
    [one] { $count } Sollwert noch einmal versuchen
   *[other] { $count } Sollwerte noch einmal versuchen
}
batch-undo = { $count ->
    [one] { $count } Sollwert zurücknehmen
   *[other] { $count } Sollwerte zurücknehmen
}
batch-machine = Maschine
batch-field = Feld
batch-before = Vorher
batch-target = Soll
batch-change = Änderung
batch-ended = Ende
batch-outcome = Ergebnis
batch-by = Von
batch-file = Datei
batch-file-as-it-was = { " " }im Original
batch-rows = { $count ->
    [one] { $count } Zeile
   *[other] { $count } Zeilen
}
batch-reason = Begründung
batch-undoes = Nimmt zurück
batch-follows = Folgt auf
batch-earlier = einen früheren Auftrag
batch-all-outcomes = Alle { $count }
batches-outcome-any = alle
batches-outcome-not-applied = mit nicht übernommenen
batches-outcome-unknown = mit unbekannten
batches-outcome-open = mit offenen
batches-outcome-applied = mit übernommenen
batches-none-of = { $count ->
    [one] Der neueste Auftrag passt nicht.
   *[other] Keiner der neuesten { $count } Aufträge passt.
}
batches-export = Als { $format } speichern
batches-person = Person
batches-filters = Filter
batches-any = alle
batches-when = Wann
batches-none = Kein Auftrag passt.
batches-who = Wer
batches-what = Was
batches-targets = Sollwerte
batches-outcomes = Ergebnisse
batches-more = { $count ->
    [one] Mehr als { $count } Auftrag
   *[other] Mehr als { $count } Aufträge
}
hours-any = jederzeit
hours-1 = letzte Stunde
hours-24 = letzte 24 Stunden
hours-168 = letzte 7 Tage
export-making = Export wird erstellt
export-cancel = Export abbrechen
held-waiting = { $count ->
    [one] Eine Änderung wartet auf eine zweite Person
   *[other] { $count } Änderungen warten auf eine zweite Person
}
held-title = Wartet auf eine zweite Person
held-none = Nichts wartet. Sollwerte von Feldern, die eine zweite Person brauchen, stehen hier, bis jemand sie bestätigt.
held-by = Änderung von { $person }
held-asked = { $person } hat um { $at } angefragt; verfällt um { $until }.
held-reason = Begründung: { $reason }
held-confirm = Bestätigen
held-take-back = Zurückziehen
held-refuse = Ablehnen
