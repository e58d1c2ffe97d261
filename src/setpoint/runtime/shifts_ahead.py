"""Reads the shifts of the last days before anybody asks, so that a report of a large plant comes at once.

The historian's process keeps and stores the finished part of a shift, so each time only the last minutes are read. At
the start and after a change of the plant the shifts of a week are read, the newest first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from setpoint.core.plant import Plant
from setpoint.errors import SetpointError
from setpoint.history.historian import Historian
from setpoint.server.http.shift_calendar import calendar_of
from setpoint.server.http.shift_question import measured_question

FIRST_AFTER_S = 60.0
EVERY_S = 300.0
LOOKS = 30
"""How often it checks whether the plant has changed."""
DAY_S = 86_400.0
WEEK_S = 7 * DAY_S

log = structlog.get_logger("setpoint.serving")


async def read_shifts_ahead(plant: Callable[[], Plant], historian: Historian) -> None:
    """Runs until cancelled."""
    await asyncio.sleep(FIRST_AFTER_S)
    read: Plant | None = None
    while True:
        current = plant()
        try:
            if current is not read:
                await read_last(WEEK_S, current, historian, time.time())
            read = current
            await read_last(DAY_S, current, historian, time.time())
        except SetpointError as error:
            log.warning("shifts_not_read", error=error.message)
        for _ in range(LOOKS):
            if plant() is current:
                await asyncio.sleep(EVERY_S / LOOKS)


async def read_last(seconds: float, plant: Plant, historian: Historian, now: float) -> None:
    """The newest first, one at a time."""
    if plant.shifts is None or not plant.shifts.pattern:
        return
    for shift in reversed(calendar_of(plant).between(now - seconds, now)):
        await historian.ask_shift(measured_question(plant, plant.lines, shift, min(shift.until, now)), "json")
