"""Shifts and losses by ISO 22400-2 (SHIFT-1 to SHIFT-8, OEE-1 to OEE-5).

calendar  the shifts between two instants, by the pattern, its exceptions and the plant's clock
tally     points of status and counters → seconds by state, stops, parts (arrays; only the historian's process loads it)
entries   what people entered for a shift: reasons and notes
oee       availability x performance x quality from sums, or why it is not known
report    a shift's report: stops with their reasons, losses, machines, lines, the plant
"""

from setpoint.core.shifts.calendar import Calendar, Offset, Shift
from setpoint.core.shifts.entries import RecordShiftEntry, ShiftEntry, ShiftQuery
from setpoint.core.shifts.question import ShiftMachine, ShiftQuestion

__all__ = [
    "Calendar",
    "Offset",
    "RecordShiftEntry",
    "Shift",
    "ShiftEntry",
    "ShiftMachine",
    "ShiftQuery",
    "ShiftQuestion",
]
