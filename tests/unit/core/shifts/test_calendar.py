"""The calendar of shifts is computed once."""

from __future__ import annotations

from setpoint.core.plant.demo import SHIFTS
from setpoint.core.shifts import Calendar

DAY = 86_400.0
NOW = 1_764_547_200.0


def test_a_day_that_was_requested_before_is_not_computed_again() -> None:
    """Computing a year of shifts took a server 20 ms for each request."""
    looks = 0

    def offset(ts: float) -> float:
        nonlocal looks
        looks += 1
        return 3_600.0

    calendar = Calendar(SHIFTS, offset)
    first = calendar.between(NOW - 400 * DAY, NOW)
    assert len(first) > 1_000
    looks = 0
    assert calendar.between(NOW - 400 * DAY, NOW) == first
    assert looks <= 2
    assert Calendar(SHIFTS, offset).between(NOW - 400 * DAY, NOW) == first
