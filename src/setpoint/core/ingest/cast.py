"""Reads one cell as one field's target (XL-2, XL-3): the value, with a warning if it was converted, or an error.

A text is read as a number by this rule. It has digits, an optional sign before them, and marks between them:

1. Spaces and apostrophes separate thousands; groups of three digits must follow: ``1 234,5``.
2. If there is both a point and a comma, the last one is the decimal mark and the other separates thousands:
   ``1.234,5`` and ``1,234.5``.
3. If only one of the two appears, but several times, it separates thousands: ``1.234.567``.
4. If only one of the two appears, once, it is the decimal mark: ``12,5``, ``0.125``. But one to three digits, the mark,
   and exactly three digits can be read both ways (``1.234``). That is refused, because a wrong guess would be wrong by
   a factor of a thousand.

There is no exponent (``1E5`` is a part number), no unit, no percent sign. The part before a mark does not begin with a
zero and another digit: ``01.12`` is a date, or a number of something else.
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

from setpoint.contract.topics import fold, trim
from setpoint.contract.values import Value
from setpoint.core.ingest.cells import STRUCK, Kind, Special, cut, number_text, quoted, tidy
from setpoint.core.ingest.units import converted, factor_of
from setpoint.core.plant import Field, FieldType
from setpoint.core.plant.model import MAX_TEXT
from setpoint.message import Args, Message

_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_ONLY_DIGITS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters except line ends and tabs, and characters that change the writing direction."""
_GROUPED = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:(?: [0-9]{3})+|(?:['’][0-9]{3})+)(?:[.,][0-9]{1,30})?"
    r"|[+-]?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+,[0-9]{1,30}|(?:,[0-9]{3})+\.[0-9]{1,30})"
    r"|[+-]?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}|(?:,[0-9]{3}){2,})"
)
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,29})[.,][0-9]{1,30}")
_EITHER_WAY = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_PERCENT = re.compile(r"[+-]?[0-9][0-9 .,]{0,30}%")
_MAX_NUMBER_TEXT = 40
_EXACT = 2**53 - 1
"""Above this, a float cannot hold every whole number."""


class Refusal:
    """Why a cell cannot be read: a stable ``code`` and its arguments."""

    __slots__ = ("args", "code")

    def __init__(self, code: str, args: Args) -> None:
        self.code = code
        self.args = args


Reading: TypeAlias = tuple[Value, Args | None] | Refusal
"""The value, with the arguments of a warning if it had to be converted; or the refusal."""


def cast(cell: str | float | bool | Special, field: Field, factor: float = 1) -> Reading:
    """Reads a cell that is not blank as a field's target, its number multiplied by ``factor``. Never raises."""
    if isinstance(cell, bool):
        return Refusal("boolean", {"wants": wants(field), "value": "TRUE" if cell else "FALSE"})
    if isinstance(cell, Special):
        if cell.kind is Kind.SHOWN and cell.shown and not isinstance(cell.value, str):
            return _shown_digits(cell, cell.shown, field, factor)
        return unreadable(cell, wants(field))
    if isinstance(cell, str) and STRUCK in cell:
        return Refusal("struck", {"wants": wants(field), "text": cut(trim(cell))})
    match field.type:
        case FieldType.NUMBER:
            return _number(cell, field, factor)
        case FieldType.CHOICE:
            return _choice(cell, field)
        case FieldType.TEXT:
            return _text(cell, field)


def wants(field: Field) -> Message:
    """What a field takes, for people: ``a number from 0 to 3000 rpm``."""
    match field.type:
        case FieldType.NUMBER:
            low, high = field.minimum, field.maximum
            if low is not None and high is not None:
                return Message("wants-range", {"low": number_text(low), "high": _measured(high, field)})
            if low is not None:
                return Message("wants-least", {"low": _measured(low, field)})
            if high is not None:
                return Message("wants-most", {"high": _measured(high, field)})
            return Message("wants-number-in", {"unit": field.unit}) if field.unit else Message("wants-number")
        case FieldType.CHOICE:
            return Message("wants-option", {"options": ", ".join(field.options)})
        case FieldType.TEXT:
            return Message("wants-text", {"most": MAX_TEXT})


def _measured(number: float, field: Field) -> str | Message:
    text = number_text(number)
    return Message("measured", {"number": text, "unit": field.unit}) if field.unit else text


def read_number(text: str) -> float | None:
    """The number in a text, by the rule above; None if it is not a number. Does not check whether it is ambiguous."""
    if len(text) > _MAX_NUMBER_TEXT:
        return None
    if _INTEGER.fullmatch(text):
        return float(text)
    if _DECIMAL.fullmatch(text):
        return float(text.replace(",", "."))
    if _GROUPED.fullmatch(text):
        marks = [mark for mark in text if mark in " '’.,"]
        last = marks[-1]
        # A decimal mark is the one mark that differs from the first.
        whole, fraction = text.rsplit(last, 1) if last != marks[0] else (text, "")
        return float(re.sub(r"[ '’.,]", "", whole) + (f".{fraction}" if fraction else ""))
    return None


