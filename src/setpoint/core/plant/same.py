"""Whether two values of a field are the same set-point (TOL-1). Twin of `frontend/src/preview/same.ts`."""

from __future__ import annotations

from typing import TypeGuard

from setpoint.core.plant.model import Field, FieldType

_FLOAT_32 = 2.0**-23
"""The resolution of a 32-bit float, in which many machines keep their numbers."""
_NUMBERS = (int, float)


def is_same(field: Field, one: object, other: object) -> bool:
    """Whether ``one`` and ``other`` are the same set-point; never if one of them is "no reading".

    Numbers within the field's ``tolerance`` are the same. Without one, two whole numbers are the same only if they are
    equal, and other numbers within the resolution of a 32-bit float. The number of decimals on screen has no influence.
    """
    if one is None or other is None:
        return False
    kind = type(one)
    if kind is type(other):
        if one == other:
            return True
        if kind is int and field.tolerance is None:
            return False  # the usual case, decided without the checks below
    if field.type is not FieldType.NUMBER or not _is_number(one) or not _is_number(other):
        return False
    if one == other:
        return True
    if field.tolerance is not None:
        return abs(one - other) <= field.tolerance
    if _is_whole(one) and _is_whole(other):
        return False
    return abs(one - other) <= _FLOAT_32 * max(abs(one), abs(other))


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _is_whole(value: float) -> bool:
    return isinstance(value, int) or value.is_integer()
