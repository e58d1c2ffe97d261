"""Removes old records once a day, if an administrator has set how long they are kept."""

from __future__ import annotations

import asyncio
import time

import structlog

from setpoint.errors import StorageError
from setpoint.history.historian import Historian
from setpoint.persistence.retention import prune, prune_events, read_retention
from setpoint.persistence.sql import SqlPersistence

FIRST_AFTER_S = 600.0
EVERY_S = 24 * 3600.0

log = structlog.get_logger("setpoint.serving")


async def prune_daily(store: SqlPersistence, historian: Historian | None = None) -> None:
    """Runs until cancelled."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        try:
            keep = await read_retention(store)
            if historian is not None:
                historian.keep(keep.history)
            removed = await prune(store, keep, time.time())
            if events := await prune_events(store, keep, time.time()):
                log.info("events_pruned", events=events)
        except StorageError as error:
            log.error("not_pruned", error=error.message)
        else:
            if removed is not None:
                log.info("pruned", batches=removed.batches, events=removed.events, files=removed.files)
        await asyncio.sleep(EVERY_S)
