"""How a number format shows a number: unchanged, as a percentage, as a date, or with other digits.

The rule is the section "Number formats" of ``docs/reference/workbooks.md``. Twin of ``frontend/src/ingest/formats.ts``;
both replay ``conformance/vectors/ingest/formats.json``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from setpoint.core.ingest.cells import Cell, Kind, Special, number_text

_PERCENTAGES = frozenset((9, 10, 67, 68))
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59), *range(71, 82)))
_NUMBERS = frozenset((*range(9), *range(11, 14), *range(37, 45), 48, 49, *range(59, 63), 69, 70))
_GENERAL = {"", "@", "general", "standard", "standaard", "estándar", "geral", "ogólny"}
_GENERAL |= {"genel", "yleinen", "všeobecný", "основной"}
_TOKEN = re.compile(r'"([^"]*)"?|\\(.)|[_*].|\[([^\]]*)\]?|(;)|(.)', re.DOTALL)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_EXPONENT = re.compile(r"e[+-]", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[0#?]")
_DASH = re.compile(r"[ ?]*-[ ?]*")
_SCALED = re.compile(r"[0#?],+(?:[^0#?,]|$)")


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a code between semicolons: what it does with digits (``bare``), and what is only shown."""

    bare: str
    literal: str
    has_condition: bool

    @property
    def is_general(self) -> bool:
        return "general" in self.bare.lower() or "@" in self.bare

    @property
    def is_date(self) -> bool:
        letters = _EXPONENT.sub("", self.bare).lower()
        if self.is_general:
            return False
        return bool(re.search(r"[ymdhs]", letters)) or (
            bool(re.search(r"[abeg]", letters)) and not _PLACEHOLDER.search(letters)
        )

    def shows(self, number: float) -> str | None:
        """The digits that it shows of a number, ``""`` for nothing; None if that is not known."""
        bare = self.bare
        if not bare and not self.literal:
            return ""
        if number == 0 and "#" in bare and "0" not in bare and "?" not in bare:
            return ""
        if number == 0 and _DASH.fullmatch(bare + self.literal):
            return "0"
        is_odd = (
            not _PLACEHOLDER.search(bare)
            or re.search(r"[0-9%]", self.literal)
            or ("/" not in bare and re.search(r"[1-9]", bare))
            or _SCALED.search(bare)
        )
        return None if is_odd else self._padded(number)

    def _padded(self, number: float) -> str | None:
        plain = number_text(number)
        if _EXPONENT.search(self.bare):
            return plain
        zeros = self.bare.partition(".")[0].count("0")
        if zeros < 2 or number != int(number) or len(plain.lstrip("-")) >= zeros:
            return plain
        is_bare = not self.literal and re.fullmatch(r"[0#]+", self.bare)
        return ("-" if number < 0 else "") + plain.lstrip("-").rjust(zeros, "0") if is_bare else None


class NumberFormat:
    """The format of a cell, by the number of its format and, where the file defines it, its code."""

    __slots__ = ("_sections", "kind")

    def __init__(self, number: int, code: str | None) -> None:
        self.kind: Kind | None = None
        """`PERCENT` or `DATE` for every number, `SHOWN` where it depends on the number, None if it is the number."""
        self._sections: tuple[_Section, ...] = ()
        if code is None:
            self.kind = _kind_of_number(number)
            return
        word = code.strip().lower()
        if word in _GENERAL or word.startswith("g/"):
            return
        sections = _sections(code)[:3]
        if any(each.is_date for each in sections):
            self.kind = Kind.DATE
        elif any("%" in each.bare for each in sections):
            self.kind = Kind.PERCENT
        elif not all(each.bare in ("0", "0.0", "0.00", "#,##0", "#,##0.00") for each in sections) or any(
            each.literal or each.has_condition for each in sections
        ):
            self.kind, self._sections = Kind.SHOWN, sections

    def cell(self, number: float) -> Cell:
        """The neutral cell of a number that has this format."""
        match self.kind:
            case None:
                return number
            case Kind.PERCENT:
                return Special(Kind.PERCENT, number)
            case Kind.SHOWN:
                shown = self._shown(number)
                return number if shown == number_text(number) else Special(Kind.SHOWN, number, shown)
            case _:
                return Special(Kind.DATE)

    def _shown(self, number: float) -> str | None:
        sections = self._sections
        if not sections or (len(sections) > 1 and any(each.has_condition for each in sections)):
            return None
        place = 1 if number < 0 else 2 if number == 0 else 0
        section = sections[place] if place < len(sections) else sections[0]
        return number_text(number) if section.is_general else section.shows(number)


def _kind_of_number(number: int) -> Kind | None:
    if number in _NUMBERS:
        return None
    if number in _PERCENTAGES:
        return Kind.PERCENT
    return Kind.DATE if number in _DATES else Kind.SHOWN


def _sections(code: str) -> tuple[_Section, ...]:
    sections: list[_Section] = []
    bare, literal, has_condition = "", "", False
    for quoted, escaped, bracket, end, other in _TOKEN.findall(code):
        if end:
            sections.append(_Section(bare, literal, has_condition))
            bare, literal, has_condition = "", "", False
        elif _ELAPSED.fullmatch(bracket):
            bare += bracket
        elif bracket[:1] in ("<", ">", "="):
            has_condition = True
        bare += other
        literal += quoted + escaped
    return (*sections, _Section(bare, literal, has_condition))
