"""What a batch would change, before it is sent, and how its outcomes are counted. Twin of `frontend/src/preview`.

    types      targets, what was shown, rows
    judge      compares one target with its machine
    preview    all rows; what the person ticks; what is sent, with which revs         (PRE-1, PRE-2)
    again      an undo or a retry of an earlier batch, as targets to preview          (PRE-5)
    outcomes   the groups in which outcomes are counted                               (PRE-4)

No other shipped file decides the state of a row or counts outcomes.
"""

from setpoint.core.preview.again import retry_of, undo_of
from setpoint.core.preview.outcomes import (
    GROUPS,
    Counts,
    Group,
    Withdrawal,
    count_outcomes,
    count_targets,
    group_of,
    group_of_target,
    withdrawal_of,
)
from setpoint.core.preview.preview import Preview, look, tick
from setpoint.core.preview.types import (
    STATES,
    Asked,
    Barrier,
    Hold,
    Known,
    Mark,
    Note,
    NoteCode,
    Row,
    State,
    Totals,
    asked_of,
)

__all__ = [
    "GROUPS",
    "STATES",
    "Asked",
    "Barrier",
    "Counts",
    "Group",
    "Hold",
    "Known",
    "Mark",
    "Note",
    "NoteCode",
    "Preview",
    "Row",
    "State",
    "Totals",
    "Withdrawal",
    "asked_of",
    "count_outcomes",
    "count_targets",
    "group_of",
    "group_of_target",
    "look",
    "retry_of",
    "tick",
    "undo_of",
    "withdrawal_of",
]
