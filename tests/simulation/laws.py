"""The laws that must hold at every step and at the end. Each has a name, which `LawBrokenError` carries.

The judge sees everything: what people asked for, what the server stored and sent, what machines accepted, what every
client's store holds. It has its own observer at the server: a perfect client without delay. Any other client must have
the observer's picture of a topic when it is at the same position.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import TypeAlias

import msgspec
from tests.simulation.wall import Wall

from setpoint.contract.http.batches import ANSWER_WITHIN_MS, BatchKind, BatchRequest
from setpoint.contract.http.machines import EventKind, FieldRev
from setpoint.contract.live import (
    ByKind,
    Condition,
    Delta,
    Hello,
    OpenTarget,
    Outcome,
    Snapshot,
    TxOutcome,
    decode_down,
    unpack,
)
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import SYSTEM_FIELDS, Quality, Record, Value, is_critical
from setpoint.core import store
from setpoint.core.audit.chain import Fact, verify
from setpoint.core.audit.changes import Change
from setpoint.core.commands import (
    ItemRecord,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
)
from setpoint.core.commands.records import BatchRecord
from setpoint.core.hub import HubLimits
from setpoint.core.plant import Plant, Write
from setpoint.errors import StorageError
from setpoint.persistence.memory import MemoryPersistence

LIMITS = HubLimits(
    max_buffer_bytes=6_000, drained_bytes=1_000, history_deltas=16, history_bytes=1_500, warm_ms=8_000
)
"""Small, so that a schedule reaches the limits."""
NO_LIMITS = msgspec.structs.replace(LIMITS, max_buffer_bytes=2**40, history_bytes=2**40)
"""The same limits, but so large that a schedule never reaches them."""
HELD_BYTES = 3 * LIMITS.max_buffer_bytes // 2 + LIMITS.history_bytes + 2_000
"""The most that one socket may hold, apart from one more frame of any size. It is the sum of the buffer, the half
buffer that a subscriber may get at once, one topic's history, and what the server sends while a client reads nothing
(pings, acknowledgements)."""

NOT_SENT = frozenset((Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED, Outcome.CANCELLED))

EPOCH = "no delta crosses an epoch, and every delta follows"
PICTURE = "snapshot plus deltas equals the server's state at that seq"
VIEW = "a view shows what the machine reported, or what that person asked for within 10 s"
VOIDED = "a stop cancels every target from before it, everywhere, for good"
ONCE = "a txId is executed at most once, across restarts"
ENDS = "every recorded item ends with one outcome"
FINAL = "an outcome never changes once final, except unknown, which settles once"
AUDIT = "the audit agrees with the machine's own log"
QUIET = "after a quiet time, the view, the server and the machine agree"
LOCKS = "no lock outlives 10 s"
BUFFER = "no buffer outgrows its bound"
CONFLICT_NAME = "a conflict names the right person"
REVS = "a rev that was sent never falls, across restarts"
RECORDED = "nothing is sent before its record would survive a crash"
ECHO = "the frame with the outcome applied also carries the reported value"
NOTICE = "a person sees what was recorded"
TAKEN_BACK = "no topic takes back a value that another topic has sent"
UNDONE = "an undo takes back no later change"
LATE = "no target leaves after its time limit"
BASE = "no target leaves if its base is older than a stop or another person's change"
WITHDRAWN = "a withdrawn target does not leave"
HELD = "a waiting batch survives a crash, once somebody knows that it waits"
SECOND_PERSON = "a target that needs a second person leaves only after one has confirmed it"
WALL_CLOCK = "a wall clock that jumps changes nothing but time stamps"
LEFT_PLANT = "no target leaves for a machine that has left the plant"
OPENED = "everybody sees whose target is under way, until it ends"
HISTORY = "the last value in the history is the hub's"
UNSEEN_CHANGE = "a change at the machine raises the rev, even if no server ran"
DUE_WORK = "due work is done when the engine is woken for it"

LAWS = (
    EPOCH,
    PICTURE,
    VIEW,
    VOIDED,
    ONCE,
    ENDS,
    FINAL,
    AUDIT,
    QUIET,
    LOCKS,
    BUFFER,
    CONFLICT_NAME,
    REVS,
    RECORDED,
    ECHO,
    NOTICE,
    TAKEN_BACK,
    UNDONE,
    LATE,
    BASE,
    WITHDRAWN,
    HELD,
    SECOND_PERSON,
    WALL_CLOCK,
    LEFT_PLANT,
    OPENED,
    UNSEEN_CHANGE,
    DUE_WORK,
    HISTORY,
)

SENT_WITHIN_MS = 130
"""The server sends a record within this time after its commit, or after the start of a server that reads it."""

OVERVIEW = "overview"
OPEN = "open"
Targets: TypeAlias = Mapping[str, OpenTarget]
_NO_TARGETS: Targets = {}
_NOTHING: Record = {}


class LawBrokenError(AssertionError):
    """A broken law. ``law`` is one of `LAWS`. The message says who, what and when."""

    def __init__(self, law: str, message: str) -> None:
        super().__init__(law, message)
        self.law = law

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


_IN_DOUBT_MS = 10**12
"""Marks a stop that is stored while the server cannot know it yet."""


@dataclass(frozen=True, slots=True)
class RecordedStop:
    """A stop. The server received it at ``at_ms``, and it survives a crash from ``recorded_ms`` on."""

    at_ms: int
    recorded_ms: int


class WatchedDatabase(MemoryPersistence):
    """A database that keeps every outcome of each item, in order, and checks the laws of storage."""

    def __init__(self, recorded_stop: Callable[[str], None]) -> None:
        super().__init__()
        self._recorded_stop = recorded_stop
        self.history: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
        self.requested: dict[tuple[str, str, str], Value] = {}
        """The value of each target, also of the targets that the server made for an undo or a retry."""
        self.revs_of: dict[tuple[str, str], list[FieldRev]] = defaultdict(list)

    async def store(
        self, changes: Iterable[Change], facts_too: Iterable[Fact] = (), *, name: str | None = None
    ) -> None:
        changes = list(changes)
        try:
            await super().store(changes, list(facts_too), name=name)
        except StorageError as error:
            raise LawBrokenError(ONCE, f"the database was given a txId twice: {error.message}") from error
        for change in changes:
            items: Iterable[ItemRecord] = ()
            if isinstance(change, RecordBatch):
                items = change.batch.items
                self.requested.update(((item.tx_id, item.machine, item.field), item.asked) for item in items)
                if change.batch.kind is BatchKind.UNDO:
                    await self._judge_undo(change.batch)
            elif isinstance(change, RecordOutcomes):
                items = change.items
            elif isinstance(change, RecordEvents):
                for event in change.events:
                    if event.kind is EventKind.ASSERTED:
                        self._recorded_stop(event.machine)
            if isinstance(change, RecordBatch | RecordEvents):
                for rev in change.revs:
                    self.revs_of[rev.machine, rev.field].append(rev)
            for item in items:
                self._recorded(item)

    async def _judge_undo(self, undo: BatchRecord) -> None:
        """Checks that an undo goes on only if nobody changed the field in the meantime. A stop changes no value."""
        undone = await self.batch(undo.follows or "")
        was = {(item.machine, item.field): item for item in undone.items} if undone else {}
        for item in undo.items:
            earlier = was.get((item.machine, item.field))
            if earlier is None or earlier.before != item.asked:
                raise LawBrokenError(UNDONE, f"{item} does not bring back what was before {earlier}")
            for rev in self.revs_of[item.machine, item.field]:
                is_between = (earlier.rev or 0) < rev.rev < (item.rev or 0)
                if is_between and item.outcome is Outcome.PENDING and not is_by_safety(rev):
                    raise LawBrokenError(UNDONE, f"{item} undoes {earlier} in spite of {rev}")

    def _recorded(self, item: ItemRecord) -> None:
        history = self.history[item.tx_id, item.machine, item.field]
        finals = [outcome for outcome in history if outcome.is_final]
        if item.outcome.is_final:
            may_settle = finals in ([], [Outcome.UNKNOWN])
            if not may_settle:
                raise LawBrokenError(
                    FINAL, f"{item.tx_id} {item.machine}.{item.field}: {finals} then {item.outcome}"
                )
        elif finals:
            raise LawBrokenError(
                FINAL, f"{item.tx_id} {item.machine}.{item.field}: {finals} then {item.outcome}"
            )
        history.append(item.outcome)


def is_by_safety(rev: FieldRev) -> bool:
    return rev.by is not None and rev.by.kind is ByKind.SAFETY


class Picture(msgspec.Struct, frozen=True):
    """One topic at one position, as a client has it that misses nothing. It is a plain version of the merge of SEQ-7.

    ``at_ms`` is when it was made. ``count`` is how often the server's records had changed by then.
    """

    seq: int
    at_ms: int
    count: int
    machines: Mapping[str, Record]
    kpis: Mapping[str, Record]
    overview: Mapping[str, Condition]
    open: Mapping[str, Targets]

    def then(self, delta: Delta, at_ms: int, count: int) -> Picture:
        machines, kpis, overview, opened = self.machines, self.kpis, self.overview, self.open
        if delta.machines or delta.removed:
            machines = dict(machines)
            for key, patch in delta.machines.items():
                machines[key] = {**machines.get(key, _NOTHING), **patch}
            for key in delta.removed:
                machines.pop(key, None)
        if delta.kpis:
            kpis = {**kpis, **{key: {**kpis.get(key, {}), **delta.kpis[key]} for key in delta.kpis}}
        if delta.overview:
            overview = {**overview, **unpack(delta.overview, delta.ts)}
        if delta.open:
            targets = {key: under_way({**opened.get(key, {}), **delta.open[key]}) for key in delta.open}
            opened = {**opened, **targets}
        return Picture(delta.seq, at_ms, count, machines, kpis, overview, opened)


class SentFrame(msgspec.Struct, frozen=True):
    """A frame of one topic, its part of the overview, and the count of changes at that instant."""

    count: int
    frame: Snapshot | Delta
    overview: Mapping[str, Condition]

    @property
    def seq(self) -> int:
        return self.frame.seq

    def mentions(self, machine: str, field: str) -> bool:
        frame = self.frame
        if field == OVERVIEW:
            return machine in self.overview
        if isinstance(frame, Snapshot):
            machines = frame.data.machines
            return machine in machines and (field == OPEN or field in machines[machine])
        if field == OPEN:
            return machine in frame.open
        if machine in frame.removed:
            return field in SYSTEM_FIELDS
        return field in frame.machines.get(machine, _NOTHING)


class Log:
    """The values of one thing in order, each with the count at which it began. The count only rises."""

    __slots__ = ("_counts", "_values")

    def __init__(self) -> None:
        self._counts: list[int] = []
        self._values: list[object] = []

    def note(self, count: int, value: object) -> None:
        if not self._values or self._values[-1] != value:
            self._counts.append(count)
            self._values.append(value)

    def was_current(self, value: object, first: int, last: int) -> bool:
        """Says whether the value was current at ``first``, at ``last``, or in between."""
        index = max(0, bisect_right(self._counts, first) - 1)
        while index < len(self._counts) and self._counts[index] <= last:
            if self._values[index] == value:
                return True
            index += 1
        return False

    def index_of(self, value: object, start: int) -> int | None:
        """Returns the index of the first value, from ``start`` on, that equals ``value``."""
        try:
            return self._values.index(value, start)
        except ValueError:
            return None


class Observer:
    """The perfect client of one life of the server.

    It keeps every topic's picture at every position, and what the server's own records held between two positions.

    A delta carries what its topic had pending. A delta of the urgent lane carries only what its machines had pending.
    A snapshot under ``seq`` reads the records as they are at that instant, so it may hold a value that only a later
    delta carries. So at a position a client may show the value that was last sent up to there. It may also show a value
    that the machine had later, before the next position. `may_show` allows exactly this.
    """

    def __init__(self, epoch: str, history: StreamHistory, now_ms: Callable[[], int]) -> None:
        self.epoch = epoch
        self.at: dict[tuple[str, int], Picture] = {}
        self.began_ms = now_ms()
        self._now_ms = now_ms
        self._history = history
        self._latest: dict[str, Picture] = {}
        self._count = 0
        self._records: dict[str, Record] = {}
        self._field_values: dict[tuple[str, str], Log] = defaultdict(Log)
        self._carried: dict[str, list[SentFrame]] = defaultdict(list)
        """The frames of each topic, in order."""
        self._notable: dict[str, Log] = defaultdict(Log)
        self._conditions: dict[str, Log] = defaultdict(Log)
        self._open: Mapping[str, Targets] = {}
        self._opens: dict[str, Log] = defaultdict(Log)

    @property
    def is_there(self) -> bool:
        """Says whether the observer watches this life at all."""
        return bool(self._records)

    def resumed(self, since_ms: int) -> None:
        """The server's computer was suspended since ``since_ms``. What it had to send at its start may come now."""
        if self.began_ms > since_ms - SENT_WITHIN_MS:
            self.began_ms = self._now_ms()

    def look(self, records: Mapping[str, Record], opened: Mapping[str, Targets]) -> None:
        """Notes changes of the server's records and open targets. Call this before the server sends a frame that
        follows from the change.
        """
        known, changed = self._records, []
        for key, record in records.items():
            if known.get(key) != record:
                changed.append(key)
        is_open_changed = opened != self._open
        if not changed and not is_open_changed:
            return
        self._count += 1
        if is_open_changed or not self._opens:
            self._open = opened
            for key in records:
                self._opens[key].note(self._count, opened.get(key, _NO_TARGETS))
        for key in changed:
            self._note(key, records[key])

    def _note(self, key: str, record: Record) -> None:
        count, before = self._count, self._records.get(key, _NOTHING)
        self._records[key] = dict(record)
        for field, value in record.items():
            if before.get(field, ...) != value:
                self._field_values[key, field].note(count, value)
        self._notable[key].note(count, is_notable(record))
        self._conditions[key].note(count, condition_of(record))

    def receive(self, data: bytes) -> None:
        frame = decode_down(data)
        if not isinstance(frame, Snapshot | Delta):
            return
        before = self._latest.get(frame.topic)
        packed = frame.data.overview if isinstance(frame, Snapshot) else frame.overview
        overview = unpack(packed, frame.ts) if packed else {}
        opened = frame.open or {}
        self._carried[frame.topic].append(SentFrame(self._count, frame, overview))
        if isinstance(frame, Snapshot):
            self._judge_snapshot(frame, overview)
            at_ms = self._now_ms()
            whole = frame.data
            targets = {key: under_way(each) for key, each in opened.items()}
            picture = Picture(frame.seq, at_ms, self._count, whole.machines, whole.kpis, overview, targets)
        elif before is None or frame.seq != before.seq + 1:
            last_seq = None if before is None else before.seq
            raise LawBrokenError(EPOCH, f"{frame.topic} sent {frame.seq} after {last_seq}")
        else:
            self._judge_echoes(frame)
            picture = before.then(frame, self._now_ms(), self._count)
        self._latest[frame.topic] = self.at[frame.topic, frame.seq] = picture
        self._history.revs(frame.revs)
        for outcome in frame.tx:
            open_target = picture.open.get(outcome.machine, _NO_TARGETS).get(outcome.field)
            if isinstance(frame, Delta) and open_target is not None and open_target.tx_id == outcome.tx_id:
                raise LawBrokenError(OPENED, f"{frame.topic} carries {outcome} and keeps {open_target}")
            self._history.outcome(frame.topic, outcome, self.epoch)

    def _judge_snapshot(self, frame: Snapshot, overview: Mapping[str, Condition]) -> None:
        """Checks that a snapshot equals the server's state (SEQ-6, SEQ-7, OVER-1)."""
        truth = {key: self._open[key] for key in frame.data.machines if self._open.get(key)}
        sent = {key: under_way(targets) for key, targets in (frame.open or {}).items()}
        if sent != (truth if frame.topic != DASHBOARD else {}):
            raise LawBrokenError(PICTURE, f"a snapshot of {frame.topic} has {sent} under way, not {truth}")
        known_overview = {key: condition_of(record) for key, record in self._records.items()}
        if overview != (known_overview if frame.topic == DASHBOARD else {}):
            raise LawBrokenError(PICTURE, f"a snapshot of {frame.topic} has the overview {overview}")
        for key, record in frame.data.machines.items():
            known = self._records[key]
            if any(known[field] != value for field, value in record.items()):
                raise LawBrokenError(
                    PICTURE, f"a snapshot of {frame.topic} says {key} is {record}, not {known}"
                )

    def _judge_echoes(self, frame: Delta) -> None:
        """Checks that a value does not flicker when its lock ends (TX-3)."""
        for tx in frame.tx:
            is_full = frame.topic != DASHBOARD
            if is_full and tx.outcome is Outcome.APPLIED:
                value = frame.machines.get(tx.machine, _NOTHING).get(tx.field, ...)
                if value != self._records[tx.machine][tx.field]:
                    raise LawBrokenError(ECHO, f"{frame.topic} carries {tx} and the value {value}")

    def _window(self, topic: str, seq: int, machine: str, field: str) -> tuple[int, int]:
        """Returns the counts from the last frame up to ``seq`` that carries the field, to the delta after ``seq``."""
        carried = reversed(self._carried[topic])
        first = next((each.count for each in carried if each.seq <= seq and each.mentions(machine, field)), 0)
        following = self.at.get((topic, seq + 1))
        return first, self._count if following is None else following.count

    def may_show(self, topic: str, seq: int, machine: str, field: str, value: Value) -> bool:
        """Says whether a client may show this value at this position of the topic."""
        record = self.at[topic, seq].machines.get(machine, _NOTHING)
        if record.get(field, ...) == value:
            return True
        if topic == DASHBOARD and field not in SYSTEM_FIELDS:
            return False
        return self._field_values[machine, field].was_current(
            value, *self._window(topic, seq, machine, field)
        )

    def may_open(self, topic: str, seq: int, machine: str, targets: Targets) -> bool:
        """Says whether a client may have exactly these targets under way at this position of the topic."""
        return self.at[topic, seq].open.get(machine, _NO_TARGETS) == targets or self._opens[
            machine
        ].was_current(targets, *self._window(topic, seq, machine, OPEN))

    def may_overlook(self, seq: int, overview: Mapping[str, Condition]) -> bool:
        """Says whether a client may have this overview at this position of the plant's topic."""
        expected = self.at[DASHBOARD, seq].overview
        return overview.keys() == expected.keys() and all(
            expected[key] == condition
            or self._conditions[key].was_current(condition, *self._window(DASHBOARD, seq, key, OVERVIEW))
            for key, condition in overview.items()
        )

    def index_of(self, machine: str, field: str, value: Value, start: int) -> int | None:
        """Returns the index of the first of the field's values, from ``start`` on, that equals ``value``, or None."""
        return self._field_values[machine, field].index_of(value, start)

    def may_hold(self, topic: str, seq: int, machines: set[str]) -> bool:
        """Says whether a client at this position may know exactly these machines."""
        differing = machines ^ self.at[topic, seq].machines.keys()
        return not differing or (
            topic == DASHBOARD
            and all(
                self._notable[key].was_current(key in machines, *self._window(topic, seq, key, "status"))
                for key in differing
            )
        )


