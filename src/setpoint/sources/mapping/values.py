"""Converts between a machine's value at a place and the plant's value of a field, both ways.

Scaling is exact, in decimals. On the way to a machine nothing is rounded, cut or wrapped: a whole number that the
place's type cannot hold is refused; a fraction goes as the nearest number that a floating type has, which is within its
resolution (TOL-1). NaN and infinities are not readings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from struct import Struct
from typing import Protocol, TypeAlias

from setpoint.contract.values import CRITICAL_OVERRIDES, Value
from setpoint.core.plant import Field, FieldType
from setpoint.sources.mapping.packml import PACKML, condition_of
from setpoint.sources.wording import words

Raw: TypeAlias = str | int | float | bool | None
Convert: TypeAlias = Callable[[Raw], Value]

_SINGLE = Struct("<f")
_EXACT_SINGLES = 2.0**24
_NEAR = Decimal("1e-9")
"""If a target that was typed as a decimal fraction is this near to a whole number of steps, it counts as that number.
"""


class CannotCastError(Exception):
    """A target that the machine cannot take; the sentence is for people."""


class UnreadableError(Exception):
    """A value that does not fit the plant file; the sentence is for people."""


class Scaling(Protocol):
    """value = raw × ``scale`` + ``offset``, or the choice with that raw value."""

    @property
    def scale(self) -> float: ...
    @property
    def offset(self) -> float: ...
    @property
    def choices(self) -> Mapping[str, int | str | bool]: ...


class StateNames(Protocol):
    """The names of raw states: by PackML, by a map, or unchanged."""

    @property
    def is_packml(self) -> bool: ...
    @property
    def names(self) -> Mapping[str, str]: ...


def from_raw(place: Scaling, field: Field, names: Mapping[int, str] | None = None) -> Convert:
    """Converts a raw value to the field's value. ``names`` are the machine's own for its numbers."""
    if field.type is FieldType.NUMBER:
        scale, offset = place.scale, place.offset
        if scale == 1.0 and offset == 0.0:
            return _number
        exact_scale, exact_offset = Decimal(repr(scale)), Decimal(repr(offset))

        def scaled(raw: Raw) -> Value:
            number = _number(raw)
            if number is None:
                return None
            return plain_number(Decimal(repr(number)) * exact_scale + exact_offset)

        return scaled
    choices = {key_of(raw): name for name, raw in place.choices.items()}

    def named(raw: Raw) -> Value:
        if raw is None or (found := choices.get(key_of(raw))) is not None:
            return None if raw is None else found
        if names and not choices and isinstance(raw, int):
            text = names.get(int(raw))
            return str(raw) if text is None else _option(text, field)
        return str(raw)

    return named


def to_raw(value: Value, place: Scaling, declared: Field, names: Mapping[int, str] | None = None) -> Raw:
    """The machine's own value for a target: unscaled, or from the map. Raises `CannotCastError`.

    ``names`` are the machine's names of its numbers, if the plant file has no map.
    """
    if place.choices:
        if isinstance(value, str) and value in place.choices:
            return place.choices[value]
        raise CannotCastError(words("words-no-value-in-map", value=repr(value), name=declared.name))
    if declared.type is not FieldType.NUMBER:
        if names and isinstance(value, str):
            return _number_of(value, names, declared)
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if not math.isfinite(value):
        raise CannotCastError(words("words-not-settable-number", value=value))
    if place.scale == 1.0 and place.offset == 0.0:
        return value
    exact = (Decimal(repr(value)) - Decimal(repr(place.offset))) / Decimal(repr(place.scale))
    nearest = exact.to_integral_value()
    return int(nearest) if abs(exact - nearest) <= _NEAR else float(exact)


def is_nothing(raw: Raw) -> bool:
    """Whether a value names no state: null, NaN, or a text without a character."""
    if isinstance(raw, str):
        return not raw.strip()
    return raw is None or (isinstance(raw, float) and not math.isfinite(raw))


def state_of(raw: Raw, states: StateNames, names: Mapping[int, str]) -> tuple[str, str | None]:
    """The condition and its cause. ``names`` are the machine's own for its numbers."""
    key = key_of(raw)
    if states.is_packml:
        return condition_of(names.get(int(raw), key) if isinstance(raw, int) and key not in PACKML else key)
    text = states.names.get(key)
    if text is None:
        text = names.get(int(raw), key) if isinstance(raw, int) else key
        # A controller's own spelling, such as "Emergency stop", counts too.
        spelt = "_".join(text.upper().replace("-", " ").split())
        text = spelt if spelt in CRITICAL_OVERRIDES else text
    return text, None


