"""Supervision keeps a source running and ends it, in bounded time and with a bounded log."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from setpoint.sources import supervision
from setpoint.sources.supervision import LogLimiter, end_by_force, keep_running, stop_within


def test_a_peer_that_stays_away_gets_at_most_24_lines_an_hour_and_the_rest_is_counted() -> None:
    now, lines = [0.0], []
    limiter = LogLimiter(clock=lambda: now[0])

    def log(event: str, **words: Any) -> None:
        lines.append((event, words))

    for attempt in range(1_800):
        limiter.say(log, "lost", reason=f"port {attempt}")
        now[0] += 2
    assert len(lines) == 24
    now[0] += 10
    limiter.say(log, "lost", reason="another hour")
    assert lines[-1] == ("lost", {"reason": "another hour", "lines_left_out": 1_776})


def test_the_same_reason_is_logged_again_only_after_a_success() -> None:
    lines: list[str] = []

    def log(event: str, **_: Any) -> None:
        lines.append(event)

    limiter = LogLimiter()
    for _ in range(3):
        limiter.say(log, "lost")
    assert lines == ["lost"]
    limiter.forget()
    limiter.say(log, "lost")
    assert lines == ["lost", "lost"]


async def test_work_that_fails_in_any_way_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "BETWEEN_STARTS_S", 0.0)
    monkeypatch.setattr(supervision, "FIRST_AGAIN_AFTER_S", 0.0)
    failures: list[Exception] = []

    async def work() -> None:
        raise [ValueError("a"), KeyError("b"), UnicodeDecodeError("utf-8", b"", 0, 1, "c")][len(failures) % 3]

    await keep_running(work, failures.append, lambda: len(failures) < 3)
    assert [type(each) for each in failures] == [ValueError, KeyError, UnicodeDecodeError]


async def test_against_a_peer_that_refuses_there_is_one_attempt_in_two_seconds() -> None:
    starts: list[float] = []
    loop = asyncio.get_running_loop()

    async def work() -> None:
        starts.append(loop.time())
        raise ConnectionRefusedError

    await keep_running(work, lambda _: None, lambda: len(starts) < 2)
    assert starts[1] - starts[0] >= supervision.BETWEEN_STARTS_S


async def test_work_that_swallows_its_cancellation_is_abandoned_in_time_and_can_be_ended_by_force() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    abandoned = await stop_within([task], "scale", within_s=0.05)
    assert abandoned == {task}
    end_by_force(abandoned)
    await asyncio.wait([task], timeout=1)
    assert task.done()