class NoObserver(Observer):
    """Observes nothing. It serves a world that is only compared with another one."""

    def look(self, records: Mapping[str, Record], opened: Mapping[str, Targets]) -> None: ...

    def receive(self, data: bytes) -> None: ...


class StreamHistory:
    """The revs and outcomes that all lives of the server sent. Revs must not fall, and outcomes must not change."""

    def __init__(self, recorded: Mapping[tuple[str, str, str], Sequence[Outcome]]) -> None:
        self._recorded = recorded
        self._revs: dict[tuple[str, str], int] = {}
        self._finals: dict[tuple[str, str, str, str, str], list[Outcome]] = defaultdict(list)

    def revs(self, revs: Mapping[str, Mapping[str, int]]) -> None:
        for machine, fields in revs.items():
            for field, rev in fields.items():
                before = self._revs.get((machine, field), 0)
                if rev < before:
                    raise LawBrokenError(REVS, f"{machine}.{field} was sent as {before}, then as {rev}")
                self._revs[machine, field] = rev

    def outcome(self, topic: str, tx: TxOutcome, epoch: str) -> None:
        """Checks that each topic of one life carries a final outcome once. Another may follow only ``unknown``."""
        if not tx.outcome.is_final:
            return
        finals = self._finals[epoch, topic, tx.tx_id, tx.machine, tx.field]
        finals.append(tx.outcome)
        recorded = self._recorded.get((tx.tx_id, tx.machine, tx.field))
        is_a_persons = not tx.tx_id.startswith(("safety:", "device:"))
        if is_a_persons and (recorded is None or tx.outcome not in recorded):
            raise LawBrokenError(RECORDED, f"{tx} was sent when {recorded} was recorded")
        if len(finals) > 1 and not (len(finals) == 2 and finals[0] is Outcome.UNKNOWN is not finals[1]):
            raise LawBrokenError(FINAL, f"{topic} sent {tx.tx_id} {tx.machine}.{tx.field} as {finals}")


