"""The shifts that the plant file describes."""

from __future__ import annotations

from functools import partial

from setpoint.clock import offset_at, zone_named
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.plant import Plant
from setpoint.core.plant.shifts import ShiftSettings
from setpoint.core.shifts import Calendar
from setpoint.errors import RequestError

NO_SHIFTS = "the plant file describes no shifts; see [shifts] in docs/reference/plant-file.md"


def settings_of(plant: Plant) -> ShiftSettings:
    """Raises `RequestError` 404 if there are none."""
    if plant.shifts is None or not plant.shifts.pattern:
        raise RequestError(NO_SHIFTS, code=ProblemCode.UNKNOWN_SHIFT)
    return plant.shifts


def calendar_of(plant: Plant) -> Calendar:
    """The plant's shifts by its clock. Raises `RequestError` 404 if there are none."""
    return Calendar(settings_of(plant), partial(offset_at, zone_named(plant.timezone)))
