"""The KPIs of a line, updated with each change; the plant's are the sum of its lines.

    machines      how many there are
    running       how many say RUNNING and are in contact
    meanSpeed     the mean of the speeds that machines in contact report, one decimal
    parts         the sum of the counters that are known
    alarms        how many are in a critical status, in contact or not (SAFE-4)
    availability  machine-time running over machine-time in contact since the start, 0 to 1, three decimals

Each machine has a *share* in its line's sums. A change subtracts the old share and adds the new one, so a report costs
the same in a line of three and of three hundred. Sums are integers of thousandths, so they never drift. Availability
sums times and divides once, because in a mean of percentages an idle minute would weigh as much as a busy shift.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from setpoint.contract.values import Quality, Record, Value, is_critical

RUNNING = "RUNNING"
KPI_FIELDS = frozenset(("status", "quality", "speed", "parts"))
"""The fields whose change moves a line's figures."""

_LARGEST = 1e15
"""Beyond it a reading is a broken sensor's and spoils every sum; NaN is not within either."""

_NUMBERS = (int, float)
_OUT_OF_CONTACT = (Quality.OFFLINE, Quality.NEVER_SEEN)


class Share(msgspec.Struct, frozen=True, gc=False):
    """What one machine adds to its line's sums; numbers in thousandths, None where there is no reading."""

    is_running: bool = False
    is_reachable: bool = False
    is_alarm: bool = False
    speed: int | None = None
    parts: int | None = None


def share_of(record: Record) -> Share:
    is_reachable = record["quality"] not in _OUT_OF_CONTACT
    status = record["status"]
    return Share(
        is_running=is_reachable and status == RUNNING,
        is_reachable=is_reachable,
        is_alarm=is_critical(status),
        speed=_thousandths(record.get("speed")) if is_reachable else None,
        parts=_thousandths(record.get("parts")),
    )


def _thousandths(value: Value) -> int | None:
    if not isinstance(value, _NUMBERS) or value.__class__ is bool or not -_LARGEST < value < _LARGEST:
        return None
    return round(value * 1000)


class LineKpis:
    """One line's sums, and its machine-times up to ``at_ms``."""

    __slots__ = (
        "alarms",
        "at_ms",
        "machines",
        "parts",
        "parts_known",
        "reachable",
        "reachable_ms",
        "running",
        "running_ms",
        "speed",
        "speeds_known",
    )

    def __init__(self, machines: int, now_ms: int) -> None:
        self.machines = machines
        self.running = self.reachable = self.alarms = 0
        self.speed = self.speeds_known = self.parts = self.parts_known = 0
        self.running_ms = self.reachable_ms = 0
        self.at_ms = now_ms

    def go_on_from(self, known: LineKpis, now_ms: int) -> None:
        """The same line in another plant: its times go on."""
        known.advance(now_ms)
        self.running_ms, self.reachable_ms = known.running_ms, known.reachable_ms

    def advance(self, now_ms: int) -> None:
        """Brings the times up to now; due before every change of who runs or is in contact."""
        passed_ms = now_ms - self.at_ms
        self.running_ms += self.running * passed_ms
        self.reachable_ms += self.reachable * passed_ms
        self.at_ms = now_ms

    def replace(self, old: Share, new: Share, now_ms: int) -> None:
        if old.is_running != new.is_running or old.is_reachable != new.is_reachable:
            self.advance(now_ms)
        self.running += new.is_running - old.is_running
        self.reachable += new.is_reachable - old.is_reachable
        self.alarms += new.is_alarm - old.is_alarm
        self.speed += (new.speed or 0) - (old.speed or 0)
        self.speeds_known += (new.speed is not None) - (old.speed is not None)
        self.parts += (new.parts or 0) - (old.parts or 0)
        self.parts_known += (new.parts is not None) - (old.parts is not None)


def figures(lines: Iterable[LineKpis], now_ms: int) -> Record:
    """The KPIs of one line, or of several taken together."""
    machines = running = alarms = speed = speeds_known = parts = parts_known = running_ms = reachable_ms = 0
    for line in lines:
        line.advance(now_ms)
        machines += line.machines
        running += line.running
        alarms += line.alarms
        speed += line.speed
        speeds_known += line.speeds_known
        parts += line.parts
        parts_known += line.parts_known
        running_ms += line.running_ms
        reachable_ms += line.reachable_ms
    return {
        "machines": machines,
        "running": running,
        "meanSpeed": round(speed / speeds_known / 1000, 1) if speeds_known else None,
        "parts": _whole(parts) if parts_known else None,
        "alarms": alarms,
        "availability": round(running_ms / reachable_ms, 3) if reachable_ms else None,
    }


def _whole(thousandths: int) -> int | float:
    return thousandths // 1000 if thousandths % 1000 == 0 else thousandths / 1000
