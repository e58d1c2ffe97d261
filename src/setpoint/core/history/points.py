"""A point of the history: at this instant a field of a machine held this value, of this quality (HIST-1).

Points travel as columns, because there may be tens of thousands a second. A number is stored as a number, no reading as
NaN, and a text as text. A boolean, and a whole number that a float cannot hold, is stored as both; the text is exact.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from math import isnan, nan
from typing import Final

import msgspec

from setpoint.contract.values import Quality, Value

NOT_RECORDED: Final = "NOT_RECORDED"
"""The quality of a point without value: from here on nothing was recorded (HIST-5)."""
QUALITIES: tuple[str, ...] = (*(each.value for each in Quality), NOT_RECORDED)
"""By their codes."""
NOT_RECORDED_CODE = QUALITIES.index(NOT_RECORDED)
CODES = {quality: code for code, quality in enumerate(QUALITIES)}


class Signal(msgspec.Struct, frozen=True, array_like=True):
    """One field of one machine."""

    machine: str
    field: str
    line: str


class Points(msgspec.Struct, frozen=True, array_like=True):
    """Columns of one length: the signal (by its number in the recorder's list), the time (Unix ms), the value, and its
    quality.

    ``signals`` are 32 bits each, ``times`` 64, ``numbers`` doubles, ``qualities`` bytes; ``texts`` by position.
    """

    signals: bytes
    times: bytes
    numbers: bytes
    qualities: bytes
    texts: dict[int, str]

    def __len__(self) -> int:
        return len(self.qualities)


class Point(msgspec.Struct, frozen=True):
    """One point by itself: for tests, and for readers of few points."""

    signal: int
    at_ms: int
    value: Value
    quality: str


def rows(points: Points) -> Iterator[Point]:
    """The points one by one, in their order."""
    signals, times, numbers = array("I"), array("q"), array("d")
    signals.frombytes(points.signals)
    times.frombytes(points.times)
    numbers.frombytes(points.numbers)
    for place, (signal, at_ms, number) in enumerate(zip(signals, times, numbers, strict=True)):
        value = value_of(number, points.texts.get(place))
        yield Point(signal, at_ms, value, QUALITIES[points.qualities[place]])


def joined(parts: Iterable[Points]) -> Points:
    """The points of the parts, one after another."""
    signals, times, numbers, qualities = bytearray(), bytearray(), bytearray(), bytearray()
    texts: dict[int, str] = {}
    for part in parts:
        if part.texts:
            start = len(qualities)
            texts.update((start + place, text) for place, text in part.texts.items())
        signals += part.signals
        times += part.times
        numbers += part.numbers
        qualities += part.qualities
    return Points(bytes(signals), bytes(times), bytes(numbers), bytes(qualities), texts)


def columns_of(value: Value) -> tuple[float, str | None]:
    """A value as a number and a text."""
    match value:
        case None:
            return nan, None
        case bool():
            return float(value), "true" if value else "false"
        case int():
            return float(value), None if float(value) == value else str(value)
        case float():
            return value, None
        case str():
            return nan, value


def value_of(number: float, text: str | None) -> Value:
    """The inverse of `columns_of`."""
    if text is None:
        return None if isnan(number) else number
    if isnan(number):
        return text
    return text == "true" if text in ("true", "false") else int(text)
