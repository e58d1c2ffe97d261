"""The plant of the demo (contract section 7)."""

from __future__ import annotations

from setpoint.core.plant.history import FieldHistory
from setpoint.core.plant.model import Field, Line, Machine, Plant

DEFAULT_MACHINES = 9
_MAX_ON_A_LINE = 50


SCRAP = Field("scrap", label="Scrap", history=FieldHistory(every_ms=5_000))
"""A field of the demo that has a past."""


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
    )
