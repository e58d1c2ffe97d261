"""A long stop in each night of the demo's past: when, at which machine, and people's entries about it.

It gives people who try the demo something to find out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from setpoint.clock import offset_at, zone_named
from setpoint.contract.values import Value
from setpoint.core.plant import Machine, Plant
from setpoint.core.shifts import Calendar, ShiftEntry

HOUR = 22
_CAUSE, _REASON = "bearing temperature too high", "motor"
_REASON_TEXT = "bearing of the main motor replaced"
_NOTE = "{machine} stood {minutes} min: bearing of the main motor replaced. Listen to it."

Give = Callable[[str, dict[str, Value], str], None]
"""Gives a machine targets: machine, fields, why."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    machine: Machine
    begins: float
    ends: float
    before: dict[str, Value]
    """The machine's set-points, known once the stop has begun."""


class Breakdowns:
    """``entries`` are what people entered. ``advance`` begins and ends a stop when its time has come."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.entries: list[ShiftEntry] = []
        self._plant = plant
        self._random = Random(f"{seed}:breakdowns")
        self._next: Breakdown | None = None
        self._has_begun = False

    def plan(self, ts: float) -> None:
        """Plans a stop at the beginning of a night: for one machine of the second line, or of the first one if there is
        no other."""
        line = self._plant.lines[min(1, len(self._plant.lines) - 1)]
        machine = self._random.choice(line.machines)
        begins = ts + self._random.uniform(1_800, 4 * 3_600)
        if self._next is None:
            self._next = Breakdown(machine, begins, begins + self._random.uniform(1_200, 4_200), {})

    def advance(
        self,
        ts: float,
        *,
        setpoints: Callable[[str], dict[str, Value]],
        inject: Callable[[str, str | None, str], None],
        give: Give,
        person: str,
    ) -> None:
        found = self._next
        if found is None:
            return
        key = found.machine.key
        if not self._has_begun and ts >= found.begins:
            self._has_begun = True
            self._next = Breakdown(found.machine, round(ts, 3), found.ends, setpoints(key))
            inject(key, "FAULT", _CAUSE)
        elif self._has_begun and ts >= found.ends:
            self._next, self._has_begun = None, False
            inject(key, None, "")
            give(key, found.before, "restarted after the repair")
            self._explain(found, ts, person)

    def _explain(self, found: Breakdown, ts: float, person: str) -> None:
        """The repair gets its reason; the minutes until the restart stay without one."""
        settings, machine = self._plant.shifts, found.machine
        if settings is None:
            return
        self.entries.append(
            ShiftEntry(machine.line, found.begins, ts, person, ts, machine.key, _REASON, _REASON_TEXT)
        )
        calendar = Calendar(settings, partial(offset_at, zone_named(self._plant.timezone)))
        for shift in calendar.between(ts, ts + 1):
            minutes = round((ts - found.begins) / 60)
            text = _NOTE.format(machine=machine.id, minutes=minutes)
            self.entries.append(ShiftEntry(machine.line, shift.since, shift.until, person, ts, text=text))
