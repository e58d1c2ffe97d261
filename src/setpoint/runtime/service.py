"""Tells systemd (``Type=notify``) that the server is ready, alive, or stopping.

The event loop itself reports that it is alive, twice in each ``WatchdogSec=`` interval. If the loop hangs, the reports
stop and systemd restarts the server. Without systemd, nothing is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger("setpoint.serving")


class Service:
    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        try:
            self._watchdog_s = int(environment.get("WATCHDOG_USEC", "0")) / 1_000_000
        except ValueError:
            self._watchdog_s = 0.0

    def notify(self, word: str) -> None:
        """Sends one message, such as ``READY=1``. A missing socket is ignored."""
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.connect(address)
                out.send(word.encode())
        except OSError as error:
            log.warning("service_manager_not_told", word=word, reason=error.strerror)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """Reports that the loop is alive while the block runs, and at its end reports that the server stops."""
        beating = asyncio.create_task(self._beat(), name="watchdog") if self._watchdog_s > 0 else None
        try:
            yield
        finally:
            self.notify("STOPPING=1")
            if beating is not None:
                beating.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await beating

    async def _beat(self) -> None:
        while True:
            self.notify("WATCHDOG=1")
            await asyncio.sleep(self._watchdog_s / 2)
