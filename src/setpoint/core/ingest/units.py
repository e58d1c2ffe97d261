"""The unit in a header: the field's own, one with a known factor, or another (XL-1).

Only two kinds are accepted: a unit with a factor in the plant file (``units``), and another spelling of the field's own
unit. Twin of ``frontend/src/ingest/units.ts``.
"""

from __future__ import annotations

from setpoint.contract.topics import fold
from setpoint.core.plant import Field

SAME = (
    ("rpm", "1/min", "/min", "min-1", "min^-1", "min⁻¹", "u/min", "upm", "r/min", "rev/min", "tr/min"),
    ("°c", "℃", "c", "degc", "celsius"),
    ("%", "percent", "pct", "prozent"),
    ("s", "sec", "second", "seconds", "sek"),
)
"""Units that are one and the same."""


def key_of(unit: str) -> str:
    """The form of a unit for comparison: without spaces and case. The case of a leading M counts, because MW is not
    mW."""
    plain = "".join(fold(unit).split())
    is_prefix = plain[:1] in ("M", "m") and plain[1:2].isalpha()
    return plain[0] + plain[1:].lower() if is_prefix else plain.lower()


def factor_of(field: Field, unit: str) -> float | None:
    """The factor that converts a number in ``unit`` to the field's own unit; None for an unknown unit."""
    names = _names(unit)
    if field.unit and key_of(field.unit) in names:
        return 1.0
    return next((factor for name, factor in field.units if key_of(name) in names), None)


def converted(number: float, factor: float) -> float:
    """The number in the field's own unit, to 15 digits; further digits are only the error of the multiplication."""
    return number if factor == 1 else float(f"{number * factor:.15g}")


def _names(unit: str) -> frozenset[str]:
    """The unit, and the other spellings of it. No spelling in `SAME` depends on the case of its first letter."""
    key = key_of(unit)
    group = next((each for each in SAME if key.lower() in each), ())
    return frozenset((key, *map(key_of, group)))
