"""What strangers can make a server log is bounded."""

from __future__ import annotations

from setpoint.server.live.telling import Telling


def test_a_flood_is_told_by_its_first_lines_and_afterwards_by_its_size() -> None:
    telling = Telling(a_minute=3)
    assert [telling.turn(10_000 + each) for each in range(10)] == [0, 0, 0, *[None] * 7]
    assert [telling.turn(70_000 + each) for each in range(2)] == [7, 0]


def test_who_comes_now_and_then_is_always_told() -> None:
    telling = Telling(a_minute=1)
    assert [telling.turn(minute * 60_000) for minute in range(5)] == [0] * 5