class ClientJudge:
    """Judges one client at every event that its store applies, and its whole picture at every step."""

    def __init__(
        self,
        observers: Mapping[str, Observer],
        requested: Callable[[str, str, str], Value],
        requested_ms: Callable[[str], int],
        server: ServerJudge,
    ) -> None:
        self._observers = observers
        self._server = server
        self._requested = requested
        self._requested_ms = requested_ms
        self._seq: dict[str, tuple[str, int]] = {}
        self._epoch = ""
        self._stopped_at: dict[str, int] = {}
        self._plant: set[str] = set()
        self._newest: dict[tuple[str, str], tuple[Value, int]] = {}
        """By machine and field: the value that was sent last, and the lowest index that it can have among the
        field's values."""
        self._left: dict[str, tuple[str, int]] = {}
        """The machines that left the plant's topic, and the topic's position when it last carried them."""
        self._is_judged = False
        """Says whether the store's present state was judged. A state that is right at a position stays right."""

    def judge_event(
        self,
        now_ms: int,
        true_ms: int,
        client_store: store.Store,
        event: store.Event,
        changed: Iterable[str],
    ) -> None:
        """Judges one event. ``now_ms`` is by the client's clock, which may have stopped during its sleep. ``true_ms``
        is the simulation's time.
        """
        self._is_judged = False
        match event:
            case Delta(topic=topic, seq=seq):
                epoch, before = self._seq.get(topic, ("", -1))
                if epoch != self._epoch or seq != before + 1:
                    raise LawBrokenError(EPOCH, f"{topic}: {seq} of {self._epoch} after {before} of {epoch}")
                self._seq[topic] = (epoch, seq)
                if topic == DASHBOARD:
                    self._follow_plant(event.machines, event.removed)
                self._note_stops(event.machines, now_ms)
                self._judge_order(topic, event.machines)
            case Hello(epoch=epoch):
                if epoch != self._epoch:
                    self._newest.clear()
                self._epoch = epoch
            case Snapshot(topic=topic, epoch=epoch, seq=seq):
                if epoch != self._epoch:
                    raise LawBrokenError(EPOCH, f"a snapshot of {epoch} in a session of {self._epoch}")
                if topic == DASHBOARD:
                    self._follow_plant(event.data.machines, self._plant - event.data.machines.keys())
                self._seq[topic] = (epoch, seq)
                self._note_stops(event.data.machines, now_ms)
                self._judge_order(topic, event.data.machines)
            case _:
                pass
        if client_store.pending.locks:
            self._judge_locks(now_ms, true_ms, client_store)
        for machine in changed:
            self._judge_view(now_ms, client_store, machine)

    def _judge_order(self, topic: str, machines: Mapping[str, Record]) -> None:
        """Checks that a field's values come in order, whichever topic carries them (TICK-1)."""
        observer = self._observers[self._epoch]
        for machine, patch in machines.items() if observer.is_there else ():
            for field, value in patch.items():
                newest, index = self._newest.get((machine, field), (..., 0))
                if newest == value:
                    continue
                next_index = observer.index_of(machine, field, value, index)
                if next_index is None:
                    raise LawBrokenError(
                        TAKEN_BACK,
                        f"{topic} says {machine}.{field} is {value!r} after {newest!r}, which is newer",
                    )
                self._newest[machine, field] = (value, next_index)

    def _follow_plant(self, machines: Iterable[str], gone: Iterable[str]) -> None:
        self._plant |= set(machines)
        for key in list(gone):
            self._plant.discard(key)
            self._left[key] = self._seq[DASHBOARD]

    def _note_stops(self, machines: Mapping[str, Record], now_ms: int) -> None:
        for key, patch in machines.items():
            if "status" in patch and is_critical(patch["status"]):
                self._stopped_at[key] = now_ms

    def _judge_locks(self, now_ms: int, true_ms: int, client_store: store.Store) -> None:
        for machine, locks in client_store.pending.locks.items():
            for field, lock in locks.items():
                for_ms = max(now_ms - lock.at_ms, true_ms - self._requested_ms(lock.tx_id))
                if for_ms > store.LOCK_MS:
                    raise LawBrokenError(LOCKS, f"{machine}.{field} is locked for {for_ms} ms")
                if lock.at_ms < self._stopped_at.get(machine, -1):
                    raise LawBrokenError(
                        VOIDED, f"{machine}.{field} was requested before a stop that this client saw"
                    )
                self._judge_void(lock)

    def _judge_void(self, lock: store.Target) -> None:
        """Checks that a stop ends the locks from before it. A lock must be gone once its client has a state of the
        machine from after the stop.
        """
        requested_ms = self._requested_ms(lock.tx_id)
        covered_ms = self._server.covered_ms.get((lock.machine, lock.field), -1)
        since_ms = max(requested_ms, covered_ms)
        stops = [stop for stop in self._server.stops.get(lock.machine, ()) if since_ms < stop.at_ms]
        for topic, (epoch, seq) in self._seq.items() if stops else ():
            observer = self._observers[epoch]
            picture = observer.at.get((topic, seq))
            if topic == DASHBOARD or epoch != self._epoch or picture is None:
                continue
            if lock.machine in picture.machines and any(
                picture.at_ms > max(stop.recorded_ms, observer.began_ms) + SENT_WITHIN_MS for stop in stops
            ):
                raise LawBrokenError(VOIDED, f"{lock} was requested before {stops}, and {topic} is at {seq}")

    def _judge_view(self, now_ms: int, client_store: store.Store, machine: str) -> None:
        view = client_store.view(machine)
        if view is None:
            return
        record = client_store.server.machines.get(machine, _NOTHING)
        if view.overlays and is_critical(record.get("status")):
            raise LawBrokenError(VOIDED, f"{machine} shows a target during {record['status']}")
        if not view.overlays:
            if view.record != record:
                raise LawBrokenError(VIEW, f"{machine} shows {view.record}, {record} was sent")
            return
        for field, value in view.record.items():
            overlay = view.overlays.get(field)
            if overlay is None:
                if value != record.get(field):
                    raise LawBrokenError(
                        VIEW, f"{machine}.{field} shows {value}, {record.get(field)} was sent"
                    )
            elif (
                value != self._requested(overlay.tx_id, machine, field)
                or now_ms - overlay.at_ms > store.LOCK_MS
            ):
                raise LawBrokenError(
                    VIEW, f"{machine}.{field} shows {value}, which was not requested within 10 s"
                )

    def judge_news(self, client_store: store.Store) -> None:
        if not self._is_judged:
            self._is_judged = True
            self._judge_picture(client_store)

    def _judge_picture(self, client_store: store.Store) -> None:
        """Checks that the store holds only what a client may have at its positions.

        Topics that overlap may stand at different instants, so one of them must have carried each value that is shown.
        After the end of an epoch, an old value stays until a new one replaces it (SEQ-5).
        """
        holders: dict[str, list[tuple[Observer, str, int]]] = defaultdict(list)
        for topic, held_topic in client_store.server.topics.items():
            epoch, seq = self._seq[topic]
            position = held_topic.position
            if position is not None and (position.epoch != epoch or position.seq != seq):
                raise LawBrokenError(EPOCH, f"{topic} stands at {position}, {epoch} {seq} was delivered")
            observer = self._observers[epoch]
            picture = observer.at.get((topic, seq))
            if picture is None:
                continue  # nobody observed this life, or its own subscription began later
            is_same = held_topic.machines.keys() == picture.machines.keys()
            if not is_same and not observer.may_hold(topic, seq, set(held_topic.machines)):
                expected = sorted(picture.machines)
                raise LawBrokenError(
                    PICTURE, f"{topic} at {seq} holds {sorted(held_topic.machines)}, not {expected}"
                )
            overview = client_store.server.overview
            if topic == DASHBOARD and not observer.may_overlook(seq, overview):
                raise LawBrokenError(PICTURE, f"the overview at {seq} is {overview}")
            for key in held_topic.machines:
                holders[key].append((observer, topic, seq))
        opened, records = client_store.server.open, client_store.server.machines
        for key, positions in holders.items():
            self._judge_open(key, opened.get(key, _NO_TARGETS), positions)
            record = records[key]
            for observer, topic, seq in positions:
                if observer.at[topic, seq].machines.get(key) == record:
                    break
            else:
                self._judge_record(key, record, positions)

    def _judge_record(self, key: str, record: Record, positions: list[tuple[Observer, str, int]]) -> None:
        """Judges a record that no single topic shows. Some topic must be allowed to show each of its fields."""
        if key in self._left:
            epoch, seq = self._left[key]
            if (DASHBOARD, seq) in self._observers[epoch].at:
                positions.append((self._observers[epoch], DASHBOARD, seq))
        for field, value in record.items():
            if not any(
                observer.may_show(topic, seq, key, field, value) for observer, topic, seq in positions
            ):
                raise LawBrokenError(PICTURE, f"{key}.{field} is {value!r} at {dict(self._seq)}")

    def _judge_open(self, key: str, opened: Targets, positions: Iterable[tuple[Observer, str, int]]) -> None:
        is_full = False
        for observer, topic, seq in positions:
            if topic != DASHBOARD:
                is_full = True
                if observer.may_open(topic, seq, key, opened):
                    return
        if is_full:
            raise LawBrokenError(PICTURE, f"{key} has {opened} under way at {dict(self._seq)}")

    def judge_quiet_picture(self, client_store: store.Store) -> None:
        """Checks, after a quiet time, that the figures equal the observer's at the same position."""
        at = [self._observers[epoch].at.get((topic, seq)) for topic, (epoch, seq) in self._seq.items()]
        pictures = [picture for picture in at if picture is not None]
        for name, shown in client_store.server.kpis.items():
            sent = [picture.kpis[name] for picture in pictures if name in picture.kpis]
            if sent and shown not in sent:
                raise LawBrokenError(QUIET, f"{name} is shown as {shown}, {sent} was sent")


