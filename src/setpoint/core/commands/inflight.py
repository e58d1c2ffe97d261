"""The working state of `Commands`: what is under way, by batch and by field.

Mutable, and private to the core: only `commands` and `admission` touch them. A `SetPoint` exists for every
writable field of every machine, so that a report costs one look-up a field.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

import msgspec

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.values import Value
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.commands.write_state import ReportedValue, WriteState
from setpoint.core.plant import Field, Machine, Person, Plant, is_same


class Item:
    """One accepted target: its record as it stands, and its write state.

    ``stops`` is how many stops its machine had seen when it was accepted. If the number has changed when the write is
    about to leave, there was a stop in between, even if it is over (SAFE-2).
    """

    __slots__ = ("baseline", "batch", "record", "set_point", "state", "stops")

    def __init__(
        self, record: ItemRecord, state: WriteState, set_point: SetPoint, batch: Batch, stops: int
    ) -> None:
        self.record = record
        self.state = state
        self.set_point = set_point
        self.batch = batch
        self.stops = stops
        self.baseline: ReportedValue = msgspec.UNSET

    def is_there(self) -> bool:
        """Whether the machine reports the target at this instant."""
        return is_same(self.set_point.field, self.record.asked, self.set_point.reported)


class SetPoint:
    """One writable field of one machine: what the machine reports, what is in flight to it, what is unconfirmed.

    ``device_rev`` is the rev that the machine raised last by changing the field itself. ``standing`` is the last value
    that no stop has set, which is what an undo restores (PRE-5). ``is_gone``: the plant no longer has it; targets may
    still point to it.
    """

    __slots__ = (
        "device_rev",
        "field",
        "in_flight",
        "is_gone",
        "last_rev_sent",
        "machine",
        "reported",
        "standing",
        "unconfirmed",
    )

    def __init__(self, machine: Machine, field: Field) -> None:
        self.machine = machine
        self.field = field
        self.reported: ReportedValue = msgspec.UNSET
        self.standing: ReportedValue = msgspec.UNSET
        self.in_flight: Item | None = None
        self.unconfirmed: Item | None = None
        self.last_rev_sent = 0
        self.device_rev = 0
        self.is_gone = False

    @property
    def before(self) -> Value:
        """The value that an undo of the next target restores; None if it is not known."""
        return None if self.standing is msgspec.UNSET else self.standing

    def is_set_by_stop(self) -> bool:
        """Whether the value is what the machine set in a stop."""
        return not is_same(self.field, self.standing, self.reported)


class Batch:
    """One batch under way: its accepted items, and the records of the items that ended at admission, in order.

    ``is_late``: the time for its answer was over before it was stored; it is answered as soon as it is.
    ``withdrawn_by``: these people have withdrawn it; no more of it leaves, and they get an answer that says what had
    left. ``limit_ms``: from then on no more of it leaves (CMD-8). Nothing leaves of a batch from an earlier run.
    """

    __slots__ = (
        "entries",
        "has_left",
        "header",
        "is_answered",
        "is_late",
        "is_recorded",
        "limit_ms",
        "not_after",
        "open",
        "queue",
        "raised",
        "withdrawn_by",
    )

    def __init__(self, header: BatchRecord, limit_ms: int = 0, not_after: float | None = None) -> None:
        self.header = header
        self.limit_ms = limit_ms
        self.not_after = not_after
        self.has_left = False
        self.entries: list[Item | ItemRecord] = []
        self.queue: deque[Item] = deque()
        self.open = 0
        self.raised: tuple[FieldRev, ...] = ()
        self.is_recorded = False
        self.is_answered = False
        self.is_late = False
        self.withdrawn_by: tuple[Person, ...] = ()

    def records(self) -> Iterator[ItemRecord]:
        """Every item as it stands now, in the order of the request."""
        for entry in self.entries:
            yield entry.record if isinstance(entry, Item) else entry

    def record(self) -> BatchRecord:
        return msgspec.structs.replace(self.header, items=tuple(self.records()))


def set_points_after(
    plant: Plant, before: Mapping[str, Mapping[str, SetPoint]], gone: Collection[str]
) -> tuple[dict[str, dict[str, SetPoint]], list[SetPoint]]:
    """The set-points of another plant, and those that are gone. Those that stay are the same objects, with their
    targets under way.
    """
    after, ended = set_points(plant), []
    for key, fields in before.items():
        kept = {} if key in gone else after.get(key, {})
        for name, set_point in fields.items():
            if (new := kept.get(name)) is None:
                set_point.is_gone = True
                ended.append(set_point)
                continue
            set_point.machine, set_point.field = new.machine, new.field
            kept[name] = set_point
    return after, ended


def set_points(plant: Plant) -> dict[str, dict[str, SetPoint]]:
    """A `SetPoint` for every writable field of every machine of the plant."""
    return {
        key: {field.name: SetPoint(machine, field) for field in plant.writable}
        for key, machine in plant.machines.items()
    }
