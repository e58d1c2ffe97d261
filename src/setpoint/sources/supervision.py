"""Keeps a source running, and stops it. Works for every source, whatever library it uses.

`keep_running` runs a source's work, and restarts it after a failure, so that nothing a machine sends can end a source
for good. `LogLimiter` stops an absent peer from filling the log. `stop_within` ends work in bounded time, even if it
swallows its cancellation.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog

BETWEEN_STARTS_S = 2.0
"""The time between two attempts to reach a peer. It is constant, so that a peer is live 3 s after its return."""
FIRST_AGAIN_AFTER_S = 0.25
STOP_WITHIN_S = 3.0
LINES_AN_HOUR = 24
_HOUR_S = 3_600.0

log = structlog.get_logger("setpoint.sources")


class LogLimiter:
    """Logs at most `LINES_AN_HOUR` lines in any hour. The next line says how many were left out."""

    def __init__(self, lines: int = LINES_AN_HOUR, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lines = lines
        self._logged_at: deque[float] = deque(maxlen=lines)
        self._last = ""
        self._left_out = 0

    def say(self, say: Callable[..., Any], event: str, /, **words: object) -> bool:
        """Logs, unless the line repeats the last one or the hour's lines are used up. Returns whether it logged."""
        key = f"{event} {words}"
        now = self._clock()
        is_full = len(self._logged_at) == self._lines and now - self._logged_at[0] < _HOUR_S
        if key == self._last or is_full:
            self._left_out += 1
            return False
        self._last = key
        self._logged_at.append(now)
        if self._left_out:
            words["lines_left_out"] = self._left_out
            self._left_out = 0
        say(event, **words)
        return True

    def forget(self) -> None:
        """From now on the same line may be logged again. The lines of the hour still count."""
        self._last = ""


async def keep_running(
    work: Callable[[], Awaitable[None]],
    on_failure: Callable[[Exception], None],
    is_wanted: Callable[[], bool],
) -> None:
    """Runs ``work`` for ever, at most once in `BETWEEN_STARTS_S`. Every failure goes to ``on_failure``.

    It calls ``is_wanted`` before each start, because a failing task group can swallow a cancellation.
    """
    while is_wanted():
        started = time.monotonic()
        try:
            await work()
        except Exception as error:  # a source keeps running, whatever its library raises
            on_failure(error)
        if not is_wanted():
            return
        next_start = max(started + BETWEEN_STARTS_S, time.monotonic() + FIRST_AGAIN_AFTER_S)
        await asyncio.sleep(next_start - time.monotonic())


async def stop_within(
    tasks: Iterable[asyncio.Task[Any]],
    name: str,
    *,
    within_s: float = STOP_WITHIN_S,
    is_ending: bool = False,
) -> frozenset[asyncio.Task[Any]]:
    """Cancels tasks and waits for their end. Those that do not end in time are abandoned, logged and returned.

    With ``is_ending`` they are ending already, and are cancelled only when the time is over.
    """
    waiting = {task for task in tasks if not task.done()}
    if not is_ending:
        for task in waiting:
            task.cancel()
    if not waiting:
        return frozenset()
    _, left = await asyncio.wait(waiting, timeout=within_s)
    if left:
        for task in left:
            task.cancel()
        log.error(
            "source_does_not_stop",
            source=name,
            after_s=within_s,
            abandoned=[task.get_name() for task in left],
        )
    return frozenset(left)


def end_by_force(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Ends tasks that swallow their cancellation by closing their coroutines, so that the loop can be closed."""
    for task in tasks:
        coroutine = task.get_coro()
        try:
            if coroutine is not None:
                coroutine.close()
        except (RuntimeError, ValueError):
            log.error("source_cannot_be_ended", task=task.get_name())
        task.add_done_callback(_look_at_result)
        task.cancel()


def _look_at_result(task: asyncio.Task[Any]) -> None:
    """Retrieves the exception of a task that was ended by force, so that asyncio does not log it."""
    if not task.cancelled():
        task.exception()