class ServerJudge:
    """Judges what all lives of the server send to machines.

    ``requested_ms`` returns when a txId was requested. ``accepted`` gets every batch that the server accepts, stored or
    not. ``server_ts`` returns the server's time as the person's program knew it, if the program sends ``notAfter``.

    The server knows a stop as soon as a machine reports it. A crash may lose a stop that was not recorded yet.
    """

    def __init__(
        self,
        requested_ms: Callable[[str], int],
        accepted: Callable[[BatchRecord], None],
        server_ts: Callable[[str], float | None],
        wall: Wall,
        plant: Plant,
    ) -> None:
        self._requested_ms = requested_ms
        self._accepted = accepted
        self._wall = wall
        self._guarded = {field.name for field in plant.fields if field.needs_second_person}
        self._confirmed_ms: dict[str, int] = {}
        self._withdrawn: dict[str, bool] = {}
        """The withdrawn batches, and whether each was withdrawn before it came. A crash forgets the early ones."""
        self._began_ms = 0
        self._server_ts = server_ts
        self._until_ms: dict[str, int] = {}
        self._arrived_ms: dict[str, int] = {}
        self._bases: dict[tuple[str, str, str], tuple[int, bool]] = {}
        """The base rev of a target, and whether it ignores newer targets of the same person."""
        self._items: dict[tuple[str, str, str], tuple[int, str]] = {}
        """The rev of each accepted target, and the person who gave it."""
        self._raised: dict[tuple[str, str], dict[int, FieldRev]] = defaultdict(dict)
        self.stops: dict[str, list[RecordedStop]] = defaultdict(list)
        self.covered_ms: dict[tuple[str, str], int] = {}
        """By field, the time before which clients no longer learn of stops. A server that starts knows only the last
        change of a field. If that was not the stop, a lock from before the stop ends by a conflict or its deadline,
        and the server refuses its write."""
        self._sent: set[tuple[str, str, str]] = set()
        self._stops_ms: dict[str, list[int]] = defaultdict(list)

    def stopped(self, machine: str, now_ms: int) -> None:
        self._stops_ms[machine].append(now_ms)

    def recorded_stop(self, machine: str, now_ms: int) -> None:
        """The database stored the machine's oldest stop that was not recorded yet."""
        self.stops[machine].append(RecordedStop(self._stops_ms[machine].pop(0), now_ms))

    def doubted(self, now_ms: int) -> None:
        """The facts that were just stored are in doubt. The server does not know about them yet and sends nothing."""
        self._record_again(now_ms, _IN_DOUBT_MS)

    def known(self, now_ms: int) -> None:
        """The server now knows what is stored."""
        self._record_again(_IN_DOUBT_MS, now_ms)

    def _record_again(self, was_ms: int, now_ms: int) -> None:
        for stops in self.stops.values():
            stops[:] = [
                replace(stop, recorded_ms=now_ms) if stop.recorded_ms == was_ms else stop for stop in stops
            ]

    def crashed(self) -> None:
        self._stops_ms.clear()
        self._withdrawn = {tx_id: False for tx_id, is_early in self._withdrawn.items() if not is_early}

    def withdrawn(self, tx_id: str, *, is_early: bool) -> None:
        """A person got the answer that their batch is withdrawn."""
        self._withdrawn[tx_id] = is_early

    def confirmed(self, tx_id: str, now_ms: int) -> None:
        """The server reads a confirmation."""
        self._confirmed_ms[tx_id] = now_ms

    def arrived(self, request: BatchRequest, kind: BatchKind, now_ms: int) -> None:
        """The server reads a request. Its base holds the revs that the person had seen."""
        self._arrived_ms[request.tx_id] = now_ms
        for machine, updates in request.updates.items():
            for name in updates:
                base = request.base.get(machine, {}).get(name)
                if base is not None:
                    self._bases[request.tx_id, machine, name] = (base, kind is BatchKind.COMMIT)

    def accepted(self, batch: BatchRecord, now_ms: int) -> None:
        self._accepted(batch)
        if self._until_ms.get(batch.tx_id) == -1:
            return
        arrived_ms = self._arrived_ms[batch.tx_id]
        self._until_ms[batch.tx_id] = arrived_ms + ANSWER_WITHIN_MS
        if batch.tx_id in self._confirmed_ms:
            self._until_ms[batch.tx_id] = self._confirmed_ms[batch.tx_id] + ANSWER_WITHIN_MS
            self._note_items(batch)
            return
        server_ts, requested_ms = self._server_ts(batch.tx_id), self._requested_ms(batch.tx_id)
        if server_ts is not None and self._wall.is_known(
            server_ts, requested_ms=requested_ms, life_began_ms=self._began_ms, now_ms=now_ms
        ):
            self._until_ms[batch.tx_id] = min(arrived_ms, requested_ms) + ANSWER_WITHIN_MS
        self._note_items(batch)

    def _note_items(self, batch: BatchRecord) -> None:
        for item in batch.items:
            if not item.outcome.is_final:
                self._items[item.tx_id, item.machine, item.field] = (item.rev or 0, batch.person)

    def raised(self, revs: Iterable[FieldRev]) -> None:
        """The server raised these revs, stored or not."""
        for rev in revs:
            self._raised[rev.machine, rev.field][rev.rev] = rev

    def resumed(self, since_ms: int, now_ms: int) -> None:
        """The server's computer was suspended since ``since_ms``. What it had to send may come now."""
        for stops in self.stops.values():
            for index, stop in enumerate(stops):
                if stop.recorded_ms > since_ms - SENT_WITHIN_MS:
                    stops[index] = replace(stop, recorded_ms=now_ms)

    def started(self, revs: Iterable[FieldRev], now_ms: int) -> None:
        self._began_ms = now_ms
        revs = list(revs)
        stored = {(rev.machine, rev.field): rev.rev for rev in revs}
        for name, raised in self._raised.items():
            self._raised[name] = {rev: each for rev, each in raised.items() if rev <= stored.get(name, 0)}
        for rev in revs:
            if rev.by is not None and not is_by_safety(rev):
                self.covered_ms[rev.machine, rev.field] = now_ms

    def dispatched(
        self,
        writes: Sequence[Write],
        records: Mapping[str, Record],
        rev: Callable[[str, str], FieldRev],
        opened: Mapping[str, Targets],
        now_ms: int,
    ) -> None:
        """Judges writes that leave now. ``records``, ``rev`` and ``opened`` are what the server knows now."""
        for write in writes:
            if (write.tx_id, write.machine, write.field) not in self._items:
                raise LawBrokenError(RECORDED, f"{write} left, and its batch was not given to the database")
            if write.machine not in records:
                raise LawBrokenError(LEFT_PLANT, f"{write} left, and the plant has no such machine")
            if write.field not in opened.get(write.machine, _NO_TARGETS):
                raise LawBrokenError(OPENED, f"{write} left, and nobody was sent that it is under way")
            self._judge_base(write, rev(write.machine, write.field))
            if write.tx_id in self._withdrawn:
                raise LawBrokenError(WITHDRAWN, f"{write} left, and it was withdrawn")
            if write.field in self._guarded and write.tx_id not in self._confirmed_ms:
                raise LawBrokenError(SECOND_PERSON, f"{write} left, and nobody confirmed it")
            if now_ms >= self._until_ms[write.tx_id]:
                raise LawBrokenError(
                    LATE, f"{write} left at {now_ms}, its time was {self._until_ms[write.tx_id]}"
                )
            if is_critical(records[write.machine]["status"]):
                raise LawBrokenError(VOIDED, f"{write} left during {records[write.machine]['status']}")
            name = (write.tx_id, write.machine, write.field)
            if name in self._sent:
                raise LawBrokenError(ONCE, f"{name} left twice")
            self._sent.add(name)
            recorded = self.stops[write.machine]
            stop_ms = max(recorded[-1].at_ms if recorded else -1, *self._stops_ms[write.machine], -1)
            if self._requested_ms(write.tx_id) < stop_ms:
                raise LawBrokenError(
                    VOIDED, f"{name} left after a stop at {stop_ms} that came after it was requested"
                )

        for write in writes:
            self._until_ms[write.tx_id] = (
                now_ms + ANSWER_WITHIN_MS
            )  # the time limit of the next part starts again when a part leaves

    def _judge_base(self, write: Write, now: FieldRev) -> None:
        """Checks that nobody else changed the field between the target's base and the target, and that only newer
        targets came after it.
        """
        name = (write.tx_id, write.machine, write.field)
        rev, person = self._items[name]
        base, may_be_own = self._bases.get(name, (rev, False))
        for each in self._raised[write.machine, write.field].values():
            is_operator = each.by is not None and each.by.kind is ByKind.OPERATOR
            is_own = is_operator and each.by is not None and each.by.name == person
            if base < each.rev < rev and not (may_be_own and is_own):
                raise LawBrokenError(BASE, f"{write} was requested upon {base} and left in spite of {each}")
        if now.rev > rev and now.by is not None and now.by.kind is not ByKind.OPERATOR:
            raise LawBrokenError(BASE, f"{write} of rev {rev} left in spite of {now}")

    def given_up(self, tx_id: str) -> None:
        """A person got the answer that the batch is too late and that the server sent nothing of it."""
        if any(name[0] == tx_id for name in self._sent):
            raise LawBrokenError(LATE, f"{tx_id} was answered as too late, and it was sent")
        self._until_ms[tx_id] = -1

    def was_sent(self, tx_id: str, machine: str, field: str) -> bool:
        return (tx_id, machine, field) in self._sent


