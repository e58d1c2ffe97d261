"""``SIGHUP`` asks a server to read its plant file again, as with other services.

The signal never ends a server: the service manager would take that for a proper end, and not start it again. So a
server handles it from its start to its end, also while it waits to own the plant. Windows has no such signal.
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
    """Made in the event loop of the server. A signal that comes early is handled once the server owns the plant."""

    def __init__(self) -> None:
        self._reload: Callable[[], Awaitable[object]] | None = None
        self._is_pending = False
        self._tasks: set[asyncio.Task[None]] = set()
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._arrived)

    @contextmanager
    def reloads(self, reload: Callable[[], Awaitable[object]]) -> Iterator[None]:
        """While the block runs, a signal calls ``reload``."""
        self._reload = reload
        if self._is_pending:
            self._arrived()
        try:
            yield
        finally:
            self._reload = None

    def _arrived(self) -> None:
        self._is_pending = self._reload is None
        if self._reload is None:
            log.info("plant_not_read_again", by="SIGHUP", reason="this server does not own the plant now")
            return
        task = asyncio.ensure_future(self._run(self._reload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, reload: Callable[[], Awaitable[object]]) -> None:
        try:
            await reload()
        except SetpointError as error:
            log.error("plant_not_reloaded", by="SIGHUP", reason=error.message)
