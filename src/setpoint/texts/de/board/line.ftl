lines-title = Linien
lines-plant = Werk
lines-line = Linie
lines-critical = kritisch
lines-doubtful = nicht live
lines-pending = offen
line-none = Hier gibt es keine Linie { $line }
line-range = Es gibt die Linien { $first } bis { $last }.
line-only = Es gibt nur die Linie { $line }.
line-back = Zurück zum Werk
line-show = Anzeigen
line-filter-all = Alle
line-filter-attention = Braucht Aufmerksamkeit
line-filter-not-running = Nicht in Betrieb
line-filter-pending = Offen
line-filter-stale = Veraltet
line-tiles = Größe der Kacheln
line-tiles-dense = dicht
line-tiles-normal = normal
line-tiles-large = groß
line-template = Vorlage
line-no-match = Keine Maschine passt.
line-show-all = Alle { $count } anzeigen
tile-change = Ändern:
tile-open = { $machine } öffnen
tile-since = Seit { $time }
tile-voided = { $count ->
    [one] { $count } Sollwert durch den Stopp verworfen
   *[other] { $count } Sollwerte durch den Stopp verworfen
}
tile-last-known = { $doubt }: zuletzt bekannt
tile-confirmed = bestätigt
tile-pending = offen
lines-trends = Verläufe
lines-trends-loading = Verläufe werden geladen
lines-trends-of = Verläufe der Linie { $line }
