"""The plant of the demo (contract section 7)."""

from __future__ import annotations

from setpoint.core.plant.history import FieldHistory
from setpoint.core.plant.model import Alarm, Field, Line, Machine, Plant, Priority
from setpoint.core.plant.shifts import PatternShift, Reason, ShiftSettings, State

DEFAULT_MACHINES = 9
_MAX_ON_A_LINE = 50


SCRAP = Field("scrap", label="Scrap", history=FieldHistory(every_ms=5_000))
"""A field of the demo for which a past is generated."""

DEMO_ALARMS = (
    Alarm(
        "stop",
        "Emergency stop or fault",
        Priority.CRITICAL,
        statuses=("EMERGENCY_STOP", "FAULT"),
        consequence="The machine stands still.",
        response="Go to the machine, remove the cause, and clear it there.",
    ),
    Alarm(
        "hot",
        "Motor too hot",
        Priority.HIGH,
        field="temp",
        above=95.0,
        dead_band=3.0,
        on_delay_ms=2_000,
        suppressed_in=("MAINTENANCE_LOCK",),
        consequence="The motor wears out early.",
        response="Lower the target speed.",
    ),
    Alarm(
        "standstill",
        "Stands still",
        Priority.LOW,
        field="speed",
        below=1.0,
        on_delay_ms=60_000,
        suppressed_in=("EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK"),
        consequence="No parts are made.",
        response="See whether it waits for material.",
    ),
)


EVERY_DAY = frozenset(range(7))
SHIFTS = ShiftSettings(
    pattern=(
        PatternShift("Early", EVERY_DAY, 6 * 60, 14 * 60, ((10 * 60, 10 * 60 + 15),)),
        PatternShift("Late", EVERY_DAY, 14 * 60, 22 * 60, ((18 * 60, 18 * 60 + 15),)),
        PatternShift("Night", EVERY_DAY, 22 * 60, 6 * 60, ((2 * 60, 2 * 60 + 15),)),
    ),
    reasons=(
        Reason("technical", "Technical"),
        Reason("motor", "Motor", "technical", ("motor overload",)),
        Reason("drive", "Drive", "technical", ("drive over-temperature", "servo following error")),
        Reason("guard", "Guard sensor", "technical", ("guard sensor lost",)),
        Reason("logistics", "Logistics"),
        Reason("material", "No material", "logistics", ("no material",)),
        Reason("blocked", "Output blocked", "logistics", ("output blocked",)),
        Reason("organisation", "Organisation"),
        Reason("operator", "No operator", "organisation"),
        Reason("service", "Planned service", "organisation", (), State.PLANNED_DOWN),
        Reason("order", "No order", "organisation", (), State.STANDBY),
    ),
    micro_stop_s=30.0,
    total="parts",
    ideal_cycle_s={"dashboard:global": 1.6},
)
"""The demo works round the clock. A machine makes a part in 1.6 s at the highest speed that people give it."""


def demo_plant(*, machines: int = DEFAULT_MACHINES) -> Plant:
    """Lines 01 to 03 with three machines each (401…, 411…, 421…); another number makes lines of at most 50.

    In the larger plants the machines of line 07 are ``m:701`` to ``m:750``.
    """
    if machines == DEFAULT_MACHINES:
        lines = [(f"{line:02}", range(391 + 10 * line, 394 + 10 * line)) for line in (1, 2, 3)]
    else:
        starts = range(0, machines, _MAX_ON_A_LINE)
        lines = [
            (f"{line:02}", range(100 * line + 1, 100 * line + 1 + min(_MAX_ON_A_LINE, machines - start)))
            for line, start in enumerate(starts, 1)
        ]
    return Plant(
        "Demo plant",
        tuple(
            Line(line, tuple(Machine(f"m_{number}", line) for number in numbers), name=f"Line {line}")
            for line, numbers in lines
        ),
        alarms=DEMO_ALARMS,
    )