def unreadable(cell: Special, wanted: Message) -> Refusal:
    """Why a cell that is not a plain value has no target (XL-2, XL-3)."""
    args: Args = {"wants": wanted}
    match cell.kind:
        case Kind.ERROR:
            return Refusal("error_value", args | {"error": str(cell.value)})
        case Kind.FORMULA:
            return Refusal("no_cached_value", {})
        case Kind.DATE:
            return Refusal("date", args)
        case Kind.PERCENT:
            percent = number_text(float(f"{float(cell.value or 0) * 100:.10g}"))
            return Refusal("percent", args | {"percent": f"{percent} %"})
        case Kind.SHOWN:
            value = (
                Message("the-text", {"text": cut(cell.value)})
                if isinstance(cell.value, str)
                else Message("the-number", {"number": _digits(cell)})
            )
            shows = "other" if cell.shown is None else "text" if cell.shown else "nothing"
            seen = cut(cell.shown or "")
            return Refusal("other_digits", args | {"value": value, "shows": shows, "seen": seen})
        case Kind.COVERED:
            return Refusal("covered", args)
        case Kind.ZERO:
            return Refusal("hidden_zero", args)
        case Kind.STRUCK:
            text = cell.value if isinstance(cell.value, str) else _digits(cell)
            return Refusal("struck", args | {"text": cut(text)})
        case Kind.MERGED:
            return Refusal("merged", {"row": int(cell.value or 0)})
        case Kind.CONDITIONAL:
            text = cell.value if isinstance(cell.value, str) else _digits(cell)
            return Refusal("conditional_format", args | {"text": cut(text)})
        case Kind.LETTERS:
            return Refusal("unknown_letters", args | {"text": cut(str(cell.value))})


def _shown_digits(cell: Special, digits: str, field: Field, factor: float) -> Reading:
    """A number that is shown with leading zeros or a unit. As a number it keeps its value, if the unit is that of the
    column. As a text it is what is shown, if that is only digits; if there are letters, the exact text is not known."""
    if field.type is FieldType.NUMBER:
        unit = digits.partition(" ")[2]
        if unit and factor_of(field, unit) != factor:
            return unreadable(cell, wants(field))
        return _number(float(cell.value or 0), field, factor)
    if field.type is FieldType.CHOICE:
        reading = _choice(digits, field)
        is_decimal = isinstance(reading, Refusal) and "." in digits and _ONLY_DIGITS.fullmatch(digits)
        return _choice(float(cell.value or 0), field) if is_decimal else reading
    if not _ONLY_DIGITS.fullmatch(digits):
        return unreadable(cell, wants(field))
    return digits, {"as": "shown", "number": _digits(cell), "digits": digits}


def _digits(cell: Special) -> str:
    return number_text(float(cell.value or 0))


def _number(cell: str | float, field: Field, factor: float) -> Reading:
    warning: Args | None = None
    if isinstance(cell, str):
        text = fold(cell)
        if _EITHER_WAY.fullmatch(text):
            whole, decimal = re.sub(r"[.,]", "", text), text.replace(",", ".")
            args: Args = {"wants": wants(field), "text": cut(text), "whole": whole, "decimal": decimal}
            return Refusal("ambiguous_number", args)
        if _PERCENT.fullmatch(text):
            return Refusal("percent", {"wants": wants(field), "percent": quoted(text)})
        number = read_number(text)
        if number is None:
            return Refusal("not_a_number", {"wants": wants(field), "value": quoted(text)})
        if abs(number) > _EXACT:
            return Refusal("too_many_digits", {"wants": wants(field), "text": cut(text)})
        warning = {"as": "number", "text": cut(text), "number": number_text(number)}
    else:
        number = cell
        if not math.isfinite(number):
            return Refusal("not_a_number", {"wants": wants(field), "value": number_text(number)})
    number = converted(number, factor)
    if (field.minimum is not None and number < field.minimum) or (
        field.maximum is not None and number > field.maximum
    ):
        return Refusal("out_of_range", {"wants": wants(field), "number": number_text(number)})
    return tidy(number), warning


def _choice(cell: str | float, field: Field) -> Reading:
    text = fold(cell) if isinstance(cell, str) else number_text(cell)
    if text in field.options and isinstance(cell, str):
        return text, None
    for option in field.options:
        if option.lower() == text.lower():
            return option, {"as": "option", "text": cut(text), "option": option}
    return Refusal("not_an_option", {"wants": wants(field), "text": cut(text)})


def _text(cell: str | float, field: Field) -> Reading:
    if not isinstance(cell, str):
        text = number_text(cell)
        if abs(cell) > _EXACT:
            return Refusal("too_many_digits", {"wants": wants(field), "text": text})
        return text, {"as": "text", "number": text}
    text = trim(cell)
    if _UNSEEN.search(text):
        return Refusal("unseen_letters", {"wants": wants(field), "text": cut(text)})
    if len(text) > MAX_TEXT:
        return Refusal("too_long", {"wants": wants(field), "count": len(text)})
    return text, None
