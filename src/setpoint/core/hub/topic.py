"""One topic: a numbered stream of deltas over a state that is read live.

Changes are *pending* until the topic is flushed: then the current values leave as one delta with the next number
(SEQ-1, TICK-1). A snapshot reads the same live values under the number of the last delta. Pending changes are sent
again in the next delta, with absolute values, so snapshot plus deltas is always the server's state (SEQ-6).

A topic is active while somebody listens or might come back soon. An inactive topic collects nothing and costs nothing.
Deactivating it uses up a number, so that no earlier position can be mistaken for the current one (SEQ-4).

    DetailTopic     ``m:402`` and ``line:01``: every field of its machines, a line's KPIs
    PlantTopic      ``dashboard:global`` for everybody with the same lines: all KPIs, the condition of notable
                    machines (TOPIC-1), and the overview of every machine (OVER-1)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Final, Generic, TypeAlias

from msgspec import UNSET, UnsetType

from setpoint.contract.live import (
    Delta,
    Open,
    OpenTarget,
    Overview,
    Snapshot,
    SnapshotData,
    TxOutcome,
    encode,
    key_runs,
    pack,
)
from setpoint.contract.topics import DASHBOARD, TopicKind
from setpoint.contract.values import Record, Value
from setpoint.core.hub.effects import S
from setpoint.core.hub.kpis import LineKpis, figures
from setpoint.core.hub.state import CONDITION_FIELDS, OVERVIEW_FIELDS, MachineState
from setpoint.core.plant import Kpi

Revs: TypeAlias = dict[str, dict[str, int]]
Stamped: TypeAlias = tuple[int, TxOutcome]
_UNSURE: Final = object()


class Topic(ABC, Generic[S]):
    """Sequence, history and subscribers. Subclasses define the content of the stream."""

    kind: TopicKind

    def __init__(self, name: str, *, history_deltas: int, history_bytes: int) -> None:
        self.name = name
        self.subscribers: dict[S, None] = {}
        self.seq = 0
        self.is_warm = False
        self._history: deque[bytes] = deque()
        self._history_size = 0
        self._max_deltas = history_deltas
        self._max_bytes = history_bytes
        self._snapshots: dict[str, bytes] = {}
        self._told: dict[str, dict[str, object]] = {}

    @abstractmethod
    def cut(self, now_ms: int, ts: float) -> bytes | None:
        """The next delta with all that is pending, encoded; None if nothing is (TICK-1)."""

    @abstractmethod
    def cut_urgent(self, machines: Sequence[MachineState], tx: Sequence[TxOutcome], ts: float) -> bytes:
        """The next delta, sent at once, with the pending changes of these machines and with outcomes (TICK-2)."""

    @abstractmethod
    def _machines(self) -> dict[str, Record]: ...

    @abstractmethod
    def _kpis(self, now_ms: int) -> dict[str, Record]: ...

    def _overview(self, ts: float) -> Overview | UnsetType:  # noqa: ARG002
        """Of all machines, where the topic has one (OVER-1)."""
        return UNSET

    def _open(self) -> Open | UnsetType:
        """The targets under way, where the topic tells of any (OPEN-1)."""
        return UNSET

    @abstractmethod
    def _revs(self) -> Revs: ...

    @abstractmethod
    def recent(self, since_ms: int) -> Iterable[Stamped]:
        """The outcomes from ``since_ms`` on, in their order."""

    def snapshot(self, epoch: str, now_ms: int, ts: float, *, outcomes_since_ms: int) -> bytes:
        """The complete topic as of now. Encoded once for everybody until a record changes or a tick passes (SEQ-7)."""
        found = self._snapshots.get(epoch)
        if found is None:
            kpis = self._kpis(now_ms)
            self._mistrust(kpis)
            found = self._snapshots[epoch] = encode(
                Snapshot(
                    self.name,
                    epoch,
                    self.seq,
                    ts,
                    SnapshotData(self._machines(), kpis, self._overview(ts)),
                    self._revs(),
                    [outcome for _, outcome in self.recent(outcomes_since_ms)],
                    self._open(),
                )
            )
        return found

    def forget_snapshots(self) -> None:
        self._snapshots.clear()

    def missed(self, seq: int) -> list[bytes] | None:
        """The deltas after ``seq``, or None if the history does not reach back so far (SEQ-4)."""
        count = self.seq - seq
        if not 0 <= count <= len(self._history):
            return None
        return list(islice(self._history, len(self._history) - count, None))

    def warm(self, now_ms: int) -> None:
        """Starts collecting changes, because somebody listens. They are relative to the current KPIs."""
        self.is_warm = True
        self._told = {name: dict(record) for name, record in self._kpis(now_ms).items()}

    def cool(self) -> None:
        """Stops collecting changes, because nobody listens, and voids every earlier position."""
        self.is_warm = False
        self.seq += 1
        self._history.clear()
        self._history_size = 0
        self._snapshots.clear()
        self._told.clear()

    def _publish(self, delta: Delta) -> bytes:
        data = encode(delta)
        self.seq = delta.seq
        self._snapshots.clear()
        self._history.append(data)
        self._history_size += len(data)
        while len(self._history) > self._max_deltas or self._history_size > self._max_bytes:
            self._history_size -= len(self._history.popleft())
        return data

    def _changed_kpis(self, kpis: dict[str, Record]) -> dict[str, Record]:
        changed: dict[str, Record] = {}
        for name, record in kpis.items():
            told = self._told.setdefault(name, {})
            differing = {field: value for field, value in record.items() if told.get(field, _UNSURE) != value}
            if differing:
                told.update(differing)
                changed[name] = differing
        return changed

    def _mistrust(self, kpis: dict[str, Record]) -> None:
        """Notes KPIs that a snapshot has sent but no delta yet; the next delta sends them even if they go back."""
        for name, record in kpis.items():
            told = self._told.setdefault(name, {})
            for field, value in record.items():
                if told.get(field, _UNSURE) != value:
                    told[field] = _UNSURE


class DetailTopic(Topic[S]):
    """``figures_of``: the line's sums where the topic is a line, None if it is a machine."""

    def __init__(
        self,
        name: str,
        kind: TopicKind,
        machines: Mapping[str, MachineState],
        figures_of: LineKpis | None,
        *,
        history_deltas: int,
        history_bytes: int,
    ) -> None:
        super().__init__(name, history_deltas=history_deltas, history_bytes=history_bytes)
        self.kind = kind
        self.machines = machines
        self.figures_of = figures_of
        self._pending: dict[str, dict[str, None]] = {}
        self._pending_revs: dict[str, dict[str, None]] = {}
        self._pending_open: dict[str, dict[str, None]] = {}
        self._outcomes: deque[Stamped] = deque()

    def mark(self, machine: str, fields: Iterable[str]) -> None:
        """Marks changed fields of a machine. Fields keep the order in which they changed."""
        pending = self._pending.get(machine)
        if pending is None:
            self._pending[machine] = dict.fromkeys(fields)
        else:
            pending.update(dict.fromkeys(fields))
        if self._snapshots:
            self._snapshots.clear()

    def mark_revs(self, machine: str, fields: Iterable[str]) -> None:
        self._pending_revs.setdefault(machine, {}).update(dict.fromkeys(fields))
        self._snapshots.clear()

    def mark_open(self, machine: str, field: str) -> None:
        """Notes that another target is under way on the field, or none any more (OPEN-2)."""
        self._pending_open.setdefault(machine, {})[field] = None
        self._snapshots.clear()

    def remember(self, now_ms: int, outcome: TxOutcome, *, since_ms: int) -> None:
        """Keeps an outcome for snapshots; those from before ``since_ms`` are forgotten (TOPIC-1)."""
        while self._outcomes and self._outcomes[0][0] < since_ms:
            self._outcomes.popleft()
        self._outcomes.append((now_ms, outcome))
        self._snapshots.clear()

    def sort_outcomes(self) -> None:
        """Sorts the outcomes by time; they were stored machine by machine."""
        self._outcomes = deque(sorted(self._outcomes, key=itemgetter(0)))

    def recent(self, since_ms: int) -> Iterable[Stamped]:
        return [stamped for stamped in self._outcomes if stamped[0] >= since_ms]

    def cut(self, now_ms: int, ts: float) -> bytes | None:
        kpis = self._changed_kpis(self._kpis(now_ms)) if self.figures_of else {}
        if not (self._pending or self._pending_revs or self._pending_open or kpis):
            return None
        states = self.machines
        machines = {}
        for key, fields in self._pending.items():
            record = states[key].record
            machines[key] = {field: record[field] for field in fields}
        revs = {key: _picked(states[key].revs, fields) for key, fields in self._pending_revs.items()}
        opened = {key: _opened(states[key], fields) for key, fields in self._pending_open.items()}
        self._pending = {}
        self._pending_revs = {}
        self._pending_open = {}
        return self._publish(Delta(self.name, self.seq + 1, ts, machines, kpis, [], revs, open=opened))

    def cut_urgent(self, machines: Sequence[MachineState], tx: Sequence[TxOutcome], ts: float) -> bytes:
        records: dict[str, Record] = {}
        revs: Revs = {}
        opened: Open = {}
        for state in machines:
            key = state.key
            if fields := self._pending.pop(key, None):
                records[key] = {field: state.record[field] for field in fields}
            if fields := self._pending_revs.pop(key, None):
                revs[key] = _picked(state.revs, fields)
            if fields := self._pending_open.pop(key, None):
                opened[key] = _opened(state, fields)
        return self._publish(Delta(self.name, self.seq + 1, ts, records, {}, [], revs, list(tx), open=opened))

    def cool(self) -> None:
        super().cool()
        self._pending.clear()
        self._pending_revs.clear()
        self._pending_open.clear()

    def _open(self) -> Open | UnsetType:
        return {
            key: _opened(state, state.open) for key, state in self.machines.items() if state.open
        } or UNSET

    def _machines(self) -> dict[str, Record]:
        return {key: state.record for key, state in self.machines.items()}

    def _kpis(self, now_ms: int) -> dict[str, Record]:
        return (
            {self.name: figures((self.figures_of,), self.figures_of.kpis, now_ms)} if self.figures_of else {}
        )

    def _revs(self) -> Revs:
        return {key: state.revs for key, state in self.machines.items() if state.revs}


