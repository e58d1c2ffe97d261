"""`$server`: what the socket delivered, and nothing else (TIER-1).

Topics overlap: a machine may be on its own topic, its line's and the plant's. There is one record for each machine with
the latest values of all topics. This works because a delta carries values as of its sending and all topics come over
one connection (TICK-1). The plant's topic carries only the system fields of a machine, so it is merged into the record
of a full topic and never replaces it. A machine is removed when no topic has it any more.

The link delivers frames in order; a frame out of order is ignored here as well (SEQ-2, SEQ-5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from setpoint.contract.live import (
    Condition,
    Delta,
    Hello,
    Open,
    OpenTarget,
    Position,
    Snapshot,
    TxOutcome,
    User,
    unpack,
)
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import SYSTEM_FIELDS, Record
from setpoint.core.store.types import RECENT_OUTCOMES, Recent, Transition

_NO_REVS: Mapping[str, int] = {}
_NO_OPEN: Open = {}
_NOBODY: frozenset[str] = frozenset()
_PLANT_ALONE = frozenset((DASHBOARD,))


def merge(record: Record, change: Record) -> Record:
    """``record`` with the fields of ``change``; ``record`` itself if that makes no difference (SEQ-7)."""
    merged = record | change
    return record if merged == record else merged


class Topic:
    """The state of one subscription. ``position`` is None after the epoch ended, until new data comes (SEQ-5)."""

    __slots__ = ("kpis", "machines", "position", "ts")

    def __init__(self) -> None:
        self.position: Position | None = None
        self.ts = 0.0
        self.machines: dict[str, None] = {}
        self.kpis: dict[str, None] = {}


class _Shelf:
    """Records by key, and which topics hold each."""

    __slots__ = ("holders", "records")

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.holders: dict[str, set[str]] = {}

    def hold(self, topic: str, key: str) -> None:
        held = self.holders.get(key)
        if held is None:
            self.holders[key] = {topic}
        else:
            held.add(topic)

    def put(self, key: str, record: Record, changed: dict[str, None]) -> None:
        if self.records.get(key) is not record:
            self.records[key] = record
            changed[key] = None

    def replace(self, key: str, record: Record, changed: dict[str, None]) -> None:
        old = self.records.get(key)
        self.put(key, record if old is None or old != record else old, changed)

    def let_go(self, topic: str, key: str, changed: dict[str, None]) -> bool:
        """``topic`` no longer has ``key``; True if no topic has it."""
        held = self.holders.get(key)
        if held is None or topic not in held:
            return False
        held.discard(topic)
        if held:
            if held == {DASHBOARD} and topic != DASHBOARD:
                known = self.records[key]
                self.replace(key, {name: known[name] for name in SYSTEM_FIELDS if name in known}, changed)
            return False
        del self.holders[key], self.records[key]
        changed[key] = None
        return True


class ServerState(Protocol):
    """`$server`, read-only."""

    @property
    def machines(self) -> Mapping[str, Record]:
        """By entity key, what each machine reports."""
        ...

    @property
    def kpis(self) -> Mapping[str, Record]:
        """By topic, the figures of the line or plant (KPI-1)."""
        ...

    @property
    def revs(self) -> Mapping[str, Mapping[str, int]]:
        """By machine and field, the rev (CONF-1)."""
        ...

    @property
    def overview(self) -> Mapping[str, Condition]:
        """By entity key, the condition of every machine from the plant's topic (OVER-3)."""
        ...

    @property
    def open(self) -> Mapping[str, Mapping[str, OpenTarget]]:
        """By machine and field, anybody's target that is under way (OPEN-1)."""
        ...


