"""The neutral cell: the content of a cell, independent of the program that wrote it and the library that read it.

    a text, a number, true or false     the plain value of the language; numbers are finite
    None                                blank; a text of spaces alone is blank too
    Special(PERCENT, 1.2)               a number that the sheet shows as a percentage, 120 %
    Special(DATE)                       a date, a time or a duration, whatever its value
    Special(ERROR, "#N/A")              an error value
    Special(FORMULA)                    a formula that was saved without its value
    Special(SHOWN, 7, "007")            a number or a text whose format shows something else; None if that is not known
    Special(COVERED)                    a value hidden under a merged cell
    Special(ZERO)                       a 0 in a sheet that shows zeros as empty cells
    Special(STRUCK, 150)                a number or a text whose cell is struck out
    Special(MERGED, 7)                  blank, under a merged cell whose value is in row 7; no reader makes it
    Special(CONDITIONAL, 150)           a number or a text that a conditional format may change; no reader makes it
    Special(LETTERS, "Gr??e")           a text in a code page that is not known, its bytes that are no ASCII as ``?``

In JSON, for the vectors that both languages read, a special cell is ``{"t": "percent", "v": 1.2}``, ``{"t": "date"}``,
``{"t": "error", "v": "#N/A"}``, ``{"t": "formula"}``, ``{"t": "shown", "v": 7, "w": "007"}``, ``{"t": "covered"}``,
``{"t": "zero"}``, ``{"t": "struck", "v": 150}``, ``{"t": "letters", "v": "Gr??e"}``, and the rest are plain JSON
values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from setpoint.contract.topics import INVISIBLE
from setpoint.message import Message

MAX_SHOWN = 40
STRUCK = "\u0336"
"""Stands behind each character that is struck out."""
_EXACT_INTEGERS = 2**53
_WHITE = re.compile(r"[\t\n\v\f\r ]+")
_UNSEEN = re.compile(f"[\x00-\x1f\x7f-\x9f{''.join(map(chr, INVISIBLE))}]")
_LOOK_ALIKE = re.compile("[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοАВЕЅІЈКМНОРСТУХаеорсухѕіј]")
"""Letters of Greek and Cyrillic that look like Latin ones."""
_LATIN = re.compile("[A-Za-z]")
_WORD = re.compile(f"[A-Za-z{_LOOK_ALIKE.pattern[1:-1]}]+")


class Kind(Enum):
    """The kind of a cell that is not a plain value; its value is the name in vectors."""

    PERCENT = "percent"
    DATE = "date"
    ERROR = "error"
    FORMULA = "formula"
    SHOWN = "shown"
    COVERED = "covered"
    ZERO = "zero"
    STRUCK = "struck"
    MERGED = "merged"
    CONDITIONAL = "conditional"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class Special:
    """A cell that is not a plain value. ``value`` is a number, an error's name, or the known part of a text; ``shown``
    is what its format shows.
    """

    kind: Kind
    value: str | float | None = None
    shown: str | None = None


Cell: TypeAlias = str | float | int | bool | Special | None
"""The value of a cell; None if it is blank."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as its reader found it.

    ``first_row`` is the number that the spreadsheet shows beside ``rows[0]``; every row starts at column A and may
    end early, blank rows at the end left out, and nothing beyond column 256: ``is_wide`` tells that something stood
    there. ``hidden_rows`` are numbers as the spreadsheet shows them, ``hidden_columns`` count from 0. ``is_active`` is
    the sheet that the program showed when the file was saved. ``pages`` are the old code pages that a csv may be in;
    None if its encoding is known, or was given by a person. ``is_delimited``: each row has as many cells as its record
    has fields, blank ones too. ``merges`` are areas of more than one row: first row and column, last row and column.
    ``total_rows`` are numbers of rows that hold the totals of a table. ``conditional`` are areas in which a conditional
    format may strike out what a cell holds, or show it as something else.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    first_row: int = 1
    is_hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    is_wide: bool = False
    hidden_columns: frozenset[int] = frozenset()
    is_active: bool = False
    pages: tuple[str, ...] | None = None
    is_delimited: bool = False
    merges: tuple[tuple[int, int, int, int], ...] = ()
    total_rows: frozenset[int] = frozenset()
    conditional: tuple[tuple[int, int, int, int], ...] = ()


def number_text(number: float) -> str:
    """A number for people, as JavaScript's ``String(number)`` writes it: shortest digits, no ``.0``.

    ``150.0`` → ``150``, ``0.1`` → ``0.1``, ``1e21`` → ``1e+21``, ``1e-7`` → ``1e-7``.
    """
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if abs(number) < _EXACT_INTEGERS and number == int(number):
        return str(int(number))
    text = repr(float(number))
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    mantissa, _, exponent_text = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS × 10^point.
    point = len(whole) + int(exponent_text or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def tidy(number: float) -> float | int:
    """A whole number as an int, so that 150.0 goes out as ``150`` in both languages; ``-0.0`` is 0."""
    if abs(number) < _EXACT_INTEGERS and number == int(number):
        return int(number)
    return number


def cut(text: str) -> str:
    """A text for people: on one line, short, and with invisible characters shown by their number: ``<U+200E>``. A
    letter of another script that looks like a Latin one, between Latin ones, is shown in the same way."""
    line = _UNSEEN.sub(_by_number, _WHITE.sub(" ", text))
    if not line.isascii():
        line = _WORD.sub(_with_look_alikes, line)
    return f"{line[:MAX_SHOWN]}…" if len(line) > MAX_SHOWN else line


def _by_number(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"


def _with_look_alikes(found: re.Match[str]) -> str:
    word = found[0]
    return _LOOK_ALIKE.sub(_by_number, word) if _LATIN.search(word) else word


def quoted(text: str) -> Message:
    """A text in the quotation marks of the language."""
    return Message("quoted", {"text": cut(text)})


def shown(text: str) -> str:
    """A text in quotes, within an English sentence."""
    return f"“{cut(text)}”"


def several(words: Sequence[str | Message], *, total: int | None = None) -> list[str | Message]:
    """At most five of these words, and how many more there are. ``total`` is how many there are, if only the first five
    were made into words."""
    count = len(words) if total is None else total
    return [*words[:5], Message("list-more", {"count": count - 5})] if count > 5 else [*words]


def listed(words: Sequence[str], *, total: int | None = None) -> str:
    """``a``, ``a and b``, ``a, b and c``; for more than five, ``a, b, c, d, e and 2 more``.

    ``total`` is how many there are, if only the first five were made into words.
    """
    count = len(words) if total is None else total
    if count > 5:
        return f"{', '.join(words[:5])} and {count - 5} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if count > 1 else words[0]