def judge_conflict(notice: store.Notice, people_who_asked: Iterable[str], own_name: str) -> None:
    """Checks that a conflict with an operator names a person who asked for that field."""
    by = notice.by
    if by is None or by.kind is not ByKind.OPERATOR:
        return
    if by.name not in set(people_who_asked):
        raise LawBrokenError(
            CONFLICT_NAME, f"{own_name} saw {by.name} named on {notice.machine}.{notice.field}"
        )


def under_way(targets: Mapping[str, OpenTarget | None]) -> Targets:
    return {field: target for field, target in targets.items() if target is not None}


def condition_of(record: Record) -> Condition:
    since = None if record.get("sinceSeen") else record["since"]
    return Condition(record["status"], record["quality"], None if since is None else floor(float(since)))


def is_notable(record: Record) -> bool:
    return record["quality"] != Quality.GOOD or is_critical(record["status"])


RECORDED_AS: Mapping[store.NoticeKind, frozenset[Outcome]] = {
    store.NoticeKind.RECONCILED: frozenset((Outcome.APPLIED,)),
    store.NoticeKind.FAILED: frozenset((Outcome.BLOCKED, Outcome.REJECTED, Outcome.FAILED, Outcome.DIVERGED)),
}


def is_too_late(notice: store.Notice) -> bool:
    return notice.kind is store.NoticeKind.FAILED and "too late" in (notice.message or "")


def is_waiting(notice: store.Notice) -> bool:
    """Says whether the batch waits for a second person. The stream carries its outcome later."""
    return notice.kind is store.NoticeKind.FAILED and "needs a second person" in (notice.message or "")


def judge_notice(notice: store.Notice, recorded: Sequence[Outcome], own_name: str) -> None:
    """Checks that a target that is shown as applied or failed was recorded so. A failed target without a record never
    arrived.
    """
    expected = RECORDED_AS.get(notice.kind)
    if expected is None or expected & set(recorded):
        return
    if is_waiting(notice):
        return
    if is_too_late(notice) and (NOT_SENT | {Outcome.PENDING}) & set(recorded):
        return  # its record may be under way; `ServerJudge.given_up` sees that it never leaves
    if notice.kind is store.NoticeKind.FAILED and not recorded:
        return
    raise LawBrokenError(NOTICE, f"{own_name} saw {notice}, {recorded} was recorded")


def judge_chain(entries: Iterable[object]) -> None:
    broken = verify(entries)  # type: ignore[arg-type]  # the memory store's own entries
    if broken is not None:
        raise LawBrokenError(AUDIT, f"the audit is broken at {broken.seq}: {broken.reason}")
