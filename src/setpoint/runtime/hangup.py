"""``SIGHUP`` asks a server to read its plant file again, as with other services. It ends none.

A process that it ended would count as one that was asked to stop, and the service manager would not start it again. So
a server takes it from its start to its end, also while it waits for its turn. Windows has no such signal.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from setpoint.errors import SetpointError

log = structlog.get_logger("setpoint.serving")


class Hangup:
    """Made in the event loop of the server. One that comes before anybody says what it means is made up for then."""

    def __init__(self) -> None:
        self._reload: Callable[[], Awaitable[object]] | None = None
        self._is_owed = False
        self._tasks: set[asyncio.Task[None]] = set()
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._came)

    @contextmanager
    def means(self, reload: Callable[[], Awaitable[object]]) -> Iterator[None]:
        self._reload = reload
        if self._is_owed:
            self._came()
        try:
            yield
        finally:
            self._reload = None

    def _came(self) -> None:
        self._is_owed = self._reload is None
        if self._reload is None:
            log.info("plant_not_read_again", by="SIGHUP", reason="this server does not own the plant now")
            return
        task = asyncio.ensure_future(self._play(self._reload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, reload: Callable[[], Awaitable[object]]) -> None:
        try:
            await reload()
        except SetpointError as error:
            log.error("plant_not_reloaded", by="SIGHUP", reason=error.message)
