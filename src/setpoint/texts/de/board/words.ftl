# Zustände, wie Maschinen sie melden; ein anderer steht da, wie die Maschine ihn meldet.
status-EMERGENCY_STOP = NOT-HALT
status-SAFETY_INTERLOCK = VERRIEGELT
status-FAULT = STÖRUNG
status-MAINTENANCE_LOCK = WARTUNGSSPERRE
status-RUNNING = In Betrieb
status-IDLE = Leerlauf
status-HELD = Angehalten
status-SETUP = Rüsten
status-STOPPED = Gestoppt
status-MAINTENANCE = Wartung
status-none = Kein Zustand
quality-GOOD = Gut
quality-UNCERTAIN = Unsicher
quality-STALE = Veraltet
quality-BAD = Messwert ungültig
quality-OFFLINE = Offline
quality-NEVER_SEEN = Nie gemeldet
quality-none = Güte nicht bekannt
age-seconds = { $count } s
age-minutes = { $count } min
age-hours = { $count } h
age-days = { $count } Tage
age-ago = vor { $age }
age-at-least = ≥ { $age }
range-both = { $minimum } bis { $maximum }
range-minimum = mindestens { $minimum }
range-maximum = höchstens { $maximum }
counts-open = { $count } offen
counts-applied = { $count } übernommen
counts-notApplied = { $count } nicht übernommen
counts-unknown = { $count } unbekannt
counts-notSent = { $count } nicht gesendet
counts-of = { $total ->
    [one] { $applied } von { $total } Sollwert übernommen
   *[other] { $applied } von { $total } Sollwerten übernommen
}
target-measured = { $label } misst die Maschine; der Wert lässt sich nicht vorgeben.
target-needed = { $label }: Bitte geben Sie einen Wert ein.
link-held = { $why } Bis die Verbindung wieder steht, wird nichts gesendet; Ihre Eingaben bleiben erhalten.
link-CONNECTING = Die Verbindung wird aufgebaut.
link-STALE = Der Server meldet sich nicht.
link-DISCONNECTED = Keine Verbindung zum Server.
role-admin = Administrator
role-operator = Bediener
role-viewer = nur Ansicht
role-engineer = Ingenieur
toast-undo = Zurücknehmen
toast-nothing-to-undo = Es gibt keinen früheren Wert, zu dem es zurückgehen könnte.
toast-applied = { $machine }: { $field } { $value } übernommen.
toast-superseded = { $machine }: { $field } { $value } wurde durch einen neueren Sollwert von { $name } ersetzt.
held-waiting-mine = { $count ->
    [one] Ihre Änderung wartet auf eine zweite Person
   *[other] { $count } Ihrer Änderungen warten auf eine zweite Person
}
target-waits = Wartet auf eine zweite Person, höchstens zehn Minuten
