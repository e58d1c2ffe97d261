# The command line: a preview, its questions, and what became of a batch.
preview-row = row
preview-machine = machine
preview-field = field
preview-now = now
preview-target = target
preview-change = change
preview-note = note
preview-and-more = and { $count } more
preview-sheet-row = row { $row }: { $what }
preview-not-heard = no report yet
preview-blocked-by = blocked by { $stop }
preview-no-contact = { $quality }: nothing can be written to it now
preview-read-only = you may look at line { $line }, not change it
preview-after-shown = { $who }, after it was shown
preview-cleared = { $barrier } when it was shown, and not now
preview-not-allowed = the field does not take this value
preview-stop-since = { $status } since { $time }
preview-or-earlier = { $time } or earlier
preview-already = { $time } or earlier (already at { $earlier })
preview-changed-by = changed by { $name } at { $time }
preview-changed-at-machine = changed at the machine at { $time }
preview-voided-by = voided by { $name } at { $time }
preview-changed-since = changed by somebody since
preview-on-line = line { $line }, { $what }
preview-not-yours = not yours to change
preview-will-change = { $count } will change
preview-blocked = { $count } blocked
preview-conflicts = { $count } in conflict
preview-waiting = { $count } without a report yet
preview-errors = { $count } with errors
preview-unchanged = { $count } unchanged, not sent
preview-of-these = { $count }: { $what }
unsent-unchanged = unchanged
unsent-left-out = left out
ask-send = { $targets ->
    [one] Send { $targets } target to { $machines ->
        [one] { $machines } machine
       *[other] { $machines } machines
    }? [y/N, { $verbs }]
   *[other] Send { $targets } targets to { $machines ->
        [one] { $machines } machine
       *[other] { $machines } machines
    }? [y/N, { $verbs }]
}
ask-nothing = Nothing would be sent. [N, { $verbs }]
ask-waiting = Nothing was sent: some machines have not reported yet. Try again, or leave them out.
ask-no-terminal = there is no terminal to ask for confirmation; give --yes to send, or --dry-run to look
became-row = row
became-applied = applied
became-conflict = conflict with { $who } ({ $value })
became-unknown = unknown: { $why }
became-unconfirmed = no confirmation
became-blocked = blocked by { $stop }
became-voided = voided by { $stop }
became-superseded = superseded by a newer target
became-cancelled = cancelled: { $why }
became-withdrawn = withdrawn
became-failed = { $outcome }: { $why }
became-not-applied = not applied
became-not-sent = { $why }: not sent
became-machine = the machine
became-came-since = { $name }, which came since
tally-open = { $count } open
tally-applied = { $count } applied
tally-not-applied = { $count } not applied
tally-unknown = { $count } unknown
tally-not-sent = { $count } not sent
tally-batch = { $counts }. Batch { $batch }
follow-following = Following
follow-targets = targets
follow-rows = rows
follow-reading = Reading { $file }
follow-refused = The server refused the batch: { $why }
follow-not-withdrawn = The batch could not be withdrawn: { $why }. See its outcomes: setpoint audit --batch { $batch }
follow-withdrawn-before = Withdrawn before it reached the server: nothing was sent. Batch { $batch }
follow-withdrawn = { $count ->
    [one] Withdrawn: { $count } target that had not left.
   *[other] Withdrawn: { $count } targets that had not left.
}
follow-handed-over = { $count } had been handed over to the machines; setpoint undo { $batch } reverts what they change.
follow-batch = Batch { $batch }
