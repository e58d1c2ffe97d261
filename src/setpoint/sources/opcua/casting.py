"""A target in the words of its node: unscaled, mapped and cast to the node's own type, or refused.

Nothing is rounded, cut or wrapped. Scaling is exact, in decimals. A whole number that a floating type cannot hold is
refused; a fraction goes as the nearest number that the type has, which is within its resolution (TOL-1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from struct import Struct

from asyncua import ua

from setpoint.contract.values import Value
from setpoint.core.plant import Field, FieldType
from setpoint.sources.opcua.settings import FieldNode
from setpoint.sources.opcua.variants import Raw

_INTEGERS = {
    ua.VariantType.SByte: (-(2**7), 2**7 - 1),
    ua.VariantType.Byte: (0, 2**8 - 1),
    ua.VariantType.Int16: (-(2**15), 2**15 - 1),
    ua.VariantType.UInt16: (0, 2**16 - 1),
    ua.VariantType.Int32: (-(2**31), 2**31 - 1),
    ua.VariantType.UInt32: (0, 2**32 - 1),
    ua.VariantType.Int64: (-(2**63), 2**63 - 1),
    ua.VariantType.UInt64: (0, 2**64 - 1),
}
_FLOATS = (ua.VariantType.Float, ua.VariantType.Double)
_TEXTS = (ua.VariantType.String, ua.VariantType.LocalizedText)
_SINGLE = Struct("<f")
_NEAR = Decimal("1e-9")
"""So near to a whole number a target that was typed as a decimal fraction is that number, in the node's own steps."""


class CannotCastError(Exception):
    """A target that the node cannot take; the text is for people."""


def to_raw(value: Value, node: FieldNode, declared: Field, names: Mapping[int, str] | None = None) -> Raw:
    """The controller's own value for a target: unscaled, or what the map gives. Raises `CannotCastError`.

    ``names`` are those that the server has for its numbers, where the plant file has no map.
    """
    if node.choices:
        if isinstance(value, str) and value in node.choices:
            return node.choices[value]
        raise CannotCastError(f"{value!r} has no value in the map of {declared.name}")
    if declared.type is not FieldType.NUMBER:
        if names and isinstance(value, str):
            return _number_of(value, names, declared)
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if not math.isfinite(value):
        raise CannotCastError(f"{value} is no number that can be set")
    if node.scale == 1.0 and node.offset == 0.0:
        return value
    exact = (Decimal(repr(value)) - Decimal(repr(node.offset))) / Decimal(repr(node.scale))
    nearest = exact.to_integral_value()
    return int(nearest) if abs(exact - nearest) <= _NEAR else float(exact)


def cast(raw: Raw, kind: ua.VariantType) -> Raw:
    """The value as the node's type has it. Raises `CannotCastError` rather than round, cut or wrap."""
    if kind is ua.VariantType.Boolean:
        if raw in (0, 1) and not isinstance(raw, str):
            return bool(raw)
    elif kind in _TEXTS:
        if isinstance(raw, str):
            return raw
    elif kind in _FLOATS:
        if isinstance(raw, int | float):
            return _floating(raw, kind)
    elif kind in _INTEGERS:
        if isinstance(raw, int | float) and math.isfinite(raw):
            return _whole(raw, kind)
    else:
        raise CannotCastError(f"the node's type is {kind.name}, which cannot be set from here")
    raise CannotCastError(f"{raw!r} cannot be said in the node's type, {kind.name}; is a map missing?")


def _floating(raw: int | float, kind: ua.VariantType) -> float:
    try:
        found = float(raw)
        if kind is ua.VariantType.Float:
            found = _SINGLE.unpack(_SINGLE.pack(found))[0]
    except OverflowError as error:
        raise CannotCastError(f"{_shown(raw)} is too large for the node's type, {kind.name}") from error
    if not math.isfinite(found):
        raise CannotCastError(f"{raw} is no number that can be set")
    is_whole = isinstance(raw, int) or raw.is_integer()
    if is_whole and found != raw:
        raise CannotCastError(
            f"{_shown(raw)} has more digits than the node's type, {kind.name}; the nearest is {_shown(found)}"
        )
    if raw and not found:
        raise CannotCastError(f"{raw} is too small for the node's type, {kind.name}")
    return float(raw)


def _whole(raw: int | float, kind: ua.VariantType) -> int:
    lowest, highest = _INTEGERS[kind]
    if raw != int(raw):
        raise CannotCastError(
            f"{raw} is no whole number, and the node's type is {kind.name}; "
            f"the nearest are {math.floor(raw)} and {math.ceil(raw)}, in the controller's own unit"
        )
    if not lowest <= raw <= highest:
        raise CannotCastError(
            f"{_shown(raw)} is outside of the node's type, {kind.name}: {lowest} to {highest}"
        )
    return int(raw)


def _number_of(value: str, names: Mapping[int, str], declared: Field) -> int:
    found = [number for number, name in names.items() if name.casefold() == value.casefold()]
    if len(found) == 1:
        return found[0]
    raise CannotCastError(
        f"{value!r} is none of the server's names for {declared.name}: {', '.join(names.values())}"
    )


def _shown(number: int | float) -> str:
    return str(int(number)) if isinstance(number, int) or number.is_integer() else str(number)
