# The copy of a workbook with what became of each row.
result-outcomes = Outcomes
result-field = Field
result-left-out = not part of what was sent
result-put-right = put right before it was sent
result-error = error
result-not-sent = not sent
result-failed = failed
result-rejected = rejected
result-blocked = blocked
result-conflict = conflict
result-cancelled = cancelled
result-diverged = diverged
result-unknown = unknown
result-superseded = superseded
result-pending = pending
result-accepted = accepted
result-applied = applied
