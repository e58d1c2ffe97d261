"""``/api/shifts``: the shifts, one shift's report, and people's reasons and notes.

Instants are Unix seconds, durations seconds, shares 0 to 1.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from setpoint.contract.http.machines import Event
from setpoint.message import Message

MAX_TEXT = 2_000


class ShiftView(msgspec.Struct, frozen=True, rename="camel"):
    """``since`` names it: ``GET /api/shifts/{since}`` is its report. ``date`` is the day on which it began."""

    name: str
    date: str
    since: float
    until: float


class ReasonView(msgspec.Struct, frozen=True, rename="camel"):
    """A reason of downtime. ``within`` is the reason above it in the tree; only ``isLeaf`` ones are assigned."""

    id: str
    name: str
    within: str | None
    state: str
    is_leaf: bool


class ShiftsAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Newest first. ``reasons`` is the plant's tree. ``isDefined``: whether the plant file describes shifts."""

    shifts: list[ShiftView]
    reasons: list[ReasonView]
    is_defined: bool = True


NotKnownCode: TypeAlias = Literal[
    "cycle-missing",
    "total-missing",
    "good-missing",
    "states-missing",
    "not-planned",
    "no-production",
    "no-parts",
]


class NotKnown(msgspec.Struct, frozen=True):
    """Why a share is not known. ``machines``: the first that something is missing of; ``more``: how many others."""

    code: NotKnownCode
    machines: list[str] = []
    more: int = 0

    @property
    def message(self) -> Message:
        named = ", ".join(each.replace("_", ":", 1) for each in self.machines)
        return Message(f"shifts-why-{self.code}", {"machines": named, "more": self.more} if named else {})


class Factor(msgspec.Struct, frozen=True):
    """A share, or ``why`` it is not known."""

    value: float | None
    formula: str
    why: NotKnown | None = None


class Oee(msgspec.Struct, frozen=True, rename="camel"):
    """OEE by ISO 22400-2 with its inputs (OEE-1 to OEE-4).

    ``idealS`` is the time that all parts would take at their ideal cycle. ``seconds`` has the time by state.
    """

    oee: Factor
    availability: Factor
    performance: Factor
    quality: Factor
    planned_busy_s: float
    production_s: float
    ideal_s: float | None
    total: float | None
    good: float | None
    seconds: dict[str, float]


class Loss(msgspec.Struct, frozen=True, rename="camel"):
    """Time lost for one reason: over all machines, and by machine.

    ``kind``: ``reason``, ``uncategorised``, ``micro-stops``, or ``setup`` (a status said so). ``name`` is empty if the
    plant file no longer has the reason.
    """

    kind: Literal["reason", "uncategorised", "micro-stops", "setup"]
    reason: str | None
    name: str
    state: str
    seconds: float
    stops: int
    machines: dict[str, float]


class Stop(msgspec.Struct, frozen=True, rename="camel"):
    """Downtime of a machine, or the part of it that has a reason of its own.

    ``status`` and ``cause`` are what the machine said when it began; ``by`` gave the reason: a person, or
    ``the machine`` by its cause. The whole stop is ``stopSince`` to ``stopUntil``.
    """

    machine: str
    line: str
    since: float
    until: float
    status: str | None
    cause: str | None
    reason: str | None
    by: str | None
    text: str
    stop_since: float
    stop_until: float


class MachineShift(msgspec.Struct, frozen=True, rename="camel"):
    machine: str
    line: str
    oee: Oee
    stops: int
    micro_stops: int
    unmapped: list[str]
    """Statuses without a meaning in the plant file; their time counts as unknown."""


class LineShift(msgspec.Struct, frozen=True):
    line: str
    oee: Oee


class PersonChanges(msgspec.Struct, frozen=True, rename="camel"):
    """What somebody changed in the shift: batches, their targets, and the outcomes."""

    person: str
    batches: int
    targets: int
    outcomes: dict[str, int]
    last_at: float
    reasons: list[str]


class Note(msgspec.Struct, frozen=True, rename="camel"):
    line: str
    text: str
    person: str
    at: float


class ShiftAlarm(msgspec.Struct, frozen=True, rename="camel"):
    """An alarm that was raised in the shift: how often, how often somebody acknowledged it, and when it was last.

    ``label`` is what the plant file calls it now.
    """

    machine: str
    line: str
    name: str
    priority: str
    raised: int
    acknowledged: int
    last_at: float
    label: str = ""


class ShiftReport(msgspec.Struct, frozen=True, rename="camel"):
    """``until`` is now while the shift lasts. ``cut`` short stops are left out of ``stops``, not of the sums.

    ``alarms``: by priority. ``events``: stops, contact and changes of the plant, the oldest first. Both are of the
    newest events of the shift; ``cutAlarms`` and ``cutEvents`` say that there were more.
    """

    shift: ShiftView
    until: float
    plant: Oee
    lines: list[LineShift]
    machines: list[MachineShift]
    losses: list[Loss]
    stops: list[Stop]
    cut: int
    changes: list[PersonChanges]
    notes: list[Note]
    alarms: list[ShiftAlarm] = []
    events: list[Event] = []
    cut_alarms: bool = False
    cut_events: bool = False


class AssignRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/shifts/reasons``: why a machine was down in that time. A part of a stop splits it."""

    machine: Annotated[str, msgspec.Meta(max_length=64)]
    since: float
    until: float
    reason: Annotated[str, msgspec.Meta(max_length=40, description="Empty: it is not known after all.")]
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""


class NoteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/shifts/notes``: for the next shift on the line. ``since`` names the shift."""

    line: Annotated[str, msgspec.Meta(max_length=32)]
    since: float
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
