# Statuses as machines report them; another one is shown as the machine says it.
status-EMERGENCY_STOP = EMERGENCY STOP
status-SAFETY_INTERLOCK = SAFETY INTERLOCK
status-FAULT = FAULT
status-MAINTENANCE_LOCK = MAINTENANCE LOCK
status-RUNNING = Running
status-IDLE = Idle
status-HELD = Held
status-SETUP = Setup
status-STOPPED = Stopped
status-MAINTENANCE = Maintenance
status-none = No status
quality-GOOD = Good
quality-UNCERTAIN = Uncertain
quality-STALE = Stale
quality-BAD = Bad reading
quality-OFFLINE = Offline
quality-NEVER_SEEN = Never seen
quality-none = Quality not reported
age-seconds = { $count } s
age-minutes = { $count } min
age-hours = { $count } h
age-days = { $count } days
age-ago = { $age } ago
age-at-least = ≥ { $age }
range-both = { $minimum } to { $maximum }
range-minimum = at least { $minimum }
range-maximum = at most { $maximum }
counts-open = { $count } open
counts-applied = { $count } applied
counts-notApplied = { $count } not applied
counts-unknown = { $count } unknown
counts-notSent = { $count } not sent
counts-of = { $total ->
    [one] { $applied } of { $total } target applied
   *[other] { $applied } of { $total } targets applied
}
target-measured = { $label } is measured by the machine and cannot be set.
target-needed = { $label } needs a value.
link-held = { $why } Nothing is sent until it is live again; what you typed is kept.
link-CONNECTING = The board is connecting.
link-STALE = The server is silent.
link-DISCONNECTED = There is no connection to the server.
role-admin = admin
role-operator = operator
role-viewer = viewer
role-engineer = engineer
toast-undo = Undo
toast-nothing-to-undo = There is no value from before to go back to.
toast-applied = { $machine }: { $field } { $value } applied.
toast-superseded = { $machine }: { $field } { $value } was replaced by a newer target of { $name }.
held-waiting-mine = { $count ->
    [one] Your change waits for a second person
   *[other] { $count } changes of yours wait for a second person
}
target-waits = Waits for a second person, at most ten minutes
