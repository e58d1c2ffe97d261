# The command line: what watch, audit, events, alarms, shifts and conform print.
cli-column-when = When
cli-column-who = Who
cli-column-what = What
cli-column-outcome = Outcome
cli-column-why = Why, from what
cli-column-machine = Machine
cli-column-field = Field
cli-column-before = Before
cli-column-asked = Asked
cli-column-at = At
cli-column-note = Note
cli-column-details = Details
cli-column-acknowledged = Acknowledged by
cli-column-priority = Priority
cli-column-alarm = Alarm
cli-column-state = State
cli-column-since = Since
cli-column-response = What to do
cli-column-from-where = From
cli-column-option = --shift
cli-column-shift = Shift
cli-column-from = From
cli-column-until = Until
cli-column-reason = Reason
cli-column-lost = Lost
cli-column-stops = Stops
cli-column-machines = Machines
cli-column-lasted = Lasted
cli-column-said = Said
cli-column-by = By
cli-column-rule = Rule
cli-column-verdict = Verdict
cli-column-why-so = Why
watch-nothing = No machine needs attention.
watch-stale = stale: not live
watch-line = line
watch-status = status
watch-columns = { $count ->
    [one] { $count } column does not fit into the window.
   *[other] { $count } columns do not fit into the window.
}
watch-pending = { $target } (is { $now })
watch-heard = { $quality }, last contact { $time }
audit-commit = { $count ->
    [one] commit of { $count } target
   *[other] commit of { $count } targets
}
audit-undo = { $count ->
    [one] undo of { $count } target
   *[other] undo of { $count } targets
}
audit-retry = { $count ->
    [one] retry of { $count } target
   *[other] retry of { $count } targets
}
audit-targets = { $count ->
    [one] { $count } target
   *[other] { $count } targets
}
audit-batch = { $kind } by { $person } at { $at }
audit-from = , from { $file }
audit-workbook = SHA-256 { $hash }, { $count ->
    [one] { $count } row
   *[other] { $count } rows
}
audit-follows = follows batch { $batch }
audit-broken = broken at entry { $seq }: { $why }
audit-differs = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}, complete; { $records } records differ from the audit:
audit-complete = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}, complete. Keep this head somewhere else: { $head }
audit-no-head = “{ $text }” is not a head; give one such as 120:9f86d0…, as verify prints it
alarms-state-by = { $state } by { $name }
shifts-more-stops =
    { $count ->
        [one] 1 shorter stop is not shown; --json has all of them
       *[other] { $count } shorter stops are not shown; --json has all of them
    }
shifts-note-of = Note of { $person } for line { $line }: { $text }
shifts-not-known-why = not known: { $why }
shifts-count-unknown = a number not known
conform-holds = holds
conform-broken = does not hold
conform-unseen = could not be seen
cli-column-number = No.
cli-column-channel = Channel
cli-column-message = Message
cli-column-of = Of
cli-column-tried = Tried
cli-column-answer = What it said
cli-column-next = Next
deliveries-again = Delivery { $number } is tried again.
deliveries-none = No message matches.
deliveries-waiting = waiting
deliveries-delivered = delivered
deliveries-failed = failed
mcp-no-library = setpoint mcp needs an extra: pip install 'setpoint[mcp]'
mcp-no-text = This text cannot be sent: { $why }
