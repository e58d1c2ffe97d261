outcome-pending = pending
outcome-accepted = accepted
outcome-applied = applied
outcome-diverged = diverged
outcome-blocked = blocked
outcome-conflict = in conflict
outcome-rejected = rejected
outcome-failed = failed
outcome-cancelled = cancelled
outcome-superseded = superseded
outcome-unknown = unknown
batch-undo-title = Undo
batch-retry-title = Second try
batch-targets = { $count ->
    [one] { $count } target
   *[other] { $count } targets
}
batch-failed = This batch cannot be shown
batch-reading = Loading the batch
batch-all = All batches
batch-workbook = Get the workbook back
batch-retry = { $count ->
    [one] Try { $count } target again
   *[other] Try { $count } targets again
}
batch-undo = { $count ->
    [one] Undo { $count } target
   *[other] Undo { $count } targets
}
batch-machine = Machine
batch-field = Field
batch-before = Before
batch-target = Target
batch-change = Change
batch-ended = Ended
batch-outcome = Outcome
batch-by = By
batch-file = File
batch-file-as-it-was = { " " }as it was
batch-rows = { $count ->
    [one] { $count } row
   *[other] { $count } rows
}
batch-reason = Reason
batch-undoes = Undoes
batch-follows = Follows
batch-earlier = an earlier batch
batch-all-outcomes = All { $count }
batches-outcome-any = any
batches-outcome-not-applied = with not applied
batches-outcome-unknown = with unknown
batches-outcome-open = with open
batches-outcome-applied = with applied
batches-none-of = { $count ->
    [one] The latest batch does not match.
   *[other] None of the latest { $count } batches matches.
}
batches-export = Export { $format }
batches-person = Person
batches-filters = Filters
batches-any = any
batches-when = When
batches-none = No batch matches.
batches-who = Who
batches-what = What
batches-targets = Targets
batches-outcomes = Outcomes
batches-more = { $count ->
    [one] More than { $count } batch
   *[other] More than { $count } batches
}
hours-any = any time
hours-1 = last hour
hours-24 = last 24 hours
hours-168 = last 7 days
export-making = Making the export
export-cancel = Cancel the export
held-waiting = { $count ->
    [one] A change waits for a second person
   *[other] { $count } changes wait for a second person
}
held-title = Waiting for a second person
held-none = Nothing waits. Targets of fields that need a second person are listed here until somebody confirms them.
held-by = Change by { $person }
held-asked = { $person } asked at { $at }; forgotten at { $until }.
held-reason = Reason: { $reason }
held-confirm = Confirm
held-take-back = Take back
held-refuse = Refuse
