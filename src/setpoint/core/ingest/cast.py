"""Reads one cell as one field's target (XL-2, XL-3): the value, with a warning if it was converted, or an error.

A text is read as a number by this rule. It has digits, an optional sign before them, and marks between them:

1. Spaces and apostrophes separate thousands; groups of three digits must follow: ``1 234,5``.
2. If there is both a point and a comma, the last one is the decimal mark and the other separates thousands:
   ``1.234,5`` and ``1,234.5``.
3. If only one of the two appears, but several times, it separates thousands: ``1.234.567``.
4. If only one of the two appears, once, it is the decimal mark: ``12,5``, ``0.125``. But one to three digits, the mark,
   and exactly three digits can be read both ways (``1.234``). That is refused, because a wrong guess would be wrong by
   a factor of a thousand.

There is no exponent (``1E5`` is a part number), no unit, no percent sign.
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

from setpoint.contract.topics import fold, trim
from setpoint.contract.values import Value
from setpoint.core.ingest.cells import Kind, Special, number_text, shown, tidy
from setpoint.core.ingest.units import converted, factor_of
from setpoint.core.plant import Field, FieldType
from setpoint.core.plant.model import MAX_TEXT

_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_GROUPED = re.compile(
    r"[+-]?[0-9]{1,3}(?:(?: [0-9]{3})+|(?:['’][0-9]{3})+)(?:[.,][0-9]{1,30})?"
    r"|[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]{1,30}|(?:,[0-9]{3})+\.[0-9]{1,30})"
    r"|[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3}){2,}|(?:,[0-9]{3}){2,})"
)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}[.,][0-9]{1,30}")
_EITHER_WAY = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_PERCENT = re.compile(r"[+-]?[0-9][0-9 .,]{0,30}%")
_MAX_NUMBER_TEXT = 40
_EXACT = 2**53 - 1
"""Above it not every whole number can be kept."""


class Refusal:
    """Why a cell cannot be read: a stable ``code`` and a message for people."""

    __slots__ = ("code", "message")

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message


Reading: TypeAlias = tuple[Value, str | None] | Refusal
"""The value, with a warning's text where it had to be read generously; or the refusal."""


def cast(cell: str | float | bool | Special, field: Field, factor: float = 1) -> Reading:
    """What a cell that is not blank asks of a field, its number multiplied by ``factor``. Never raises."""
    if isinstance(cell, bool):
        word = "TRUE" if cell else "FALSE"
        return Refusal("boolean", f"{field.column} takes {wants(field)}; {word} stands here.")
    if isinstance(cell, Special):
        if cell.kind is Kind.SHOWN and cell.shown and not isinstance(cell.value, str):
            return _shown_digits(cell, cell.shown, field, factor)
        return unreadable(cell, field.column, wants(field))
    match field.type:
        case FieldType.NUMBER:
            return _number(cell, field, factor)
        case FieldType.CHOICE:
            return _choice(cell, field)
        case FieldType.TEXT:
            return _text(cell, field)


def wants(field: Field) -> str:
    """What a field takes, for people: ``a number from 0 to 3000 rpm``."""
    match field.type:
        case FieldType.NUMBER:
            unit = f" {field.unit}" if field.unit else ""
            low, high = field.minimum, field.maximum
            if low is not None and high is not None:
                return f"a number from {number_text(low)} to {number_text(high)}{unit}"
            if low is not None:
                return f"a number of at least {number_text(low)}{unit}"
            if high is not None:
                return f"a number of at most {number_text(high)}{unit}"
            return f"a number in {field.unit}" if field.unit else "a number"
        case FieldType.CHOICE:
            return f"one of {', '.join(field.options)}"
        case FieldType.TEXT:
            return f"a text of at most {MAX_TEXT} characters"


def read_number(text: str) -> float | None:
    """The number that a text is by the rule above; None where it is none. Does not ask whether it is ambiguous."""
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


