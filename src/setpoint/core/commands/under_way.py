"""The state that `Commands` and its parts share: everything that is under way, and its deadlines.

Mutable, and private to this package. Memory is bounded: a batch leaves it a minute after its end. For late landings,
only the last target of each field is kept. Storage has all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.values import Record, Value
from setpoint.core.commands.effects import Effect
from setpoint.core.commands.inflight import Batch, Item, SetPoint, set_points
from setpoint.core.commands.records import ItemRecord
from setpoint.core.commands.revs import Revs
from setpoint.core.commands.unit_of_work import UnitOfWork
from setpoint.core.commands.write_state import ReportedValue
from setpoint.core.deadlines import Deadlines
from setpoint.core.plant import Plant

LATE_WITHIN_MS = 600_000
"""How long an ``unknown`` item waits for a late landing; after that, a change is the device's own."""
KEEP_MS = 60_000
"""How long a settled batch stays in memory, so that storage is not asked for a batch that it may not have yet."""


class SettleDue(NamedTuple):
    """The time by which targets that were handed over together must have an outcome."""

    items: list[Item]


class LandingDue(NamedTuple):
    """An unconfirmed target of the field can no longer land."""

    set_point: SetPoint


class AnswerDue(NamedTuple):
    """The time by which the author of the batch must have an answer."""

    batch: Batch


class ForgetDue(NamedTuple):
    """A batch need not be kept in memory any more."""

    tx_id: str


Due: TypeAlias = SettleDue | LandingDue | AnswerDue | ForgetDue


class UnderWay:
    """``machines`` are the hub's live records, read only; ``revs`` come from storage.

    ``targets`` counts the accepted targets of ``batches``. ``stops``: for each machine how many stops it had, and the
    status of the last. ``late``: until when a field's unconfirmed target may land. ``remembered``: the last
    set-points of machines that have not reported since the start, or since the plant took them back.
    """

    __slots__ = (
        "batches",
        "deadlines",
        "late",
        "machines",
        "plant",
        "remembered",
        "revs",
        "set_points",
        "stops",
        "targets",
    )

    def __init__(self, plant: Plant, machines: Mapping[str, Record], revs: Iterable[FieldRev]) -> None:
        self.plant = plant
        self.machines = machines
        self.revs = Revs(revs)
        self.set_points = set_points(plant)
        self.batches: dict[str, Batch] = {}
        self.targets = 0
        self.stops: dict[str, tuple[int, str]] = {}
        self.deadlines: Deadlines[Due] = Deadlines()
        self.late: dict[SetPoint, int] = {}
        self.remembered: dict[tuple[str, str], Value] = {}

    def begin(self, now_ms: int, ts: float) -> UnitOfWork:
        """The unit of work of one call; `end` has its effects."""
        return UnitOfWork(self.revs, now_ms, ts)

    def set_point(self, machine: str, field: str) -> SetPoint | None:
        """None if the plant does not have the machine or the field."""
        return self.set_points.get(machine, {}).get(field)

    def stops_of(self, machine: str) -> int:
        """How many stops the machine has had."""
        return self.stops.get(machine, (0, ""))[0]

    def reported_for(self, record: ItemRecord) -> ReportedValue:
        """The value that the machine reports for the field of an item; UNSET if the plant no longer has it."""
        set_point = self.set_point(record.machine, record.field)
        return msgspec.UNSET if set_point is None else set_point.reported

    def end(self, work: UnitOfWork) -> list[Effect]:
        effects = work.effects()
        for item in work.unconfirmed:
            self.await_landing(item.set_point, work.now_ms)
        for batch in work.finished:
            self.deadlines.at(work.now_ms + KEEP_MS, ForgetDue(batch.header.tx_id))
        return effects

    def await_landing(self, set_point: SetPoint, now_ms: int) -> None:
        self.late[set_point] = now_ms + LATE_WITHIN_MS
        self.deadlines.at(now_ms + LATE_WITHIN_MS, LandingDue(set_point))

    def keep(self, batch: Batch) -> None:
        self.batches[batch.header.tx_id] = batch
        self.targets += _in_hand(batch)

    def forget(self, tx_id: str) -> None:
        if (batch := self.batches.pop(tx_id, None)) is not None:
            self.targets -= _in_hand(batch)
            # An item refers to its batch. Without this, both would stay until the garbage collector looks at them,
            # which takes hours on a server with little work.
            batch.entries = list(batch.records())


def _in_hand(batch: Batch) -> int:
    """The number of accepted targets; refused ones do not count."""
    return sum(isinstance(entry, Item) for entry in batch.entries)
