"""Ends a test that hangs, in any of its phases, and says what it waits for.

pytest-timeout knows how long a test may take (``timeout`` in pyproject.toml, or the marker). Its own alarm rings once,
and a failure stops it, so a fixture that hangs after a failed test would hang for ever. This alarm rings again, and the
teardown of a test has an alarm of its own. It says what each task of the loop waits for, and leaves out the stacks of
pytest and asyncio. On a loaded machine, a test has more time.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from inspect import isasyncgen
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pytest_timeout import Settings

from setpoint.testing.patience import busy

ROOT = Path(__file__).parents[1]
_AGAIN_AFTER_S = 10.0
_BUSY = 3.0
"""The load that `make test` alone causes on a machine with two cores."""
_LIMIT = pytest.StashKey[float]()


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Settings) -> bool | None:
    """Replaces pytest-timeout's alarm, if the system has signals."""
    if settings.method != "signal" or threading.current_thread() is not threading.main_thread():
        return None
    item.stash[_LIMIT] = settings.timeout
    _arm(item, settings.timeout, "the test")
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Gives the teardown of a test its own time limit, also after a failure."""
    if _LIMIT in item.stash:
        _arm(item, item.stash[_LIMIT], "the end of the test")
    try:
        return (yield)
    finally:
        if _LIMIT in item.stash:
            _disarm()


def _arm(item: pytest.Item, limit_s: float, what: str) -> None:
    started = time.monotonic()

    def ring(_: int, frame: FrameType | None) -> None:
        if time.monotonic() - started < limit_s * max(busy() / _BUSY, 1):
            return
        pytest.fail(f"{what} takes longer than {limit_s:g} s.\n{waiting(frame)}", pytrace=False)

    item.cancel_timeout = _disarm  # type: ignore[attr-defined]  # where pytest-timeout looks for it
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit_s, min(limit_s, _AGAIN_AFTER_S))


def _disarm() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def waiting(frame: FrameType | None) -> str:
    """Returns where the program is in the project's code, and what each task of the running loop waits for."""
    calls: list[str] = []
    while frame is not None:
        if _is_ours(frame):
            calls.insert(0, _place(frame))
        frame = frame.f_back
    lines = [f"Running: {' > '.join(calls) or 'no code of the project'}"]
    loop = asyncio._get_running_loop()
    tasks = asyncio.all_tasks(loop) if loop is not None else ()
    lines += [f"Waiting: {task.get_name()}: {' > '.join(_suspended(task.get_coro()))}" for task in tasks]
    return "\n".join(lines)


def _suspended(coroutine: Any) -> Iterator[str]:
    """Returns the suspended calls of a coroutine, from the outermost to the innermost."""
    while coroutine is not None:
        kind = next((kind for kind in ("cr", "gi", "ag") if hasattr(coroutine, f"{kind}_frame")), None)
        if kind is None:
            return
        frame = getattr(coroutine, f"{kind}_frame")
        if frame is not None:
            yield _place(frame)
        coroutine = getattr(coroutine, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
        if (
            type(coroutine).__name__ == "async_generator_asend"
        ):  # it does not name its owner, but our caller knows it
            running = (each for each in frame.f_locals.values() if isasyncgen(each) and each.ag_running)
            coroutine = next(running, None)


def _is_ours(frame: FrameType) -> bool:
    file = Path(frame.f_code.co_filename)
    return file.is_relative_to(ROOT) and not file.is_relative_to(ROOT / ".venv") and file != Path(__file__)


def _place(frame: FrameType) -> str:
    file = Path(frame.f_code.co_filename)
    name = file.relative_to(ROOT) if _is_ours(frame) else file.name
    return f"{name}:{frame.f_lineno} {frame.f_code.co_name}"
