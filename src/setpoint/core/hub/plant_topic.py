"""``dashboard:global``: KPIs, the condition of notable machines (TOPIC-1), an overview of all machines (OVER-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from operator import itemgetter

from msgspec import UNSET, UnsetType

from setpoint.contract.live import Delta, Overview, TxOutcome, key_runs, pack
from setpoint.contract.topics import DASHBOARD, TopicKind
from setpoint.contract.values import Record, Value
from setpoint.core.hub.effects import S
from setpoint.core.hub.kpis import figures
from setpoint.core.hub.state import CONDITION_FIELDS, OVERVIEW_FIELDS, MachineState
from setpoint.core.hub.topic import DetailTopic, Revs, Stamped, Topic
from setpoint.core.plant import Kpi


class PlantTopic(Topic[S]):
    """``dashboard:global`` over some lines. A machine that is no longer notable leaves through ``removed``, together
    with its condition, because a page whose other topics are paused gets it from here alone.

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
        """These fields of the machine changed. At least one of them is part of its condition."""
        self._pending[machine] = None
        if not OVERVIEW_FIELDS.isdisjoint(fields):
            self._pending_overview[machine] = None
        self._snapshots.clear()

    def outcomes_changed(self) -> None:
        self._snapshots.clear()

    def recent(self, since_ms: int) -> Iterable[Stamped]:
        return merge(*(line.recent(since_ms) for line in self._lines.values()), key=itemgetter(0))

    def flush(self, now_ms: int, ts: float) -> bytes | None:
        kpis = self._changed_kpis(self._kpis(now_ms))
        machines, removed = self._conditions(self._pending)
        self._pending = {}
        rows, self._pending_overview = list(self._pending_overview), {}
        if not (machines or removed or kpis or rows):
            return None
        overview = self._overview_of(rows, ts)
        return self._publish(Delta(self.name, self.seq + 1, ts, machines, kpis, removed, overview=overview))

    def flush_urgent(self, machines: Sequence[MachineState], tx: Sequence[TxOutcome], ts: float) -> bytes:
        pending = [state.key for state in machines if state.key in self._pending]
        records, removed = self._conditions(pending)
        for key in pending:
            del self._pending[key]
        rows = [key for key in pending if key in self._pending_overview]
        for key in rows:
            del self._pending_overview[key]
        overview = self._overview_of(rows, ts)
        return self._publish(Delta(self.name, self.seq + 1, ts, records, {}, removed, {}, list(tx), overview))

    def deactivate(self) -> None:
        super().deactivate()
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
        # A delta must take away what a snapshot has shown, even if no delta has added it.
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
    since = None if record.get("sinceSeen") else record["since"]
    return record["status"], record["quality"], since if isinstance(since, int | float) else None


def condition_of(record: Record) -> dict[str, Value]:
    return {field: record[field] for field in CONDITION_FIELDS if field in record}
