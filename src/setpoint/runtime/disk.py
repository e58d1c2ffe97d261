"""Watches the free space of the data directory's disk, and warns in the log and the metrics before it is full."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import structlog

LOOK_EVERY_S = 30.0
LOW_BYTES = 1024 * 1024 * 1024
LOW_SHARE = 0.05
"""The disk is low if less than this share and less than `LOW_BYTES` are free, or less than a tenth of `LOW_BYTES`."""

log = structlog.get_logger("setpoint.serving")


class Disk:
    """``free_bytes`` is the value of the last check."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.free_bytes = 0
        self.is_low = False
        self.look()

    def look(self) -> None:
        try:
            found = shutil.disk_usage(self._directory)
        except OSError as error:
            log.error("disk_not_seen", path=str(self._directory), reason=error.strerror)
            return
        was_low, self.free_bytes = self.is_low, found.free
        is_short = found.free < LOW_BYTES and found.free < LOW_SHARE * found.total
        self.is_low = is_short or found.free < LOW_BYTES / 10
        if self.is_low and not was_low:
            log.error(
                "disk_low",
                path=str(self._directory),
                free_bytes=found.free,
                remedy="free some space, or keep less: setpoint retention",
            )
        elif was_low and not self.is_low:
            log.info("disk_no_longer_low", path=str(self._directory), free_bytes=found.free)

    async def watch(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()
