"""The known state of one feed: the owner's snapshot with the deltas merged into it, as a client merges them (SEQ-7)."""

from __future__ import annotations

from collections import deque
from math import floor
from typing import TypeVar

from msgspec import UNSET, UnsetType

from setpoint.contract.live import (
    Delta,
    OpenTarget,
    Overview,
    Snapshot,
    SnapshotData,
    TxOutcome,
    encode,
    key_runs,
    pack,
    unpack,
)
from setpoint.contract.values import Record, Value


class FeedState:
    """The records in ``machines`` are live: a reader sees them change."""

    def __init__(self) -> None:
        self.machines: dict[str, Record] = {}
        self.revs: dict[str, dict[str, int]] = {}
        self._kpis: dict[str, Record] = {}
        self._open: dict[str, dict[str, OpenTarget | None]] = {}
        self._overview: dict[str, tuple[Value, Value, float | None]] | None = None
        self._tx: deque[tuple[int, TxOutcome]] = deque()

    def replace(self, snapshot: Snapshot, now_ms: int) -> None:
        data = snapshot.data
        for gone in self.machines.keys() - data.machines.keys():
            del self.machines[gone]
        for key, record in data.machines.items():
            known = self.machines.setdefault(key, {})
            known.clear()
            known.update(record)
        self._kpis = data.kpis
        self.revs = snapshot.revs
        self._open = {} if snapshot.open is UNSET else snapshot.open
        self._overview = None
        if isinstance(data.overview, Overview):
            self._overview = {}
            self._take_overview(data.overview, snapshot.ts)
        known_already = [each for _, each in self._tx]
        self._tx.extend((now_ms, each) for each in snapshot.tx if each not in known_already)

    def merge(self, delta: Delta, now_ms: int, *, outcomes_since_ms: int) -> None:
        _merge(self.machines, delta.machines)
        _merge(self._kpis, delta.kpis)
        _merge(self.revs, delta.revs)
        for key, targets in delta.open.items():
            known = self._open.setdefault(key, {})
            known.update(targets)
            for field in [field for field, target in known.items() if target is None]:
                del known[field]
            if not known:
                del self._open[key]
        for key in delta.removed:
            self.machines.pop(key, None)
        if isinstance(delta.overview, Overview):
            self._take_overview(delta.overview, delta.ts)
        self._tx.extend((now_ms, each) for each in delta.tx)
        self._forget(outcomes_since_ms)

    def _take_overview(self, overview: Overview, ts: float) -> None:
        rows = {} if self._overview is None else self._overview
        for key, row in unpack(overview, ts).items():
            rows[key] = row.status, row.quality, row.since
        self._overview = rows

    def _forget(self, since_ms: int) -> None:
        while self._tx and self._tx[0][0] < since_ms:
            self._tx.popleft()

    def snapshot(self, name: str, epoch: str, seq: int, ts: float, *, outcomes_since_ms: int) -> bytes:
        self._forget(outcomes_since_ms)
        overview: Overview | UnsetType = UNSET
        if self._overview is not None:
            overview = pack(self._overview.values(), key_runs(list(self._overview)), floor(ts))
        data = SnapshotData(self.machines, self._kpis, overview)
        outcomes = [each for _, each in self._tx]
        return encode(Snapshot(name, epoch, seq, ts, data, self.revs, outcomes, self._open or UNSET))


F = TypeVar("F")


def _merge(known: dict[str, dict[str, F]], new: dict[str, dict[str, F]]) -> None:
    for key, fields in new.items():
        if (record := known.get(key)) is None:
            known[key] = dict(fields)
        else:
            record.update(fields)
