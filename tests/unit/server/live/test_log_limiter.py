"""Strangers can fill only a bounded amount of the log."""

from __future__ import annotations

from setpoint.server.live.log_limiter import LogRateLimiter


def test_a_flood_is_logged_by_its_first_lines_and_then_by_its_size() -> None:
    limiter = LogRateLimiter(a_minute=3)
    assert [limiter.turn(10_000 + each) for each in range(10)] == [0, 0, 0, *[None] * 7]
    assert [limiter.turn(70_000 + each) for each in range(2)] == [7, 0]


def test_occasional_messages_are_always_logged() -> None:
    limiter = LogRateLimiter(a_minute=1)
    assert [limiter.turn(minute * 60_000) for minute in range(5)] == [0] * 5