class PlantTopic(Topic[S]):
    """``dashboard:global`` over some lines. A machine that is no longer notable leaves through
    ``removed``, with its condition once more: a page whose other topics are paused may know it from here alone.

    A notable machine's complete condition is sent each time: five fields, rarely.
    """

    kind = TopicKind.PLANT

    def __init__(
        self,
        lines: Mapping[str, DetailTopic[S]],
        states: Iterable[MachineState],
        kpis: Sequence[Kpi],
        *,
        history_deltas: int,
        history_bytes: int,
    ) -> None:
        super().__init__(DASHBOARD, history_deltas=history_deltas, history_bytes=history_bytes)
        self._lines = lines
        self._plan = kpis
        self._sums = {name: line.figures_of for name, line in lines.items() if line.figures_of is not None}
        self._states = {state.key: state for state in states}
        self._pending: dict[str, None] = {}
        self._pending_overview: dict[str, None] = {}
        self._carried: set[str] = set()
        self._keys = key_runs(list(self._states))

    def mark(self, machine: str, fields: Iterable[str]) -> None:
        """These fields of the machine changed, of which at least one is of its condition."""
        self._pending[machine] = None
        if not OVERVIEW_FIELDS.isdisjoint(fields):
            self._pending_overview[machine] = None
        self._snapshots.clear()

    def outcomes_changed(self) -> None:
        self._snapshots.clear()

    def recent(self, since_ms: int) -> Iterable[Stamped]:
        return merge(*(line.recent(since_ms) for line in self._lines.values()), key=itemgetter(0))

    def cut(self, now_ms: int, ts: float) -> bytes | None:
        kpis = self._changed_kpis(self._kpis(now_ms))
        machines, removed = self._conditions(self._pending)
        self._pending = {}
        rows, self._pending_overview = list(self._pending_overview), {}
        if not (machines or removed or kpis or rows):
            return None
        overview = self._overview_of(rows, ts)
        return self._publish(Delta(self.name, self.seq + 1, ts, machines, kpis, removed, overview=overview))

    def cut_urgent(self, machines: Sequence[MachineState], tx: Sequence[TxOutcome], ts: float) -> bytes:
        pending = [state.key for state in machines if state.key in self._pending]
        records, removed = self._conditions(pending)
        for key in pending:
            del self._pending[key]
        rows = [key for key in pending if key in self._pending_overview]
        for key in rows:
            del self._pending_overview[key]
        overview = self._overview_of(rows, ts)
        return self._publish(Delta(self.name, self.seq + 1, ts, records, {}, removed, {}, list(tx), overview))

    def cool(self) -> None:
        super().cool()
        self._pending.clear()
        self._pending_overview.clear()
        self._carried.clear()

    def _conditions(self, pending: Iterable[str]) -> tuple[dict[str, Record], list[str]]:
        machines: dict[str, Record] = {}
        removed: list[str] = []
        for key in pending:
            state = self._states[key]
            if state.is_notable:
                self._carried.add(key)
                machines[key] = condition_of(state.record)
            elif key in self._carried:
                self._carried.discard(key)
                machines[key] = condition_of(state.record)
                removed.append(key)
        return machines, removed

    def _machines(self) -> dict[str, Record]:
        notable = {key: condition_of(state.record) for key, state in self._states.items() if state.is_notable}
        # What a snapshot has shown must be taken away by a delta when it ends, also where none has brought it.
        self._carried.update(notable)
        return notable

    def _overview(self, ts: float) -> Overview:
        return pack(map(_overview_row, self._states.values()), self._keys, ts)

    def _overview_of(self, keys: list[str], ts: float) -> Overview | UnsetType:
        if not keys:
            return UNSET
        return pack((_overview_row(self._states[key]) for key in keys), key_runs(keys), ts)

    def _kpis(self, now_ms: int) -> dict[str, Record]:
        kpis = {DASHBOARD: figures(self._sums.values(), self._plan, now_ms)}
        kpis.update((name, figures((sums,), self._plan, now_ms)) for name, sums in self._sums.items())
        return kpis

    def _revs(self) -> Revs:
        return {}


def _overview_row(state: MachineState) -> tuple[Value, Value, float | None]:
    record = state.record
    since = record["since"]
    return record["status"], record["quality"], since if isinstance(since, int | float) else None


def condition_of(record: Record) -> dict[str, Value]:
    return {field: record[field] for field in CONDITION_FIELDS if field in record}


def _opened(state: MachineState, fields: Iterable[str]) -> dict[str, OpenTarget | None]:
    return {field: state.open_target(field) for field in fields}


def _picked(revs: Mapping[str, int], fields: Iterable[str]) -> dict[str, int]:
    return {field: revs[field] for field in fields}
