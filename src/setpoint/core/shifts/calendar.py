"""The shifts between two instants (SHIFT-1, SHIFT-2). The time zone is passed in as a function; no clock is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from setpoint.core.plant.shifts import PatternShift, ShiftSettings, length_of

Offset: TypeAlias = Callable[[float], float]
"""The seconds by which the plant's clock is ahead of UTC at an instant (Unix seconds)."""
DAY_S = 86_400
MAX_DAYS = 2_000
_DAYS_BACK = 2
"""How many days after its first day a shift may still be running."""


class Shift(msgspec.Struct, frozen=True, rename="camel"):
    """``since`` to ``until`` are Unix seconds; ``date`` is the day on which it began, by the plant's clock."""

    name: str
    date: str
    since: float
    until: float
    breaks: tuple[tuple[float, float], ...] = ()


class Calendar:
    """The shifts of one pattern, by one clock.

    It keeps the shifts of up to `MAX_DAYS` days, because a year would need thousands of time zone look-ups.
    """

    def __init__(self, settings: ShiftSettings, offset: Offset) -> None:
        self._settings = settings
        self._offset = offset
        self._days: dict[int, tuple[Shift, ...]] = {}

    def between(self, since: float, until: float) -> list[Shift]:
        """The shifts that touch that time, oldest first. If two overlap, the earlier one ends when the later one begins
        (SHIFT-2)."""
        if len(self._days) > MAX_DAYS:
            self._days.clear()
        first = int((since + self._offset(since)) // DAY_S) - _DAYS_BACK
        last = int((until + self._offset(until)) // DAY_S)
        found = sorted(
            (each for day in range(first, last + 1) for each in self._of_day(day)),
            key=lambda each: each.since,
        )
        ends = [*(each.since for each in found[1:]), float("inf")]
        ended = [
            each if each.until <= end else msgspec.structs.replace(each, until=end)
            for each, end in zip(found, ends, strict=True)
        ]
        return [each for each in ended if each.since < until and each.until > max(since, each.since)]

    def at(self, since: float) -> Shift | None:
        """The shift that begins at this instant."""
        return next((each for each in self.between(since, since + 1) if each.since == since), None)

    def _of_day(self, day: int) -> tuple[Shift, ...]:
        if day not in self._days:
            self._days[day] = tuple(_of_day(self._settings, self._offset, day))
        return self._days[day]


def _of_day(settings: ShiftSettings, offset: Offset, day: int) -> Iterator[Shift]:
    """``day``: days since 1970."""
    date = date_of(day)
    worked = settings.exceptions.get(date)
    for shift in settings.pattern:
        if (day + 3) % 7 in shift.days if worked is None else shift.name in worked:
            yield _begun(shift, offset, day, date)


def _begun(shift: PatternShift, offset: Offset, day: int, date: str) -> Shift:
    start = day * DAY_S + shift.since * 60
    since = instant_of(start, offset)
    until = instant_of(start + length_of(shift) * 60, offset)
    breaks = []
    for begins, ends in shift.breaks:
        at = start + (begins - shift.since) % 1440 * 60
        end = at + ((ends - begins - 1) % 1440 + 1) * 60
        low, high = max(instant_of(at, offset), since), min(instant_of(end, offset), until)
        if low < high:
            breaks.append((low, high))
    return Shift(shift.name, date, since, until, tuple(breaks))


def instant_of(local: float, offset: Offset) -> float:
    """The instant of the local time ``local`` (seconds since 1970 as if it were UTC).

    If the time occurs twice, it is the first one; if it is skipped, it is later by as much as the clock was moved.
    """
    before, after = offset(local - DAY_S), offset(local + DAY_S)
    if before != after and offset(local - before) != before and offset(local - after) == after:
        return local - after
    return local - before


def date_of(day: int) -> str:
    """The days since 1970 as ``2026-12-25``, by the Gregorian calendar."""
    era, rest = divmod(day + 719_468, 146_097)
    year = (rest - rest // 1_460 + rest // 36_524 - rest // 146_096) // 365
    left = rest - (365 * year + year // 4 - year // 100)
    month = (5 * left + 2) // 153
    of_month = left - (153 * month + 2) // 5 + 1
    number = month + 3 if month < 10 else month - 9
    return f"{year + era * 400 + (number <= 2):04}-{number:02}-{of_month:02}"
