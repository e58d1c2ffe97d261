"""The history of a simulated server: stores what its recorder records, by name, and compares it with the hub."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from setpoint.contract.values import Quality, Record, Value
from setpoint.core.engine import Engine
from setpoint.core.history import rows
from setpoint.core.history.recorder import RECORDED_SYSTEM_FIELDS

EVERY_MS = 1_000
"""The default interval at which measured numbers are sampled (HIST-3)."""


class Archive:
    """What one recorder recorded."""

    def __init__(self, engine: Engine[Any]) -> None:
        self._engine = engine
        self._recorder = engine.record()
        self._last: dict[str, dict[str, tuple[Value, str]]] = defaultdict(dict)
        self._right: dict[str, Record] = {}
        """Records that equalled the history at the last comparison and have no report since."""
        self._turn = -1
        self._names = (*RECORDED_SYSTEM_FIELDS, *(field.name for field in engine.plant.fields))

    def sample(self, now_ms: int, ts: float) -> list[str]:
        """Once a second, returns the fields whose last value in the history differs from the hub's."""
        if now_ms // EVERY_MS == self._turn:
            return []
        self._turn = now_ms // EVERY_MS
        signals = self._recorder.signals
        for point in rows(self._recorder.sample(now_ms, ts)):
            signal = signals[point.signal]
            self._last[signal.machine][signal.field] = point.value, point.quality
            self._right.pop(signal.machine, None)
        wrong: list[str] = []
        for machine, record in self._engine.machines.items():
            if self._right.get(machine) != record and record["quality"] is not Quality.NEVER_SEEN:
                wrong += self._compare(machine, record)
                self._right[machine] = dict(record)
        return wrong

    def _compare(self, machine: str, record: Record) -> Iterator[str]:
        last, quality = self._last[machine], record["quality"]
        for name in self._names:
            if last.get(name) != (known := (record[name], quality)):
                yield f"{machine}.{name}: the history holds {last.get(name)}, the hub knows {known}"
