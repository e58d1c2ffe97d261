"""How a number format shows a number or a text: unchanged, as a percentage, as a date, or as something else.

The rule is the section "Number formats" of ``docs/reference/workbooks.md``. Twin of ``frontend/src/ingest/formats.ts``;
both replay ``conformance/vectors/formats/formats.json``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from setpoint.core.ingest.cells import Cell, Kind, Special, number_text

_PERCENTAGES = frozenset((9, 10, 67, 68))
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59), *range(71, 82)))
_NUMBERS = frozenset((*range(9), *range(11, 14), *range(37, 45), 48, 49, *range(59, 63), 69, 70))
_GENERAL = {"", "@", "general", "standard", "standaard", "estándar", "geral", "ogólny"}
_GENERAL |= {"genel", "yleinen", "všeobecný", "основной"}
_MAX_CODE = 1_000
"""Excel takes 255 characters."""
_TOKEN = re.compile(r'"([^"]*)"?|\\(.)|_.|\*[^0-9#?%\-\u2212]|\[([^\]]*)\]?|(;)|(.)', re.DOTALL)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE | re.ASCII)
_EXPONENT = re.compile(r"e[+-]", re.IGNORECASE)
_GENERAL_WORD = re.compile("general", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[0#?]")
_DASH = re.compile(r"[ ?]*-[ ?]*")
_SCALED = re.compile(r"[0#?],+(?:[^0#?,]|$)")
_SPACES = " \u00a0"
_LETTERS = (
    "AZ",
    "az",
    "\u00b0\u024f",
    "\u0370\u052f",
    "\u2070\u2079",
    "\u2100\u214f",
    "\u3040\u9fff",
    "\uac00\ud7af",
)
_MINUSES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_BELOW_ZERO = re.compile(r"^[^0#?a]*-|[0#?][^0#?.,\ufffca]*-[^0#?a]*$|^\([^a]*\)$")
"""A minus before or behind the digits, or brackets around them."""
_GROUP = re.compile(r"[ \u00a0\u2009\u202f'\u2019](?=[0#?]{3}(?![0#?]))")
_WHOLE = re.compile(r"[0#?,]*(?:\.[0#?,]*)?(?:E[+-][0#?]+)?", re.IGNORECASE)
_PER = re.compile("[\u2030\u2031\u066a\uff05\ufe6a<>\u2264\u2265~\u2248\u00b1\u0335-\u0338]")
"""Per mille, per ten thousand, percent signs that do not multiply, signs that leave open which number is meant, and
lines through a character: a number with one of them is not a plain one."""
_PER_MINUTE = re.compile(r"[ \u00a0]+1/min[ \u00a0]*|[ \u00a0]*min\^?-1[ \u00a0]*", re.IGNORECASE)
"""The one unit in common use that has a digit."""
_REVERSES = "\u202e"
_LABEL = re.compile("[:=\ufffc][ \u00a0]*$")
"""``Nr. `` and ``n = `` before digits are not a unit."""
_PREFIX = re.compile(r"[^\s\ufffc\ufffd]*a[^\s\ufffc\ufffd]*")
_PLAIN = frozenset(("0", "0.0", "0.00", "#,##0", "#,##0.00"))


class _Section:
    """One part of a code between semicolons. ``pieces`` are its characters that do something with digits (``bare``)
    and those that are only shown."""

    def __init__(self, pieces: Sequence[tuple[bool, str]], *, has_condition: bool, has_color: bool) -> None:
        self.bare = "".join(text for is_bare, text in pieces if is_bare)
        self.literal = "".join(text for is_bare, text in pieces if not is_bare)
        self.has_condition = has_condition
        self.is_text = "@" in self.bare
        self.is_general = self.is_text or "general" in self.bare.lower()
        self._pieces = pieces
        self._has_color = has_color
        look = "".join(text if is_bare else _as_literal(text) for is_bare, text in pieces)
        seen = "".join(text for _, text in pieces)
        if self.is_general:
            look, seen = (_GENERAL_WORD.sub("0", each) for each in (look, seen))  # the same places in both
        places = [found.start() for found in _PLACEHOLDER.finditer(look)]
        digits, tail = (look[places[0] : places[-1] + 1], look[places[-1] + 1 :]) if places else ("", "")
        self._is_below_zero = bool(_BELOW_ZERO.search(_simplified(look)))
        head = look[: places[0]] if places else ""
        self._prefix = head if _PREFIX.fullmatch(_simplified(head)) else ""
        self._unit = _words(seen[places[-1] + 1 :]) if places else ""
        if not self._unit and not self._prefix and not _LABEL.search(head):
            self._unit = _words(seen[: len(head)])
        is_fraction = "/" in self.bare and not self.is_general
        others = self.literal.strip(_SPACES)
        if _PER_MINUTE.fullmatch(tail):
            others = others.removesuffix(tail.strip(_SPACES))
        self._is_odd = bool(
            not places
            or "*" in self.bare
            or re.search(r"[\d%]", others)
            or _PER.search(look)
            or _REVERSES in look
            or (not is_fraction and re.search(r"[1-9]", self.bare))
            or (not is_fraction and not _WHOLE.fullmatch(_GROUP.sub("", digits)))
            or _SCALED.search(self.bare)
        )

    @property
    def is_plain(self) -> bool:
        return self.bare in _PLAIN and not self.literal and not self.has_condition

    @property
    def is_date(self) -> bool:
        letters = _EXPONENT.sub("", self.bare).lower()
        if self.is_general:
            return False
        return bool(re.search(r"[ymdhs]", letters)) or (
            bool(re.search(r"[abeg]", letters)) and not _PLACEHOLDER.search(letters)
        )

    def shows(self, number: float, *, is_for_negatives: bool) -> str | None:
        """The digits of a number that it shows, and its unit; ``""`` for nothing; None if unknown."""
        bare = self.bare
        if self.is_text:
            return number_text(number)
        if not bare and not self.literal:
            return ""
        if number == 0 and _DASH.fullmatch(bare + self.literal):
            return "0"
        if self._hides(number):
            return ""
        if self._is_odd or (number >= 0 and self._is_below_zero):
            return None
        if is_for_negatives and number < 0 and not self._is_below_zero and not self._has_color:
            return None
        digits = number_text(number) if self.is_general else self._padded(number)
        if digits and self._prefix and number >= 0:
            digits = self._prefix + digits
        return f"{digits} {self._unit}" if digits and self._unit else digits

    def _hides(self, number: float) -> bool:
        """Says whether a number is invisible. Without a ``0`` in the format, a number that rounds to 0 shows no
        digits.
        """
        whole, _, decimals = self.bare.partition(".")
        if "0" in self.bare or "/" in self.bare or self.is_general or not re.search("[#?]", whole):
            return False
        return abs(number) * 10.0 ** len(re.findall("[#?]", decimals)) < 0.5

    def text(self, text: str) -> str:
        """What it shows of a text."""
        return "".join(text if is_bare and piece == "@" else piece for is_bare, piece in self._pieces)

    def _padded(self, number: float) -> str | None:
        plain = number_text(number)
        if _EXPONENT.search(self.bare):
            return plain
        whole = self.bare.partition(".")[0]
        digits = len(re.findall("0" if "/" in whole else "[0#?]", whole[max(0, whole.find("0")) :]))
        """How many are shown at least: a `#` or `?` right of a `0` shows a zero as well."""
        if "0" not in whole or number != int(number) or len(plain.lstrip("-")) >= digits:
            return plain
        is_bare = not self.literal and re.fullmatch(r"#*0+", self.bare)
        return ("-" if number < 0 else "") + plain.lstrip("-").rjust(digits, "0") if is_bare else None


class NumberFormat:
    """The format of a cell, by the number of its format and, if the file defines it, its code. ``is_struck``: a line
    goes through whatever the cell holds. ``is_repeated``: what it shows is repeated to the width of the cell
    (ECMA-376 part 1, 18.18.40), ``15`` as ``151515``."""

    __slots__ = ("_is_repeated", "_sections", "_text", "kind")

    def __init__(
        self, number: int, code: str | None, *, is_struck: bool = False, is_repeated: bool = False
    ) -> None:
        self.kind: Kind | None = None
        """`PERCENT`, `DATE` or `STRUCK` for every number, `SHOWN` where it depends on the number, None if it is the
        number."""
        self._sections: Sequence[_Section] = ()
        self._text: _Section | None = None
        self._is_repeated = is_repeated
        if is_struck:
            self.kind = Kind.STRUCK
            return
        if is_repeated:
            self.kind = Kind.SHOWN
            return
        if code is None:
            self.kind = _kind_of_number(number)
            return
        if len(code) > _MAX_CODE:
            self.kind = Kind.SHOWN
            return
        word = code.strip().lower()
        if word in _GENERAL or word.startswith("g/"):
            return
        every = _sections(code)
        text = every[3] if len(every) > 3 else every[-1]
        self._text = text if len(every) > 3 or text.is_text else None
        sections = every[:3]
        if any(each.is_date for each in sections):
            self.kind = Kind.DATE
        elif any("%" in each.bare for each in sections):
            self.kind = Kind.PERCENT
        elif len(sections) > 1 or not sections[0].is_plain:
            self.kind = Kind.SHOWN
        self._sections = sections if self.kind is Kind.SHOWN else ()

    @property
    def is_plain(self) -> bool:
        """Whether every number and every text is shown as it is."""
        return self.kind is None and self._text is None

    def cell(self, number: float) -> Cell:
        """The neutral cell of a number that has this format."""
        match self.kind:
            case None:
                return number
            case Kind.PERCENT | Kind.STRUCK:
                return Special(self.kind, number)
            case Kind.SHOWN:
                shown = self._shown(number)
                return number if shown == number_text(number) else Special(Kind.SHOWN, number, shown)
            case _:
                return Special(Kind.DATE)

    def text(self, text: str) -> Cell:
        """The neutral cell of a text that has this format: the fourth section says how a text is shown."""
        if self.kind is Kind.STRUCK:
            return Special(Kind.STRUCK, text) if text.strip(_SPACES) else text
        if self._is_repeated:
            return Special(Kind.SHOWN, text, None) if text.strip(_SPACES) else text
        if self._text is None or (self._text.is_general and not self._text.is_text):
            return text
        shown = self._text.text(text)
        return text if shown.strip(_SPACES) == text.strip(_SPACES) else Special(Kind.SHOWN, text, shown)

    def _shown(self, number: float) -> str | None:
        sections = self._sections
        if not sections or (len(sections) > 1 and any(each.has_condition for each in sections)):
            return None
        place = 1 if number < 0 else 2 if number == 0 else 0
        section = sections[place] if place < len(sections) else sections[0]
        return section.shows(number, is_for_negatives=place == 1 and len(sections) > 1)


def _words(text: str) -> str:
    """The unit beside the digits; empty if there are no letters."""
    return text.strip(" ()[]\u00a0") if "a" in _simplified(text) else ""


def _simplified(text: str) -> str:
    """``a`` for each letter and ``-`` for each minus. A regular expression with all of them takes 7 ms to compile."""
    return "".join("a" if _is_letter(each) else "-" if each in _MINUSES else each for each in text)


def _is_letter(character: str) -> bool:
    return any(each[0] <= character <= each[1] for each in _LETTERS)


def _as_literal(text: str) -> str:
    """A text that is only shown, without characters that would change digits."""
    return re.sub("[.,]", "\ufffc", re.sub("[0#?]", "\ufffd", text))


def _kind_of_number(number: int) -> Kind | None:
    if number in _NUMBERS:
        return None
    if number in _PERCENTAGES:
        return Kind.PERCENT
    return Kind.DATE if number in _DATES else Kind.SHOWN


def _sections(code: str) -> Sequence[_Section]:
    sections: list[_Section] = []
    pieces: list[tuple[bool, str]] = []
    has_condition = has_color = False

    def end_section() -> None:
        nonlocal pieces, has_condition, has_color
        sections.append(_Section(pieces, has_condition=has_condition, has_color=has_color))
        pieces, has_condition, has_color = [], False, False

    for quoted, escaped, bracket, end, other in _TOKEN.findall(code):
        if end:
            end_section()
        elif _ELAPSED.fullmatch(bracket):
            pieces.append((True, bracket))
        elif bracket[:1] in ("<", ">", "="):
            has_condition = True
        elif bracket[:1] == "$":
            pieces.append((False, bracket[1:].partition("-")[0]))
        elif bracket:
            has_color = True
        if other:
            pieces.append((True, other))
        elif quoted or escaped:
            pieces.append((False, quoted + escaped))
    end_section()
    return sections
