"""Reads many cells of one field at once, if all of them are exactly as in the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import TypeGuard

from setpoint.contract.values import Value
from setpoint.core.ingest.cells import Cell, Kind, Special, tidy
from setpoint.core.plant import Field, FieldType

_EXACT_INTEGERS = 2.0**53 - 1


def quick_column(field: Field, factor: float) -> Callable[[Sequence[Cell]], Sequence[Value] | None]:
    """A reader of many cells. It returns their values, None for blank ones, or None if each must be read alone."""
    if factor != 1:
        return lambda _: None
    match field.type:
        case FieldType.NUMBER:
            low = max(-_EXACT_INTEGERS, -_EXACT_INTEGERS if field.minimum is None else field.minimum)
            high = min(_EXACT_INTEGERS, _EXACT_INTEGERS if field.maximum is None else field.maximum)

            def numbers(cells: Sequence[Cell]) -> Sequence[Value] | None:
                cells = _numbers_of(cells)
                # If one is not finite, the sum of all is not finite.
                if not _are_floats(cells) or isnan(sum(cells)) or min(cells) < low or max(cells) > high:
                    return None
                return [*map(int if all(map(float.is_integer, cells)) else tidy, cells)]

            return numbers
        case FieldType.CHOICE:
            spelt: dict[Cell, Value] = {option: option for option in field.options}
            wanted = frozenset(spelt) if field.is_required else frozenset((*spelt, None, ""))

            def choices(cells: Sequence[Cell]) -> Sequence[Value] | None:
                return [*map(spelt.get, cells)] if wanted.issuperset(cells) else None

            return choices
        case FieldType.TEXT:
            return lambda _: None


def _numbers_of(cells: Sequence[Cell]) -> Sequence[Cell]:
    """The cells, with the plain number in place of one that is shown with other digits, such as ``150.00`` in a csv. A
    number with a unit stays as it is."""
    if Special not in set(map(type, cells)):
        return cells
    return [each.value or 0.0 if _is_only_digits(each) else each for each in cells]


def _is_only_digits(cell: Cell) -> TypeGuard[Special]:
    if not isinstance(cell, Special) or cell.kind is not Kind.SHOWN or not isinstance(cell.value, float):
        return False
    return bool(cell.shown) and " " not in (cell.shown or "")


def _are_floats(cells: Sequence[Cell]) -> TypeGuard[Sequence[float]]:
    return set(map(type, cells)) == {float}
