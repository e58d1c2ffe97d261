"""One topic: a numbered stream of deltas over a state that is read live.

Changes are *pending* until the topic is flushed: then the current values leave as one delta with the next number
(SEQ-1, TICK-1). A snapshot reads the same live values under the number of the last delta. Pending changes are sent
again in the next delta, with absolute values, so snapshot plus deltas is always the server's state (SEQ-6).

A topic is active while somebody listens or might come back soon. An inactive topic collects nothing and costs nothing.
Deactivating it uses up a number, so that no earlier position can be mistaken for the current one (SEQ-4).

`DetailTopic` is ``m:402`` and ``line:01``: every field of its machines, and a line's KPIs.
`setpoint.core.hub.plant_topic` has ``dashboard:global``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

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
)
from setpoint.contract.topics import TopicKind
from setpoint.contract.values import Record
from setpoint.core.hub.effects import S
from setpoint.core.hub.feed import Feed
from setpoint.core.hub.kpis import LineKpis, figures
from setpoint.core.hub.state import MachineState

Revs: TypeAlias = dict[str, dict[str, int]]
Stamped: TypeAlias = tuple[int, TxOutcome]
_UNSURE: Final = object()


class Topic(Feed[S], ABC):
    """A feed that the hub fills. Subclasses define the content of the stream."""

    def __init__(self, name: str, *, history_deltas: int, history_bytes: int) -> None:
        super().__init__(name, history_deltas=history_deltas, history_bytes=history_bytes)
        self._snapshots: dict[str, bytes] = {}
        self._sent_kpis: dict[str, dict[str, object]] = {}

    @abstractmethod
    def flush(self, now_ms: int, ts: float) -> bytes | None:
        """The next delta with all that is pending, encoded; None if nothing is (TICK-1)."""

    @abstractmethod
    def flush_urgent(self, machines: Sequence[MachineState], tx: Sequence[TxOutcome], ts: float) -> bytes:
        """The next delta, sent at once, with the pending changes of these machines and with outcomes (TICK-2)."""

    @abstractmethod
    def _machines(self) -> dict[str, Record]: ...

    @abstractmethod
    def _kpis(self, now_ms: int) -> dict[str, Record]: ...

    def _overview(self, ts: float) -> Overview | UnsetType:  # noqa: ARG002  # the ages of an overview are as of `ts`
        """The overview of all machines, if the topic has one (OVER-1)."""
        return UNSET

    def _open(self) -> Open | UnsetType:
        """The open targets, if the topic has any (OPEN-1)."""
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

    def activate(self, now_ms: int) -> None:
        """Starts collecting changes, because somebody listens. They are relative to the current KPIs."""
        self.is_active = True
        self._sent_kpis = {name: dict(record) for name, record in self._kpis(now_ms).items()}

    def deactivate(self) -> None:
        """Stops collecting changes, because nobody listens, and voids every earlier position."""
        self.is_active = False
        self.seq += 1
        self._forget_history()
        self._snapshots.clear()
        self._sent_kpis.clear()

    def _publish(self, delta: Delta) -> bytes:
        data = encode(delta)
        self.seq = delta.seq
        self._snapshots.clear()
        self._keep(data)
        return data

    def _changed_kpis(self, kpis: dict[str, Record]) -> dict[str, Record]:
        changed: dict[str, Record] = {}
        for name, record in kpis.items():
            sent = self._sent_kpis.setdefault(name, {})
            differing = {field: value for field, value in record.items() if sent.get(field, _UNSURE) != value}
            if differing:
                sent.update(differing)
                changed[name] = differing
        return changed

    def _mistrust(self, kpis: dict[str, Record]) -> None:
        """Notes KPIs that a snapshot has sent but no delta yet; the next delta sends them even if they go back."""
        for name, record in kpis.items():
            sent = self._sent_kpis.setdefault(name, {})
            for field, value in record.items():
                if sent.get(field, _UNSURE) != value:
                    sent[field] = _UNSURE


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
        """Keeps an outcome for snapshots, and forgets those older than ``since_ms`` (TOPIC-1)."""
        while self._outcomes and self._outcomes[0][0] < since_ms:
            self._outcomes.popleft()
        self._outcomes.append((now_ms, outcome))
        self._snapshots.clear()

    def sort_outcomes(self) -> None:
        """Sorts the outcomes by time; they were stored machine by machine."""
        self._outcomes = deque(sorted(self._outcomes, key=itemgetter(0)))

    def recent(self, since_ms: int) -> Iterable[Stamped]:
        return [stamped for stamped in self._outcomes if stamped[0] >= since_ms]

    def flush(self, now_ms: int, ts: float) -> bytes | None:
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

    def flush_urgent(self, machines: Sequence[MachineState], tx: Sequence[TxOutcome], ts: float) -> bytes:
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

    def deactivate(self) -> None:
        super().deactivate()
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


def _opened(state: MachineState, fields: Iterable[str]) -> dict[str, OpenTarget | None]:
    return {field: state.open_target(field) for field in fields}


def _picked(revs: Mapping[str, int], fields: Iterable[str]) -> dict[str, int]:
    return {field: revs[field] for field in fields}