class ServerSlice:
    """Written only by the frames given to it. ``machines`` and ``kpis`` map keys to records that never change.

    ``overview``: the condition of every machine from the plant's topic (OVER-3), kept beside the records. ``open``: by
    machine and field, anybody's target that is under way (OPEN-1).
    """

    __slots__ = ("_kpis", "_machines", "epoch", "open", "overview", "recent", "revs", "topics", "user")

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.user: User | None = None
        self.topics: dict[str, Topic] = {}
        self.revs: dict[str, dict[str, int]] = {}
        self.recent: dict[str, tuple[Recent, ...]] = {}
        self.overview: dict[str, Condition] = {}
        self.open: dict[str, dict[str, OpenTarget]] = {}
        self._machines = _Shelf()
        self._kpis = _Shelf()

    @property
    def machines(self) -> Mapping[str, Record]:
        """By entity key; a record never changes, another takes its place."""
        return self._machines.records

    @property
    def kpis(self) -> Mapping[str, Record]:
        """By topic; a record never changes, another takes its place."""
        return self._kpis.records

    def rev(self, machine: str, field: str) -> int | None:
        """None while it is not known."""
        return self.revs.get(machine, _NO_REVS).get(field)

    def greet(self, hello: Hello) -> None:
        """A connection opened. A new epoch makes every position void; known values stay until they are replaced."""
        if hello.epoch != self.epoch:
            self.epoch = hello.epoch
            for topic in self.topics.values():
                topic.position = None
        self.user = hello.user

    def apply_snapshot(self, frame: Snapshot, transition: Transition) -> bool:
        """Replaces the topic (SEQ-7). Returns False and changes nothing if it is of another epoch."""
        epoch = frame.epoch or self.epoch or ""
        if self.epoch is not None and epoch != self.epoch:
            return False
        name = frame.topic
        topic = self.topics.setdefault(name, Topic())
        topic.position = Position(epoch, frame.seq)
        topic.ts = frame.ts
        machines, kpis = frame.data.machines, frame.data.kpis
        self._let_go(name, topic, [key for key in topic.machines if key not in machines], transition)
        for key in [key for key in topic.kpis if key not in kpis]:
            del topic.kpis[key]
            self._kpis.let_go(name, key, transition.kpis)
        shelf = self._machines
        for key, record in machines.items():
            topic.machines[key] = None
            shelf.hold(name, key)
            if name == DASHBOARD and len(shelf.holders[key]) > 1:
                shelf.put(key, merge(shelf.records[key], record), transition.machines)
            else:
                shelf.replace(key, record, transition.machines)
                if name != DASHBOARD:
                    self.revs.pop(key, None)
            if name != DASHBOARD:
                self._set_open(key, (frame.open or _NO_OPEN).get(key, {}), transition)
        for key, record in kpis.items():
            topic.kpis[key] = None
            self._kpis.hold(name, key)
            self._kpis.replace(key, record, transition.kpis)
        if name == DASHBOARD:
            overview = unpack(frame.data.overview, frame.ts) if frame.data.overview else {}
            transition.overview += [key for key in self.overview if key not in overview]
            self.overview = {key: self.overview[key] for key in self.overview if key in overview}
            self._update_overview(overview, transition)
        self._raise_revs(frame.revs)
        self._remember(frame.tx, frame.ts, transition)
        return True

    def apply_delta(self, frame: Delta, transition: Transition) -> bool:
        """Applies a delta (SEQ-7). Returns False and changes nothing if it does not follow the present position
        (SEQ-2)."""
        name = frame.topic
        topic = self.topics.get(name)
        if topic is None or topic.position is None or frame.seq != topic.position.seq + 1:
            return False
        topic.position = Position(topic.position.epoch, frame.seq)
        topic.ts = frame.ts
        shelf = self._machines
        for key, change in frame.machines.items():
            if key not in topic.machines:
                topic.machines[key] = None
                shelf.hold(name, key)
            record = shelf.records.get(key)
            shelf.put(key, change if record is None else merge(record, change), transition.machines)
        for key, change in frame.kpis.items():
            if key not in topic.kpis:
                topic.kpis[key] = None
                self._kpis.hold(name, key)
            record = self._kpis.records.get(key)
            self._kpis.put(key, change if record is None else merge(record, change), transition.kpis)
        self._let_go(name, topic, frame.removed, transition)
        for key, targets in frame.open.items():
            self._set_open(key, {**self.open.get(key, {}), **targets}, transition)
        if frame.overview and name == DASHBOARD:
            self._update_overview(unpack(frame.overview, frame.ts), transition)
        self._raise_revs(frame.revs)
        self._remember(frame.tx, frame.ts, transition)
        return True

    def unsubscribe(self, name: str, transition: Transition) -> None:
        """The topic ``name`` was unsubscribed; no more frames of it will come."""
        topic = self.topics.pop(name, None)
        if topic is None:
            return
        self._let_go(name, topic, list(topic.machines), transition)
        for key in topic.kpis:
            self._kpis.let_go(name, key, transition.kpis)
        if name == DASHBOARD:
            transition.overview += self.overview
            self.overview = {}

    def _update_overview(self, overview: Mapping[str, Condition], transition: Transition) -> None:
        """The machines whose overview changed; the others keep their identity (TIER-3)."""
        for key, condition in overview.items():
            if self.overview.get(key) != condition:
                self.overview[key] = condition
                transition.overview.append(key)

    def _let_go(self, name: str, topic: Topic, machines: Iterable[str], transition: Transition) -> None:
        for key in machines:
            topic.machines.pop(key, None)
            if self._machines.let_go(name, key, transition.machines):
                self.revs.pop(key, None)
                self.recent.pop(key, None)
            if self._machines.holders.get(key, _NOBODY) <= _PLANT_ALONE:
                self.open.pop(key, None)

    def _set_open(
        self, machine: str, targets: Mapping[str, OpenTarget | None], transition: Transition
    ) -> None:
        under_way = {field: target for field, target in targets.items() if target is not None}
        if under_way == self.open.get(machine, {}):
            return
        if under_way:
            self.open[machine] = under_way
        else:
            del self.open[machine]
        transition.machines[machine] = None

    def _raise_revs(self, revs: Mapping[str, Mapping[str, int]]) -> None:
        for machine, fields in revs.items():
            known = self.revs.get(machine, _NO_REVS)
            self.revs[machine] = {
                **known,
                **{field: max(rev, known.get(field, rev)) for field, rev in fields.items()},
            }

    def _remember(self, outcomes: Iterable[TxOutcome], ts: float, transition: Transition) -> None:
        """Each outcome once, although every topic of the machine carries it; the latest outcome of a txId counts."""
        for outcome in outcomes:
            if outcome.machine not in self._machines.records:
                continue
            name = (outcome.tx_id, outcome.field)
            known = self.recent.get(outcome.machine, ())
            same = next((each for each in known if (each.outcome.tx_id, each.outcome.field) == name), None)
            if same is None:
                self.recent[outcome.machine] = (*known, Recent(ts, outcome))[-RECENT_OUTCOMES:]
            elif same.outcome.outcome is outcome.outcome:
                continue
            else:
                changed = Recent(same.ts, outcome)
                self.recent[outcome.machine] = tuple(changed if each is same else each for each in known)
            transition.machines[outcome.machine] = None
