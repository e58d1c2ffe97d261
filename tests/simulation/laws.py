"""What must hold, at every step and at the end. Each law has a name; a broken one raises `LawBrokenError` with it.

The judge sees everything: what people asked, what the server stored and sent, what machines took, what every client's
store holds. It has an observer of its own at the server, a perfect client without delay, whose picture of each topic
at each position is what any other client has to have at that position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from setpoint.core import store
from setpoint.core.commands import ItemRecord, RecordBatch, RecordOutcomes
from setpoint.core.commands.effects import Change
from setpoint.core.commands.ledger import Fact, verify
from setpoint.core.hub import HubLimits
from setpoint.core.plant import Value, Write, is_critical
from setpoint.core.protocol import ByKind, Delta, Hello, Outcome, Record, Snapshot, decode_down
from setpoint.persistence.memory import MemoryPersistence

LIMITS = HubLimits(max_buffer_bytes=6_000, drained_bytes=1_000, history_deltas=16, warm_ms=8_000)
"""Small, so that the limits are met within a schedule."""
MAX_FRAME = 4_000

NOT_SENT = frozenset((Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED, Outcome.CANCELLED))

CROSSED = "no delta crosses an epoch, and every delta follows"
PICTURE = "snapshot plus deltas equals the server's state at that seq"
VIEW = "a view shows what the machine said, or what that person asked within 10 s"
VOIDED = "a stop voids everything asked before it, everywhere, for good"
ONCE = "at most one execution a txId, across restarts"
ENDS = "every recorded item ends with one outcome"
FINAL = "an outcome never changes once final, except unknown, which settles once"
STORY = "the audit tells the same story as the machine's own log"
QUIET = "after quiet, view equals server equals machine"
LOCKS = "no lock outlives 10 s"
BUFFER = "no buffer outgrows its bound"
NAMED = "a conflict names the right person"

LAWS = (CROSSED, PICTURE, VIEW, VOIDED, ONCE, ENDS, FINAL, STORY, QUIET, LOCKS, BUFFER, NAMED)


class LawBrokenError(AssertionError):
    """``law`` is one of `LAWS`; the message says who, what and when."""

    def __init__(self, law: str, message: str) -> None:
        super().__init__(law, message)
        self.law = law

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class WatchedDatabase(MemoryPersistence):
    """The database, watched: what was recorded of every item, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)

    async def store(self, changes: Iterable[Change], facts_too: Iterable[Fact] = ()) -> None:
        changes = list(changes)
        await super().store(changes, list(facts_too))
        for change in changes:
            items: Iterable[ItemRecord] = ()
            if isinstance(change, RecordBatch):
                items = change.batch.items
            elif isinstance(change, RecordOutcomes):
                items = change.items
            for item in items:
                self._recorded(item)

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


class Picture:
    """What one topic looks like to somebody who misses nothing: the contract's merge, plainly (SEQ-7)."""

    def __init__(self) -> None:
        self.machines: dict[str, Record] = {}
        self.seq = -1

    def hear(self, frame: Snapshot | Delta) -> None:
        if isinstance(frame, Snapshot):
            self.machines = {key: dict(record) for key, record in frame.data.machines.items()}
        else:
            for key, patch in frame.machines.items():
                self.machines[key] = {**self.machines.get(key, {}), **patch}
            for key in frame.removed:
                self.machines.pop(key, None)
        self.seq = frame.seq


