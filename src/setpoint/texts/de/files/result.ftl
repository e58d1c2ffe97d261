# Die Kopie einer Arbeitsmappe mit dem, was aus jeder Zeile wurde.
result-outcomes = Ergebnisse
result-field = Feld
result-left-out = nicht Teil des Gesendeten
result-put-right = vor dem Senden berichtigt
result-error = Fehler
result-not-sent = nicht gesendet
result-failed = fehlgeschlagen
result-rejected = abgelehnt
result-blocked = blockiert
result-conflict = Konflikt
result-cancelled = abgebrochen
result-diverged = abweichend
result-unknown = unbekannt
result-superseded = ersetzt
result-pending = offen
result-accepted = angenommen
result-applied = übernommen
