"""Reads the shifts of the last day before anybody asks, so that a report of a large plant comes at once.

What is over of a shift is kept by the historian's process, and each time only the last minutes are read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from setpoint.core.plant import Plant
from setpoint.errors import SetpointError
from setpoint.history.historian import Historian
from setpoint.server.http.shift_question import between, measured_question

FIRST_AFTER_S = 60.0
EVERY_S = 300.0
DAY_S = 86_400.0

log = structlog.get_logger("setpoint.serving")


async def read_shifts_ahead(plant: Callable[[], Plant], historian: Historian) -> None:
    """Runs until cancelled."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        try:
            await read_last_day(plant(), historian, time.time())
        except SetpointError as error:
            log.warning("shifts_not_read", error=error.message)
        await asyncio.sleep(EVERY_S)


async def read_last_day(plant: Plant, historian: Historian, now: float) -> None:
    """The oldest first, one at a time."""
    if plant.shifts is None or not plant.shifts.pattern:
        return
    for shift in between(plant, now - DAY_S, now):
        await historian.ask_shift(measured_question(plant, plant.lines, shift, min(shift.until, now)), "json")
