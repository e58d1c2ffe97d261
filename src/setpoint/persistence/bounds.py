"""Limits how long a call to the database may make no progress.

A call is one method of a store: several statements in one task. It is given up when it has made no progress for
``timeout_s``. Each new statement, and each part of the rows that arrives, restarts the time. So a batch of 100,000
targets may take several seconds, but a database that is frozen, locked or gone delays its caller only by ``timeout_s``.

Time during which this process itself stood still, because it was suspended or its machine was, does not count: the
database may have answered long ago, and must not be blamed.

The caller gets the error at once. After that, the call is cancelled and its connection is thrown away. A commit that
had already been sent may still happen; the caller cannot know, and has to ask the database again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from setpoint.errors import InDoubtError, StorageError

DATABASE_TIMEOUT_S = 2.0
"""The default."""
LOOKS = 8
"""How often a running call is looked at within its time-out. If nobody checked for twice that interval, the process
stood still, and only that much time counts.
"""
_LEAVE_WITHIN_S = 3.0

P = ParamSpec("P")
T = TypeVar("T")


class Call:
    """One running call, and the time that is left for it to make progress.

    Call `is_over` every ``look_s`` or more often, from any thread.
    """

    def __init__(self, timeout_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self.look_s = timeout_s / LOOKS
        self._timeout_s = timeout_s
        self._now = now
        self.is_committing = False
        self.moved()

    def moved(self) -> None:
        self.left_s = self._timeout_s
        self._looked = self._now()

    def is_over(self) -> bool:
        now = self._now()
        self.left_s -= min(now - self._looked, 2 * self.look_s)
        self._looked = now
        return self.left_s <= 0


_current: ContextVar[Call | None] = ContextVar("setpoint_database_call", default=None)


_is_joined: ContextVar[bool] = ContextVar("setpoint_database_call_joined", default=False)
"""Whether calls are part of the running one (`joining`)."""


@contextmanager
def joining() -> Iterator[None]:
    """Calls inside are part of the running call, and share its time."""
    token = _is_joined.set(True)
    try:
        yield
    finally:
        _is_joined.reset(token)


def current_call() -> Call | None:
    return _current.get()


def moved() -> None:
    """Notes that the running call, if there is one, has made progress."""
    if (call := _current.get()) is not None:
        call.moved()


def committing(is_so: bool) -> None:  # a setter
    """Notes that the running call sends its commit next: without an answer from here on, it is in doubt."""
    if (call := _current.get()) is not None:
        call.is_committing = is_so
        call.moved()


class Bounds:
    """Runs calls, and keeps calls that timed out until they have ended."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._given_up: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of ``work``. Raises `StorageError` if it makes no progress; `InDoubtError` during a commit."""
        if _is_joined.get():
            return await work()
        call = Call(self.timeout_s)
        task = asyncio.create_task(_as(call, work))
        try:
            while not task.done():
                if call.is_over():
                    self._give_up(task)
                    raise _error(
                        call,
                        f"the database has not answered for {self.timeout_s:g} s; see that it runs and that nothing "
                        "holds it (--database-timeout sets how long it may take)",
                    )
                await asyncio.wait({task}, timeout=min(call.look_s, call.left_s))
        except asyncio.CancelledError:
            self._give_up(task)
            raise
        try:
            return task.result()
        except StorageError as error:
            if call.is_committing and not isinstance(error, InDoubtError):
                raise _error(call, error.message) from error
            raise

    async def close(self) -> None:
        """Waits a moment for calls that timed out."""
        if self._given_up:
            await asyncio.wait(set(self._given_up), timeout=_LEAVE_WITHIN_S)

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        self._given_up.add(task)
        task.add_done_callback(self._ended)
        task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it


def _error(call: Call, message: str) -> StorageError:
    return InDoubtError(message) if call.is_committing else StorageError(message)


async def _as(call: Call, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    _current.set(call)
    return await work()


class Bounded(Protocol):
    @property
    def bounds(self) -> Bounds: ...


B = TypeVar("B", bound=Bounded)


def bounded(
    method: Callable[Concatenate[B, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[B, P], Coroutine[Any, Any, T]]:
    """Decorator: runs a method of a store as one call."""

    @wraps(method)
    async def call(self: B, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.bounds.run(lambda: method(self, *args, **kwargs))

    return call
