"""Decides which values become points: set-points, statuses and texts exactly, numbers by a dead band (HIST-2, HIST-3).

The hub reports which fields changed. `Recorder.sample`, called four times a second, checks the numbers that moved. A
value holds until the next point. So at every sampled instant, the history is within a field's ``deviation`` of the
hub's value.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from typing import Final

from setpoint.contract.values import Quality, Record, Value
from setpoint.core.history.points import CODES, NOT_RECORDED_CODE, Points, Signal, columns_of
from setpoint.core.plant import Field, FieldType, Plant
from setpoint.core.plant.history import DAY_MS

RECORDED_SYSTEM_FIELDS = ("status", "cause")
JUMP_MS = 2_000
"""If the wall clock moves more than this against the monotonic one between two samples, it was set."""
PAUSE_MS = 5_000
"""A longer time between two samples is a gap; normally there are four samples a second."""

_UNSET: Final = object()
_NUMBERS: Final = (int, float)
_NAN: Final = float("nan")
_EXACT: Final = 2**53
"""A float holds whole numbers up to here."""


class _Machine:
    __slots__ = ("first", "key", "quality", "record")

    def __init__(self, key: str, first: int, record: Record) -> None:
        self.key = key
        self.first = first
        self.record = record
        self.quality: str | None = None
        """The last recorded quality; None while nothing of the machine is recorded."""


class _Group:
    """The measured numbers that are sampled together."""

    __slots__ = ("every_ms", "fields", "moved", "turn")

    def __init__(self, every_ms: int) -> None:
        self.every_ms = every_ms
        self.fields: list[tuple[int, str, float]] = []
        """Place, name, deviation."""
        self.moved: dict[str, None] = {}
        self.turn = -1


class Recorder:
    """``records`` are the hub's live records. ``signals`` has the names for the numbers in `Points`.

    A time between two samples longer than ``pause_ms`` is a gap (HIST-5).
    """

    def __init__(self, plant: Plant, records: Mapping[str, Record], *, pause_ms: int = PAUSE_MS) -> None:
        self._pause_ms = pause_ms
        fields = [field for field in plant.fields if field.history.is_recorded]
        self._names = (*RECORDED_SYSTEM_FIELDS, *(field.name for field in fields))
        self.signals = tuple(
            Signal(machine.key, name, machine.line)
            for machine in plant.machines.values()
            for name in self._names
        )
        self._machines = {
            key: _Machine(key, place * len(self._names), records[key])
            for place, key in enumerate(plant.machines)
        }
        self._groups = _groups(fields, self._names)
        sampled = {name for group in self._groups for _, name, _ in group.fields}
        self._exact = {name: place for place, name in enumerate(self._names) if name not in sampled}
        self._exact_or_quality = frozenset((*self._exact, "quality"))
        self._last: list[object] = [_UNSET] * len(self.signals)
        self._sampled_ms: tuple[int, int] | None = None
        """The time of the last sample by both clocks: monotonic, wall."""
        self._is_anew = True
        self._clear()

    def _clear(self) -> None:
        self._signals = array("I")
        self._times = array("q")
        self._numbers = array("d")
        self._qualities = bytearray()
        self._texts: dict[int, str] = {}

    def changed(self, key: str, fields: Collection[str], ts: float) -> None:
        """Fields of a machine's record changed: the hot path of most reports."""
        for group in self._groups:
            group.moved[key] = None
        if self._exact_or_quality.isdisjoint(fields):
            return
        machine = self._machines[key]
        at_ms = int(ts * 1000 + 0.5)
        if machine.quality != machine.record["quality"]:
            self._everything(machine, at_ms)
            return
        for name in fields:
            place = self._exact.get(name)
            if place is not None and self._last[machine.first + place] != machine.record[name]:
                self._put(machine, place, machine.record[name], at_ms)

    def sample(self, now_ms: int, ts: float) -> Points:
        """The points since the last call, including the measured numbers that moved."""
        at_ms = int(ts * 1000 + 0.5)
        self._look_at_the_clocks(now_ms, at_ms)
        for group in self._groups:
            turn = now_ms // group.every_ms
            if turn != group.turn:
                group.turn = turn
                self._look_at(group, at_ms)
        return self._taken()

    def restart(self) -> None:
        """Records everything again with the next sample, because earlier points were lost."""
        self._clear()
        self._forget()

    def last(self, machine: str, field: str) -> tuple[Value, str] | None:
        """The last value of a field in the history, and its quality; None if it has none."""
        found = self._machines[machine]
        value = self._last[found.first + self._names.index(field)]
        if value is _UNSET or found.quality is None:
            return None
        return value, found.quality  # type: ignore[return-value]  # a value that is not unset is one of a record

    def _forget(self) -> None:
        for machine in self._machines.values():
            machine.quality = None
        self._last = [_UNSET] * len(self.signals)
        self._is_anew = True

    def _look_at_the_clocks(self, now_ms: int, at_ms: int) -> None:
        before, self._sampled_ms = self._sampled_ms, (now_ms, at_ms)
        if before is not None:
            steady_ms, wall_ms = now_ms - before[0], at_ms - before[1]
            if abs(wall_ms - steady_ms) > JUMP_MS or steady_ms > self._pause_ms:
                self._interrupted(before[1])
            elif at_ms // DAY_MS > before[1] // DAY_MS:
                self._new_day(at_ms // DAY_MS * DAY_MS)
        if self._is_anew:
            self._is_anew = False
            for machine in self._machines.values():
                if machine.quality is None and machine.record["quality"] is not Quality.NEVER_SEEN:
                    self._everything(machine, at_ms)

    def _interrupted(self, last_ms: int) -> None:
        """After a gap or when the clock was set, known values end at the last sample (HIST-5)."""
        self._clear()
        for machine in self._machines.values():
            if machine.quality is not None:
                for place in range(len(self._names)):
                    self._append(machine.first + place, last_ms, _NAN, NOT_RECORDED_CODE)
        self._forget()

    def _new_day(self, midnight_ms: int) -> None:
        """Begins a day with all current values, so that each day is complete (HIST-6)."""
        for machine in self._machines.values():
            if machine.quality is not None:
                for place in range(len(self._names)):
                    value = self._last[machine.first + place]
                    self._put(machine, place, value, midnight_ms)  # type: ignore[arg-type]  # recorded, so set

    def _everything(self, machine: _Machine, at_ms: int) -> None:
        """Records all fields of a machine, because its quality changed (HIST-4)."""
        record = machine.record
        machine.quality = str(record["quality"])
        for place, name in enumerate(self._names):
            self._put(machine, place, record[name], at_ms)

    def _put(self, machine: _Machine, place: int, value: Value, at_ms: int) -> None:
        index = machine.first + place
        self._last[index] = value
        number, text = columns_of(value)
        if text is not None:
            self._texts[len(self._signals)] = text
        assert machine.quality is not None
        self._append(index, at_ms, number, CODES[machine.quality])

    def _append(self, index: int, at_ms: int, number: float, code: int) -> None:
        self._signals.append(index)
        self._times.append(at_ms)
        self._numbers.append(number)
        self._qualities.append(code)

    def _look_at(self, group: _Group, at_ms: int) -> None:
        """The hottest path of the history: one round for each measured number of a machine that changed."""
        moved, group.moved = group.moved, {}
        machines, last, fields = self._machines, self._last, group.fields
        signals, times = self._signals, self._times
        numbers, qualities = self._numbers, self._qualities
        for key in moved:
            machine = machines[key]
            if machine.quality is None:
                continue
            record, first, code = machine.record, machine.first, CODES[machine.quality]
            for place, name, deviation in fields:
                value = record[name]
                index = first + place
                old = last[index]
                if value == old:
                    continue
                kind = value.__class__
                if deviation and _is_near(value, old, deviation):
                    continue
                if kind is float or (kind is int and -_EXACT <= value <= _EXACT):  # type: ignore[operator]  # its class says so
                    last[index] = value
                    signals.append(index)
                    times.append(at_ms)
                    numbers.append(value)  # type: ignore[arg-type]  # the same
                    qualities.append(code)
                else:
                    self._put(machine, place, value, at_ms)

    def _taken(self) -> Points:
        points = Points(
            self._signals.tobytes(),
            self._times.tobytes(),
            self._numbers.tobytes(),
            bytes(self._qualities),
            self._texts,
        )
        self._clear()
        return points


def _groups(fields: Collection[Field], names: tuple[str, ...]) -> list[_Group]:
    groups: dict[int, _Group] = {}
    for field in fields:
        if field.type is FieldType.NUMBER and not field.is_writable:
            kept = field.history
            group = groups.setdefault(kept.every_ms, _Group(kept.every_ms))
            group.fields.append((names.index(field.name), field.name, kept.deviation))
    return list(groups.values())


def _is_near(value: object, old: object, deviation: float) -> bool:
    if value.__class__ not in _NUMBERS or old.__class__ not in _NUMBERS:
        return False
    return abs(value - old) <= deviation
