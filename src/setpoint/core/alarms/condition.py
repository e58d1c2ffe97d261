"""Turns the values of a machine into the condition of an alarm: limits, dead band, delays (ALM-2)."""

from __future__ import annotations

from collections.abc import Mapping

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Alarm

_KNOWN = (Quality.GOOD, Quality.UNCERTAIN)


def holds(alarm: Alarm, record: Mapping[str, Value], *, is_on: bool) -> bool | None:
    """Whether the condition holds now, without delays; None if that is not known.

    An alarm that is on stays on until the value is back by more than the dead band.
    """
    if record.get("quality") not in _KNOWN:
        return None
    if not alarm.field:
        status = record.get("status")
        return None if status is None else status in alarm.statuses
    value = record.get(alarm.field)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    band = alarm.dead_band if is_on else 0.0
    is_high = alarm.above is not None and value > alarm.above - band
    is_low = alarm.below is not None and value < alarm.below + band
    return is_high or is_low


class Condition:
    """The condition of one alarm of one machine. ``is_on`` follows `holds` after the delay.

    While it is not known whether the condition holds, ``is_on`` stays, and a delay starts again.
    """

    __slots__ = ("alarm", "is_on", "turning_ms")

    def __init__(self, alarm: Alarm, *, is_on: bool) -> None:
        self.alarm = alarm
        self.is_on = is_on
        self.turning_ms: int | None = None
        """Since when the condition differs from ``is_on``."""

    def look(self, record: Mapping[str, Value], now_ms: int) -> bool:
        """Whether ``is_on`` has changed."""
        now = holds(self.alarm, record, is_on=self.is_on)
        if now is None or now is self.is_on:
            self.turning_ms = None
            return False
        if self.turning_ms is None:
            self.turning_ms = now_ms
        delay_ms = self.alarm.on_delay_ms if now else self.alarm.off_delay_ms
        if now_ms - self.turning_ms < delay_ms:
            return False
        self.is_on = now
        self.turning_ms = None
        return True
