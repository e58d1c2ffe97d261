"""The alarms of the whole plant.

Each report only notes that its machine changed: one entry in a map. Four times a second, the book examines these
machines (ALM-2). Statuses between two examinations are kept in order, so that a short one is not missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import msgspec

from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.values import Record, Value
from setpoint.core.alarms.condition import Condition
from setpoint.core.alarms.state import (
    AlarmEventKind,
    AlarmState,
    Cleared,
    Input,
    Raised,
    Suppressed,
    TimePassed,
    Unsuppressed,
    step,
)
from setpoint.core.plant import Alarm, Plant
from setpoint.errors import RequestError

_MAX_STATUSES = 16
"""Changes of one machine between two looks. More of them mean a fluttering signal."""


class AlarmKey(NamedTuple):
    machine: str
    name: str


class AlarmChange(msgspec.Struct, frozen=True):
    """An alarm's new state, and its changes. ``value`` is its field's or status's value at that time."""

    key: AlarmKey
    line: str
    alarm: Alarm
    state: AlarmState
    events: tuple[AlarmEventKind, ...]
    at: float
    value: Value = None


class _Watched:
    __slots__ = ("condition", "key", "line", "state")

    def __init__(self, key: AlarmKey, line: str, alarm: Alarm, state: AlarmState) -> None:
        self.key = key
        self.line = line
        self.state = state
        self.condition = Condition(alarm, is_on=state.is_active)


