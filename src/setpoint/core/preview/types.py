"""The records of a preview: the targets, what is known, what was shown, and the rows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.values import Record, Value
from setpoint.core.ingest import Ingested, Issue
from setpoint.core.plant import Plant
from setpoint.message import Message


class State(StrEnum):
    """The states of a row, the ones that need attention first."""

    ERROR = "error"
    CONFLICT = "conflict"
    BLOCKED = "blocked"
    WAITING = "waiting"
    CHANGE = "change"
    UNCHANGED = "unchanged"


STATES = tuple(State)
"""The states that need attention come first."""


class NoteCode(StrEnum):
    """The reasons for a row's state. Issues of a workbook keep their own codes."""

    STOP = "stop"
    """``line``, ``status``, ``since``."""
    QUALITY = "quality"
    """``line``, ``quality``."""
    READ_ONLY = "read-only"
    """``line``: the person may see it but may not change it."""
    CHANGED = "changed"
    """Changed since the workbook was prepared, or since the batch that is undone: ``by``, ``name``, and ``at`` if
    known."""
    CHANGED_SINCE_SHOWN = "changed-since-shown"
    """As above, and ``was``: the value that was shown."""
    CLEARED_SINCE_SHOWN = "cleared-since-shown"
    """``barrier``: what blocked the machine when the row was shown but no longer does."""
    NOT_ALLOWED = "not-allowed"
    """The field does not take the value."""


class Hold(StrEnum):
    """Why nothing can be sent now."""

    WAITING = "waiting"
    """Machines that are not known yet; they will report soon, or the person leaves them out (PRE-2)."""
    ALL_OR_NOTHING = "all-or-nothing"
    """The batch is all-or-nothing, and some rows cannot be sent."""
    NOTHING = "nothing"


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """Targets by machine and field, and where they come from.

    ``rows`` are the spreadsheet's numbers by machine. ``base`` are the revs as of the workbook's template: a field
    that has a later one is in conflict. ``undoes`` are the revs of the batch to undo: a later write is a conflict, a
    stop is not.
    """

    targets: dict[str, dict[str, Value]] = {}
    rows: dict[str, int] = {}
    base: dict[str, dict[str, int]] = {}
    undoes: dict[str, dict[str, int]] = {}
    errors: list[Issue] = []
    warnings: list[Issue] = []


def asked_of(ingested: Ingested) -> Asked:
    """The targets of a workbook."""
    batch = ingested.batch
    return Asked(
        targets=batch.valid_rows,
        rows=ingested.rows,
        base=ingested.base,
        errors=batch.errors,
        warnings=batch.warnings,
    )


class Known(msgspec.Struct, frozen=True):
    """The plant as it is known at this instant: the server's own values, without pending targets.

    ``changes`` say who moved a field last, if that was fetched; ``read_only`` are the lines on which the person may
    change nothing.
    """

    plant: Plant
    machines: Mapping[str, Record]
    revs: Mapping[str, Mapping[str, int]]
    changes: Mapping[tuple[str, str], FieldRev] = {}
    read_only: frozenset[str] = frozenset()


class Mark(msgspec.Struct, frozen=True, rename="camel"):
    """The state of a field as the person saw it: its rev, its value, and what blocked its machine (PRE-1)."""

    rev: int
    now: Value
    barrier: str | None = None


class Note(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One remark beside a row: a code and its arguments; ``message`` is the text of a workbook's issue."""

    code: str
    args: dict[str, Value] = {}
    message: Message | None = None


class Row(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One target, or one error of the workbook, which names no machine.

    ``base`` is the rev that was shown and is sent. ``delta`` and ``percent`` are there if both values are numbers.
    """

    key: str
    state: State
    row: int | None = None
    machine: str | None = None
    field: str | None = None
    now: Value = None
    target: Value = None
    delta: float | None = None
    percent: float | None = None
    notes: list[Note] = []
    has_warning: bool = False
    has_moved: bool = False
    can_send: bool = False
    is_ticked: bool = False
    base: int | None = None


class Barrier(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that blocks machines, and how many rows it blocks."""

    note: Note
    count: int


class Totals(msgspec.Struct, frozen=True, rename="camel"):
    """``states`` count rows; ``wrong_rows`` counts rows of the workbook; a row may have several errors.

    ``sending`` are ticked rows, ``left`` those that would change something but will not be sent, ``moved`` those that
    changed since they were shown, ``awaited`` the waiting ones that the person has not left out.
    """

    states: dict[State, int]
    wrong_rows: int
    warnings: int
    moved: int
    awaited: int
    sending: int
    left: int
    barriers: list[Barrier]