class Observer:
    """The perfect client at one life of the server. Remembers every topic's picture at every position."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._pictures: dict[str, Picture] = defaultdict(Picture)
        self.at: dict[tuple[str, int], Mapping[str, Record]] = {}

    def hear(self, data: bytes) -> None:
        frame = decode_down(data)
        if isinstance(frame, Snapshot | Delta):
            picture = self._pictures[frame.topic]
            if isinstance(frame, Delta) and frame.seq != picture.seq + 1:
                raise LawBrokenError(CROSSED, f"{frame.topic} said {frame.seq} after {picture.seq}")
            picture.hear(frame)
            self.at[frame.topic, frame.seq] = dict(picture.machines)


class ClientJudge:
    """Judges one client at every event that its store took."""

    def __init__(self, observers: Mapping[str, Observer], asked: Callable[[str, str, str], Value]) -> None:
        self._observers = observers
        self._asked = asked
        self._seq: dict[str, tuple[str, int]] = {}
        self._epoch = ""
        self._stopped_at: dict[str, int] = {}

    def saw(self, now_ms: int, client_store: store.Store, event: store.Event) -> None:
        match event:
            case Hello(epoch=epoch):
                self._epoch = epoch
            case Snapshot(topic=topic, epoch=epoch, seq=seq):
                if epoch != self._epoch:
                    raise LawBrokenError(CROSSED, f"a snapshot of {epoch} in a session of {self._epoch}")
                self._seq[topic] = (epoch, seq)
                self._note_stops(event.data.machines, now_ms)
            case Delta(topic=topic, seq=seq):
                epoch, before = self._seq.get(topic, ("", -1))
                if epoch != self._epoch or seq != before + 1:
                    raise LawBrokenError(
                        CROSSED, f"{topic}: {seq} of {self._epoch} after {before} of {epoch}"
                    )
                self._seq[topic] = (epoch, seq)
                self._note_stops(event.machines, now_ms)
            case _:
                pass
        self._judge_locks(now_ms, client_store)
        self._judge_views(now_ms, client_store)

    def _note_stops(self, machines: Mapping[str, Record], now_ms: int) -> None:
        for key, patch in machines.items():
            if is_critical(patch.get("status")):
                self._stopped_at[key] = now_ms

    def _judge_locks(self, now_ms: int, client_store: store.Store) -> None:
        for machine, locks in client_store.pending.locks.items():
            for field, lock in locks.items():
                if now_ms - lock.at_ms > store.LOCK_MS:
                    raise LawBrokenError(LOCKS, f"{machine}.{field} is locked for {now_ms - lock.at_ms} ms")
                if lock.at_ms < self._stopped_at.get(machine, -1):
                    raise LawBrokenError(
                        VOIDED, f"{machine}.{field} asked before a stop that this client saw"
                    )

    def _judge_views(self, now_ms: int, client_store: store.Store) -> None:
        for machine in client_store.machines():
            view = client_store.view(machine)
            said = client_store.server.machines.get(machine, {})
            if view is None:
                continue
            if view.overlays and is_critical(said.get("status")):
                raise LawBrokenError(VOIDED, f"{machine} shows a target during {said['status']}")
            for field, value in view.record.items():
                overlay = view.overlays.get(field)
                if overlay is None:
                    if value != said.get(field):
                        raise LawBrokenError(
                            VIEW, f"{machine}.{field} shows {value}, {said.get(field)} was said"
                        )
                elif (
                    value != self._asked(overlay.tx_id, machine, field)
                    or now_ms - overlay.at_ms > store.LOCK_MS
                ):
                    raise LawBrokenError(
                        VIEW, f"{machine}.{field} shows {value}, which was not asked within 10 s"
                    )

    def judge_picture(self, client_store: store.Store, topics: Iterable[str]) -> None:
        """What the store holds is what the observer had at the same positions."""
        found: dict[str, list[Mapping[str, Record]]] = defaultdict(list)
        for topic in topics:
            epoch, seq = self._seq.get(topic, ("", -1))
            held = client_store.server.topics.get(topic)
            if held is None or held.position is None:
                continue
            if (held.position.epoch, held.position.seq) != (epoch, seq):
                raise LawBrokenError(
                    CROSSED, f"{topic}: the store is at {held.position}, {epoch} {seq} was delivered"
                )
            picture = self._observers[epoch].at.get((topic, seq))
            if picture is None:
                continue  # the observer's own snapshot began later
            if set(held.machines) != set(picture):
                raise LawBrokenError(
                    PICTURE, f"{topic} at {seq} holds {sorted(held.machines)}, not {sorted(picture)}"
                )
            for key in picture:
                found[key].append(picture)
        for key, pictures in found.items():
            record = client_store.server.machines.get(key, {})
            for field, value in record.items():
                # Topics that overlap may stand at different instants; what is shown was said by one of them.
                if not any(picture[key].get(field, ...) == value for picture in pictures):
                    raise LawBrokenError(PICTURE, f"{key}.{field} is {value!r} at {dict(self._seq)}")


class ServerJudge:
    """Judges what leaves the server for machines, across all its lives. ``asked_ms`` tells when a txId was asked."""

    def __init__(self, asked_ms: Callable[[str], int]) -> None:
        self._asked_ms = asked_ms
        self._sent: set[tuple[str, str, str]] = set()
        self._stops_ms: dict[str, int] = {}

    def stopped(self, machine: str, now_ms: int) -> None:
        self._stops_ms[machine] = now_ms

    def dispatched(self, writes: Iterable[Write]) -> None:
        for write in writes:
            name = (write.tx_id, write.machine, write.field)
            if name in self._sent:
                raise LawBrokenError(ONCE, f"{name} left twice")
            self._sent.add(name)
            stop_ms = self._stops_ms.get(write.machine, -1)
            if self._asked_ms(write.tx_id) < stop_ms:
                raise LawBrokenError(
                    VOIDED, f"{name} left after a stop at {stop_ms} that came after it was asked"
                )

    def was_sent(self, tx_id: str, machine: str, field: str) -> bool:
        return (tx_id, machine, field) in self._sent


def judge_conflict(notice: store.Notice, people_who_asked: Iterable[str], own_name: str) -> None:
    """A conflict with an operator names one who asked for that very field; nobody is told of themselves by mistake."""
    by = notice.by
    if by is None or by.kind is not ByKind.OPERATOR:
        return
    if by.name not in set(people_who_asked):
        raise LawBrokenError(NAMED, f"{own_name} was told of {by.name} on {notice.machine}.{notice.field}")


def judge_chain(entries: Iterable[object]) -> None:
    broken = verify(entries)  # type: ignore[arg-type]  # the memory store's own entries
    if broken is not None:
        raise LawBrokenError(STORY, f"the audit is broken at {broken.seq}: {broken.reason}")
