"""What keeps a source at work, and what ends it: for every source, whatever library it uses.

`keep_running` runs a source's work again and again: a failure is logged, waited out and tried anew; nothing that a
machine sends ends a source for good. `LogLimiter` keeps a peer that stays away from filling the log. `stop_within` ends
work in bounded time, even work that swallows its cancellation.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog

BETWEEN_STARTS_S = 2.0
"""At most one attempt in so long against a peer that refuses, and always one: it is live again 3 s after its return."""
FIRST_AGAIN_AFTER_S = 0.25
STOP_WITHIN_S = 3.0
LINES_AN_HOUR = 24
_HOUR_S = 3_600.0

log = structlog.get_logger("setpoint.sources")


class LogLimiter:
    """At most `LINES_AN_HOUR` lines in any hour; what was left out is counted and said with the next line."""

    def __init__(self, lines: int = LINES_AN_HOUR, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lines = lines
        self._said: deque[float] = deque(maxlen=lines)
        self._last = ""
        self._left_out = 0

    def say(self, say: Callable[..., Any], event: str, /, **words: object) -> bool:
        """Logs, unless it is just what was logged last or the hour's lines are used up; True where it did."""
        key = f"{event} {words}"
        now = self._clock()
        is_full = len(self._said) == self._lines and now - self._said[0] < _HOUR_S
        if key == self._last or is_full:
            self._left_out += 1
            return False
        self._last = key
        self._said.append(now)
        if self._left_out:
            words["lines_left_out"] = self._left_out
            self._left_out = 0
        say(event, **words)
        return True

    def forget(self) -> None:
        """From now on the same line is news again; the hour's lines stay counted."""
        self._last = ""


async def keep_running(
    work: Callable[[], Awaitable[None]],
    on_failure: Callable[[Exception], None],
    is_wanted: Callable[[], bool],
) -> None:
    """Runs ``work`` for ever, at most once in `BETWEEN_STARTS_S`; every failure goes to ``on_failure``.

    ``is_wanted`` is asked before each start: a cancellation that meets a failing task group is lost in it.
    """
    while is_wanted():
        started = time.monotonic()
        try:
            await work()
        except Exception as error:  # a source lives on whatever its library raises
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
    is_asked: bool = False,
) -> frozenset[asyncio.Task[Any]]:
    """Cancels tasks and waits for their end. Those that do not end in time are abandoned, logged and returned.

    ``is_asked``: they are ending already, and are cancelled only when the time is over.
    """
    waiting = {task for task in tasks if not task.done()}
    if not is_asked:
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
    """Ends tasks that swallow their cancellation, so that the loop can be closed: their coroutines are closed."""
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
    """A task that was ended by force fails; nobody else asks why."""
    if not task.cancelled():
        task.exception()