def shortest_single(value: float) -> float:
    """A single-precision number as the shortest decimal with the same value: 142.1, not 142.10000610351562."""
    if value.is_integer() and abs(value) <= _EXACT_SINGLES:
        return value
    for digits in (7, 8, 9):
        text = float(f"{value:.{digits}g}")
        try:
            if _SINGLE.unpack(_SINGLE.pack(text))[0] == value:
                return text
        except OverflowError:
            continue
    return value


def as_boolean(raw: Raw, of: str) -> bool:
    """``of`` names the type for people, here and below: "the node's type, Boolean". Raises `CannotCastError`."""
    if raw in (0, 1) and not isinstance(raw, str):
        return bool(raw)
    raise _wrong_type(raw, of)


def as_text(raw: Raw, of: str) -> str:
    if isinstance(raw, str):
        return raw
    raise _wrong_type(raw, of)


def as_floating(raw: Raw, of: str, *, is_single: bool) -> float:
    """The number as a float: a whole number must be exact in the type, a fraction may be rounded to it. Raises
    `CannotCastError`."""
    if not isinstance(raw, int | float):
        raise _wrong_type(raw, of)
    try:
        found = float(raw)
        if is_single:
            found = _SINGLE.unpack(_SINGLE.pack(found))[0]
    except OverflowError as error:
        raise CannotCastError(words("words-too-large-for", value=_shown(raw), of=of)) from error
    if not math.isfinite(found):
        raise CannotCastError(words("words-not-settable-number", value=raw))
    is_whole = isinstance(raw, int) or raw.is_integer()
    if is_whole and found != raw:
        raise CannotCastError(words("words-too-many-digits", value=_shown(raw), of=of, nearest=_shown(found)))
    if raw and not found:
        raise CannotCastError(words("words-too-small-for", value=raw, of=of))
    return float(raw)


def as_whole(raw: Raw, of: str, lowest: int, highest: int) -> int:
    """The number as a whole number. Raises `CannotCastError` instead of rounding or wrapping."""
    if not isinstance(raw, int | float) or not math.isfinite(raw):
        raise _wrong_type(raw, of)
    if raw != int(raw):
        raise CannotCastError(
            words("words-not-whole", value=raw, of=of, below=math.floor(raw), above=math.ceil(raw))
        )
    if not lowest <= raw <= highest:
        raise CannotCastError(
            words("words-outside-range-of", value=_shown(raw), of=of, lowest=lowest, highest=highest)
        )
    return int(raw)


def key_of(raw: Raw) -> str:
    """One spelling for raw values that controllers send as 1, 1.0, True or "1"."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(int(raw)) if isinstance(raw, bool) else str(raw)


def _number(raw: Raw) -> int | float | None:
    if raw.__class__ is float:
        return raw if math.isfinite(raw) else None
    if raw.__class__ is int:
        return raw
    return int(raw) if isinstance(raw, bool) else None


def plain_number(number: Decimal) -> int | float:
    """The number as an int if it is whole, otherwise the nearest float."""
    return int(number) if number == number.to_integral_value() and abs(number) < 2**64 else float(number)


def _option(text: str, field: Field) -> str:
    """The option that is spelt like the machine's name for it, whatever the case."""
    return next((each for each in field.options if each.casefold() == text.casefold()), text)


def _number_of(value: str, names: Mapping[int, str], declared: Field) -> int:
    found = [number for number, name in names.items() if name.casefold() == value.casefold()]
    if len(found) == 1:
        return found[0]
    raise CannotCastError(
        words(
            "words-none-of-server-s-names",
            value=repr(value),
            name=declared.name,
            known=", ".join(names.values()),
        )
    )


def _wrong_type(raw: Raw, of: str) -> CannotCastError:
    return CannotCastError(words("words-does-not-fit", value=repr(raw), of=of))


def _shown(number: int | float) -> str:
    return (
        str(int(number))
        if isinstance(number, float) and number.is_integer() and abs(number) < 1e16
        else str(number)
    )
