"""The question for a shift's report: everything that the historian's process needs to make it."""

from __future__ import annotations

import msgspec

from setpoint.contract.http.machines import Event
from setpoint.contract.http.shifts import PersonChanges, ShiftAlarm
from setpoint.core.plant.shifts import Reason, State
from setpoint.core.shifts.calendar import Shift
from setpoint.core.shifts.entries import ShiftEntry


class ShiftMachine(msgspec.Struct, frozen=True, array_like=True):
    """A machine of the report by its entity key; ``ideal_cycle_s`` in seconds a part (OEE-2)."""

    key: str
    line: str
    ideal_cycle_s: float | None = None


class ShiftQuestion(msgspec.Struct, frozen=True):
    """``until`` is the shift's end, or now while it lasts. The rest is as in the plant file and the database."""

    shift: Shift
    until: float
    machines: tuple[ShiftMachine, ...]
    states: dict[str, State]
    reasons: tuple[Reason, ...]
    micro_stop_s: float
    total: str | None = None
    good: str | None = None
    scrap: str | None = None
    entries: tuple[ShiftEntry, ...] = ()
    changes: tuple[PersonChanges, ...] = ()
    timezone: str = "UTC"
    alarms: tuple[ShiftAlarm, ...] = ()
    events: tuple[Event, ...] = ()
    cut_alarms: bool = False
    cut_events: bool = False

    @property
    def counters(self) -> tuple[str, ...]:
        """The fields that count parts."""
        return tuple(each for each in (self.total, self.good, self.scrap) if each is not None)
