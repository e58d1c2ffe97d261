# Die Kommandozeile: was watch, audit, events, alarms, shifts und conform ausgeben.
cli-column-when = Wann
cli-column-who = Wer
cli-column-what = Was
cli-column-outcome = Ergebnis
cli-column-why = Warum, woraus
cli-column-machine = Maschine
cli-column-field = Feld
cli-column-before = Vorher
cli-column-asked = Verlangt
cli-column-at = Um
cli-column-note = Bemerkung
cli-column-details = Einzelheiten
cli-column-acknowledged = Quittiert von
cli-column-priority = Priorität
cli-column-alarm = Alarm
cli-column-state = Zustand
cli-column-since = Seit
cli-column-response = Was zu tun ist
cli-column-from-where = Woher
cli-column-option = --shift
cli-column-shift = Schicht
cli-column-from = Von
cli-column-until = Bis
cli-column-reason = Grund
cli-column-lost = Verloren
cli-column-stops = Stillstände
cli-column-machines = Maschinen
cli-column-lasted = Dauer
cli-column-said = Meldung
cli-column-by = Durch
cli-column-rule = Regel
cli-column-verdict = Urteil
cli-column-why-so = Warum
watch-nothing = Keine Maschine braucht Aufmerksamkeit.
watch-stale = veraltet: nicht live
watch-line = Linie
watch-status = Zustand
watch-columns = { $count ->
    [one] { $count } Spalte passt nicht ins Fenster.
   *[other] { $count } Spalten passen nicht ins Fenster.
}
watch-pending = { $target } (ist { $now })
watch-heard = { $quality }, zuletzt gehört { $time }
audit-commit = { $count ->
    [one] Auftrag mit { $count } Sollwert
   *[other] Auftrag mit { $count } Sollwerten
}
audit-undo = { $count ->
    [one] { $count } Sollwert zurückgenommen
   *[other] { $count } Sollwerte zurückgenommen
}
audit-retry = { $count ->
    [one] Zweiter Versuch mit { $count } Sollwert
   *[other] Zweiter Versuch mit { $count } Sollwerten
}
audit-targets = { $count ->
    [one] { $count } Sollwert
   *[other] { $count } Sollwerte
}
audit-batch = { $kind }, von { $person } um { $at }
audit-from = , aus { $file }
audit-workbook = SHA-256 { $hash }, { $count ->
    [one] { $count } Zeile
   *[other] { $count } Zeilen
}
audit-follows = folgt auf Auftrag { $batch }
audit-broken = unterbrochen bei Eintrag { $seq }: { $why }
audit-differs = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
}, vollständig; { $records } Aufzeichnungen weichen vom Protokoll ab:
audit-complete = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
}, vollständig. Notieren Sie diesen Kopf an einem anderen Ort: { $head }
audit-no-head = „{ $text }“ ist kein Kopf; geben Sie einen an wie 120:9f86d0…, so wie verify ihn ausgibt
alarms-state-by = { $state } von { $name }
shifts-more-stops =
    { $count ->
        [one] 1 kürzerer Stillstand ist nicht gezeigt; --json enthält alle
       *[other] { $count } kürzere Stillstände sind nicht gezeigt; --json enthält alle
    }
shifts-note-of = Notiz von { $person } für Linie { $line }: { $text }
shifts-not-known-why = nicht bekannt: { $why }
shifts-count-unknown = einer nicht bekannten Zahl
conform-holds = hält
conform-broken = hält nicht
conform-unseen = nicht zu sehen
cli-column-number = Nr.
cli-column-channel = Kanal
cli-column-message = Nachricht
cli-column-of = Vom
cli-column-tried = Versuche
cli-column-answer = Antwort
cli-column-next = Nächster
deliveries-again = Nachricht { $number } wird noch einmal gesendet.
deliveries-none = Keine Nachricht passt.
deliveries-waiting = wartet
deliveries-delivered = zugestellt
deliveries-failed = gescheitert
mcp-no-library = setpoint mcp braucht eine Erweiterung: pip install 'setpoint[mcp]'
mcp-no-text = Dieser Text lässt sich nicht senden: { $why }