def unreadable(cell: Special, column: str, wanted: str) -> Refusal:
    """Why a cell that is no plain value says nothing (XL-2, XL-3)."""
    match cell.kind:
        case Kind.ERROR:
            return Refusal("error_value", f"{column} takes {wanted}; the error {cell.value} stands here.")
        case Kind.FORMULA:
            return Refusal(
                "no_cached_value",
                f"{column} has a formula that was saved without its value. "
                "Open the workbook in a spreadsheet program and save it again.",
            )
        case Kind.DATE:
            return Refusal("date", f"{column} takes {wanted}; a date or time stands here.")
        case Kind.PERCENT:
            percent = number_text(float(f"{float(cell.value or 0) * 100:.10g}"))
            return Refusal("percent", f"{column} takes {wanted}; the percentage {percent} % stands here.")
        case Kind.SHOWN:
            is_text = isinstance(cell.value, str)
            what = f"the text {shown(str(cell.value))}" if is_text else f"the number {_digits(cell)}"
            seen = "something else" if cell.shown is None else shown(cell.shown)
            does = "hides it" if cell.shown == "" else f"shows {seen}"
            return Refusal(
                "other_digits",
                f"{column} takes {wanted}; {what} stands here, and its number format {does}. "
                "Give the cell the format General.",
            )
        case Kind.COVERED:
            return Refusal(
                "covered",
                f"{column} takes {wanted}; a value stands here under a merged cell, where nobody sees it. "
                "Split the merged cell.",
            )
        case Kind.LETTERS:
            return Refusal(
                "unknown_letters",
                f"{column} takes {wanted}; {shown(str(cell.value))} stands here, in a code page that is not known. "
                "Save the file as CSV UTF-8.",
            )


def _shown_digits(cell: Special, digits: str, field: Field, factor: float) -> Reading:
    """A number that is shown with leading zeros or a unit: as a number it is what it was, if the unit is that of the
    column; as a text it is what is shown."""
    if field.type is FieldType.NUMBER:
        unit = digits.partition(" ")[2]
        if unit and factor_of(field, unit) != factor:
            return unreadable(cell, field.column, wants(field))
        return _number(float(cell.value or 0), field, factor)
    if field.type is FieldType.CHOICE:
        return _choice(digits, field)
    return digits, f"The number {_digits(cell)}, shown as {digits}, was read as a text."


def _digits(cell: Special) -> str:
    return number_text(float(cell.value or 0))


def _number(cell: str | float, field: Field, factor: float) -> Reading:
    warning = None
    if isinstance(cell, str):
        text = fold(cell)
        if _EITHER_WAY.fullmatch(text):
            plain = re.sub(r"[.,]", "", text)
            return Refusal(
                "ambiguous_number",
                f"{field.column} takes {wants(field)}; {shown(text)} can be {plain} or {text.replace(',', '.')}. "
                "Write it without thousands marks, or as a number.",
            )
        if _PERCENT.fullmatch(text):
            return Refusal(
                "percent", f"{field.column} takes {wants(field)}; the percentage {shown(text)} stands here."
            )
        number = read_number(text)
        if number is None:
            return Refusal("not_a_number", f"{field.column} takes {wants(field)}; {shown(text)} is none.")
        if abs(number) > _EXACT:
            return Refusal(
                "not_a_number",
                f"{field.column} takes {wants(field)}; {shown(text)} has more digits than a number keeps.",
            )
        warning = f"The text {shown(text)} was read as the number {number_text(number)}."
    else:
        number = cell
        if not math.isfinite(number):
            return Refusal(
                "not_a_number", f"{field.column} takes {wants(field)}; {number_text(number)} is none."
            )
    number = converted(number, factor)
    if (field.minimum is not None and number < field.minimum) or (
        field.maximum is not None and number > field.maximum
    ):
        return Refusal(
            "out_of_range", f"{field.column} takes {wants(field)}; {number_text(number)} stands here."
        )
    return tidy(number), warning


def _choice(cell: str | float, field: Field) -> Reading:
    text = fold(cell) if isinstance(cell, str) else number_text(cell)
    if text in field.options and isinstance(cell, str):
        return text, None
    for option in field.options:
        if option.lower() == text.lower():
            return option, f"{shown(text)} was read as {option}."
    return Refusal("not_an_option", f"{field.column} takes {wants(field)}; {shown(text)} stands here.")


def _text(cell: str | float, field: Field) -> Reading:
    if not isinstance(cell, str):
        text = number_text(cell)
        return text, f"The number {text} was read as a text."
    text = trim(cell)
    if len(text) > MAX_TEXT:
        return Refusal("too_long", f"{field.column} takes {wants(field)}; {len(text)} characters stand here.")
    return text, None
