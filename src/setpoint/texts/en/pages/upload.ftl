upload-title = Change many machines from a workbook
upload-about = Drop a workbook anywhere on this page, paste cells from a spreadsheet, or choose a file. Nothing is sent before you have seen what would change.
upload-choose = Choose a workbook
upload-template = Get the template
upload-workbook = Workbook
upload-formats = xlsx, xlsm, xls, xlsb, ods or csv, up to { $megabytes } MB, with the columns { $columns }.
upload-optional = { $column } (optional)
upload-row = Row
upload-now = Now
upload-note = Note
upload-became = What became of each row
upload-with-outcome = Rows with an outcome
upload-next = Next workbook
upload-sending = Sending · { $counts }
upload-withdraw = Cancel the rest
upload-withdrawn = { $withdrawn } withdrawn; nothing had been handed over.
upload-handed-over = { $handed ->
    [one] { $withdrawn } withdrawn, { $handed } had already been handed over: undo takes it back.
   *[other] { $withdrawn } withdrawn, { $handed } had already been handed over: undo takes them back.
}
upload-rows-nothing-sent = { $count ->
    [one] { $count } row. Nothing is sent yet.
   *[other] { $count } rows. Nothing is sent yet.
}
upload-targets-nothing-sent = { $count ->
    [one] { $count } target. Nothing is sent yet.
   *[other] { $count } targets. Nothing is sent yet.
}
upload-fold = { $count ->
    [one] Fold { $count } unchanged target
   *[other] Fold { $count } unchanged targets
}
upload-unfold = { $count ->
    [one] Show { $count } unchanged target
   *[other] Show { $count } unchanged targets
}
upload-show = Show
upload-more-warnings = { $count ->
    [one] { $count } more warning
   *[other] { $count } more warnings
}
upload-look-only = You may look, not change.
upload-reason = Reason
upload-reason-needed = needed
upload-reason-optional = optional
upload-all-or-nothing = All or nothing
upload-leave-out = { $count ->
    [one] Leave out { $count } waiting row
   *[other] Leave out { $count } waiting rows
}
upload-leave = Discard
upload-change = { $count ->
    [one] Change { $count } target
   *[other] Change { $count } targets
}
upload-will-change = { $count } will change
upload-awaited = { $count } waiting: their machines have not reported yet
upload-blocked = { $count } blocked ({ $why })
upload-conflicts = { $count ->
    [one] { $count } conflict
   *[other] { $count } conflicts
}
upload-moved = { $count ->
    [one] { $count } changed after it was shown
   *[other] { $count } changed after they were shown
}
upload-wrong-rows = { $count ->
    [one] { $count } row with errors
   *[other] { $count } rows with errors
}
upload-large = { $count ->
    [one] { $count } changes by more than { $percent } %
   *[other] { $count } change by more than { $percent } %
}
upload-hold-waiting = Some machines have not reported yet. Wait a moment, or leave them out.
upload-hold-atomic = All or nothing: some rows cannot go. Fix them, or leave all-or-nothing out.
row-error = Error
row-conflict = Conflict
row-blocked = Blocked
row-waiting = Waiting
row-unchanged = Unchanged
row-all = All rows shown
row-choose = Row { $row }: { $machine } { $field }
row-none = No row matches.
row-would-change = What would change
row-fix = Fix
row-fix-number = { " " }row { $row }
row-fix-target = Fix the target { $value } of { $machine }
row-fixed = (fixed)
row-target-of = Target of { $machine }
reading-title = Reading { $file }
reading-rows = { $done } of { $total } rows checked
reading-opening = Opening the file
reading-cancel = Cancel
refused-title = { $file } was not read
refused-nothing-sent = Nothing was sent to any machine.
refused-back = Back to the other sheet
repair-title = Fix row { $row }
repair-hint = such as { $machine }
repair-take = Take this row
repair-optional = optional
repair-unchanged = unchanged
encoding-title = Encoding
encoding-found = automatic
sheet-only = Sheet “{ $sheet }”
sheet-title = Sheet
sheet-others = { $count ->
    [one] { $count } other sheet not read
   *[other] { $count } other sheets not read
}
wrong-title = What is wrong in the file
wrong-rows = { $count ->
    [one] { $count } row · { $title }
   *[other] { $count } rows · { $title }
}
wrong-numbers = { $count ->
    [one] Row { $rows }
   *[other] Rows { $rows }
}
wrong-numbers-more = Rows { $rows } and { $more } more
wrong-row = Row
wrong-ambiguous_id = a machine that can be read two ways
wrong-conditional_format = a value that a conditional format may change
wrong-covered = a value under a merged cell
wrong-hidden_zero = a 0 that the sheet hides
wrong-merged = blank under a merged cell
wrong-more_fields = more fields than the header
wrong-other_digits = a number whose format shows something else
wrong-other_table = of another table
wrong-struck = struck out
wrong-unknown_letters = a text in a code page that is not known
wrong-ambiguous_number = a number that can be read two ways
wrong-bad_id = no machine
wrong-boolean = TRUE or FALSE
wrong-date = a date or time
wrong-doubled_machine = the same machine more than once
wrong-error_value = an error value
wrong-no_cached_value = a formula without its value
wrong-no_id = nothing
wrong-not_a_number = no number
wrong-not_an_option = none of the choices
wrong-only_id = nothing beside the machine
wrong-out_of_range = out of range
wrong-percent = a percentage
wrong-required = nothing
wrong-too_long = too long a text
wrong-too_many_digits = more digits than a number keeps
wrong-unknown_machine = a machine that is not of this plant
wrong-unseen_letters = a text with characters that nobody sees
cell-date = a date or time
cell-formula = a formula without its value
cell-covered = a value under a merged cell
cell-zero = a 0 that the sheet hides
cell-letters = a text in a code page that is not known
filter-all = All
filter-changes = Changes
filter-warnings = Warnings
filter-errors = Errors
filter-conflicts = Conflicts
filter-blocked = Blocked
note-quality = contact is not good ({ $quality })
note-cleared = It was in { $barrier } when it was shown here
note-not-allowed = The field does not take this value.
note-back = Its contact was { $quality } when it was shown here
note-left = It is no longer in this plant. Leave it out.
note-not-heard = It has not reported yet.
note-overwrite = { $who }; it is { $value } now. Tick it to overwrite.
note-left-alone = { $who }; it was { $value } then.
note-after-shown = { $who }, after it was shown here
note-changed-since = Changed since
note-changed-by = Changed by { $name } at { $time }
note-changed-at-machine = Changed at the machine at { $time }
note-voided = Voided by { $name } at { $time }
barrier-read-only = line { $line }, which you may look at and not change
barrier-quality = line { $line }, contact is not good ({ $quality })
barrier-stop = line { $line }, { $status }
barrier-stop-since = line { $line }, { $status } since { $time }
ended-not-sent = Not sent: { $reason }
ended-left-out = left out
ended-see-batch = This page knows no more of it
ended-late = Applied late
ended-pending = Pending
ended-accepted = Accepted, waiting for the machine's report
ended-applied = Applied
ended-conflict = Updated by another operator
ended-unknown = No confirmation. The machine may still take it.
ended-superseded = Replaced by a newer target
ended-not-applied = Not applied ({ $outcome })
