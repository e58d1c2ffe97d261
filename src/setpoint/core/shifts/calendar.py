"""The shifts between two instants (SHIFT-1, SHIFT-2). The time zone is passed in as a function; no clock is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TypeAlias

import msgspec

from setpoint.core.plant.shifts import PatternShift, ShiftSettings, length_of

Offset: TypeAlias = Callable[[float], float]
"""The seconds by which the plant's clock is ahead of UTC at an instant (Unix seconds)."""
Days: TypeAlias = MutableMapping[int, tuple["Shift", ...]]
"""The shifts that begin on a day (days since 1970), as far as they were asked for; of one pattern and one clock."""
DAY_S = 86_400
MAX_DAYS = 2_000
_DAYS_BACK = 2
"""How many days after its first day a shift may still last."""


class Shift(msgspec.Struct, frozen=True, rename="camel"):
    """``since`` to ``until`` are Unix seconds; ``date`` is the day on which it began, by the plant's clock."""

    name: str
    date: str
    since: float
    until: float
    breaks: tuple[tuple[float, float], ...] = ()


def shifts_between(
    settings: ShiftSettings, offset: Offset, since: float, until: float, known: Days | None = None
) -> list[Shift]:
    """The shifts that touch that time, oldest first. Where two overlap, the earlier one ends (SHIFT-2).

    ``known`` keeps the results, at most `MAX_DAYS`, because a year would need thousands of time zone look-ups.
    """
    known = {} if known is None else known
    if len(known) > MAX_DAYS:
        known.clear()
    first = int((since + offset(since)) // DAY_S) - _DAYS_BACK
    last = int((until + offset(until)) // DAY_S)
    for day in range(first, last + 1):
        if day not in known:
            known[day] = tuple(_of_day(settings, offset, day))
    found = sorted(
        (each for day in range(first, last + 1) for each in known[day]), key=lambda each: each.since
    )
    ends = [*(each.since for each in found[1:]), float("inf")]
    ended = [
        each if each.until <= end else msgspec.structs.replace(each, until=end)
        for each, end in zip(found, ends, strict=True)
    ]
    return [each for each in ended if each.since < until and each.until > max(since, each.since)]


def shift_at(settings: ShiftSettings, offset: Offset, since: float) -> Shift | None:
    """The shift that begins at this instant."""
    around = shifts_between(settings, offset, since, since + 1)
    return next((each for each in around if each.since == since), None)


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