class AlarmBook:
    """``records`` are the hub's live records; ``states`` what a former life of the server, or of the plant, left."""

    def __init__(
        self, plant: Plant, records: Mapping[str, Record], states: Mapping[AlarmKey, AlarmState]
    ) -> None:
        self._records = records
        self._by_machine: dict[str, tuple[_Watched, ...]] = {}
        self._by_key: dict[AlarmKey, _Watched] = {}
        for machine in plant.machines.values():
            alarms = [alarm for alarm in plant.alarms if alarm.is_for(machine.key, machine.line)]
            keys = [AlarmKey(machine.key, alarm.name) for alarm in alarms]
            watched = tuple(
                _Watched(key, machine.line, alarm, states.get(key, AlarmState()))
                for key, alarm in zip(keys, alarms, strict=True)
            )
            if watched:
                self._by_machine[machine.key] = watched
                self._by_key.update((each.key, each) for each in watched)
        self._moved: dict[str, list[Value]] = {key: [] for key in self._by_machine}
        """Machines to examine, each with the statuses that it went through."""
        self._turning: dict[AlarmKey, None] = {}
        self._shelved = {each.key: None for each in self._by_key.values() if each.state.shelf is not None}

    @property
    def states(self) -> Mapping[AlarmKey, AlarmState]:
        """The state of every alarm that is not in its initial state."""
        return {key: each.state for key, each in self._by_key.items() if each.state != AlarmState()}

    def changed(self, key: str, fields: Collection[str]) -> None:
        """Fields of a machine's record changed. Every report passes here, so it must be quick."""
        if key not in self._by_machine:
            return
        passed = self._moved.setdefault(key, [])
        if "status" in fields and len(passed) < _MAX_STATUSES:
            passed.append(self._records[key]["status"])

    @property
    def moved(self) -> int:
        """How many machines wait to be examined."""
        return len(self._moved)

    def sample(self, now_ms: int, ts: float, *, most: int | None = None) -> list[AlarmChange]:
        """Examines machines that changed since the last call, and alarms that wait for a delay or the end of a shelf.

        ``most``: the largest number of machines for one call. Those that have waited longest come first; the others
        stay for the next call.
        """
        changes: list[AlarmChange] = []
        moved = self._take_moved(most)
        for machine, passed in moved.items():
            record = self._records[machine]
            for each in self._by_machine[machine]:
                for status in passed[:-1]:
                    changes += self._look(each, {**record, "status": status}, now_ms, ts)
                changes += self._look(each, record, now_ms, ts)
        for key in [
            key for key in self._turning if key.machine not in moved and key.machine not in self._moved
        ]:
            changes += self._look(self._by_key[key], self._records[key.machine], now_ms, ts)
        for key in list(self._shelved):
            changes += self._step(self._by_key[key], TimePassed(), ts)
        return changes

    def _take_moved(self, most: int | None) -> Mapping[str, list[Value]]:
        if most is None or len(self._moved) <= most:
            moved, self._moved = self._moved, {}
            return moved
        return {key: self._moved.pop(key) for key in list(islice(self._moved, most))}

    def state_of(self, key: AlarmKey) -> AlarmState:
        """The present state; normal for an alarm that is not known."""
        each = self._by_key.get(key)
        return AlarmState() if each is None else each.state

    def act(self, key: AlarmKey, what: Input, ts: float) -> AlarmChange:
        """The alarm after an act of a person; `take` carries it out. Raises `RequestError`: 404, 409."""
        each = self._by_key.get(key)
        if each is None:
            raise RequestError(
                f"there is no alarm {key.name[:60]!r} of this machine",
                code=ProblemCode.UNKNOWN_ALARM,
                arguments={"name": key.name[:60]},
            )
        state, events = step(each.state, what, ts)
        return self._change(each, state, events, ts)

    def take(self, key: AlarmKey, what: Input, ts: float) -> AlarmChange:
        """Carries out what `act` computed. Raises `RequestError` if it is no longer possible."""
        change = self.act(key, what, ts)
        self._keep(self._by_key[key], change.state)
        return change

    def listed(self) -> Iterator[AlarmChange]:
        """Every alarm that is not simply normal (ALM-6)."""
        for each in self._by_key.values():
            if each.state.is_active or each.state.is_hidden or not each.state.is_acknowledged:
                yield self._change(each, each.state, (), each.state.since)

    def is_known(self, machine: str) -> bool:
        """Whether the machine's values are known well enough to raise or clear an alarm."""
        return self._records[machine].get("quality") in ("GOOD", "UNCERTAIN")

    def _look(self, each: _Watched, record: Mapping[str, Value], now_ms: int, ts: float) -> list[AlarmChange]:
        changes: list[AlarmChange] = []
        suppressing = each.condition.alarm.suppressed_in
        if (suppressing or each.state.is_suppressed) and (status := record.get("status")) is not None:
            is_suppressed = status in suppressing
            if is_suppressed is not each.state.is_suppressed:
                changes += self._step(each, Suppressed() if is_suppressed else Unsuppressed(), ts)
        condition = each.condition
        was_turning = condition.turning_ms is not None
        if condition.look(record, now_ms):
            changes += self._step(each, Raised() if condition.is_on else Cleared(), ts, record)
        if condition.turning_ms is not None:
            self._turning[each.key] = None
        elif was_turning:
            self._turning.pop(each.key, None)
        return changes

    def _step(
        self, each: _Watched, what: Input, ts: float, record: Mapping[str, Value] | None = None
    ) -> list[AlarmChange]:
        state, events = step(each.state, what, ts)
        if state == each.state:
            return []
        self._keep(each, state)
        return [self._change(each, state, events, ts, record)]

    def _keep(self, each: _Watched, state: AlarmState) -> None:
        each.state = state
        if state.shelf is None:
            self._shelved.pop(each.key, None)
        else:
            self._shelved[each.key] = None

    def _change(
        self,
        each: _Watched,
        state: AlarmState,
        events: tuple[AlarmEventKind, ...],
        at: float,
        record: Mapping[str, Value] | None = None,
    ) -> AlarmChange:
        alarm = each.condition.alarm
        seen = self._records[each.key.machine] if record is None else record
        return AlarmChange(each.key, each.line, alarm, state, events, at, seen.get(alarm.field or "status"))
