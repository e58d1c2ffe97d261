"""Compares a number of ods with the paragraph that shows it. Twin of ``frontend/src/workers/ods/shownNumber.ts``.

The cells of an ods have no codes of formats, but say what each cell shows. If that is nothing, or has other digits than
the value, nobody knows which of the two a person meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setpoint.contract.topics import fold
from setpoint.core.ingest import Cell, Kind, Special
from setpoint.core.ingest.cells import number_text

_PADDED = re.compile(r"-?0[0-9]{1,14}")
_RUN = re.compile(r"[0-9](?:[0-9.,'’ ]*[0-9])?(?:E[+-]?[0-9]{1,3})?", re.IGNORECASE)
_FRACTION = re.compile(r"(-?) *(?:([0-9]{1,15}) +)?([0-9]{1,15}) */ *([0-9]{1,15})")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_DASH = re.compile(r"[ -]*-[ -]*")
_BELOW_ZERO = re.compile(r"^[^0-9A-Za-z]*-|[0-9][^0-9A-Za-z.,]*-$|^\([^A-Za-z]*\)$")
_LABEL = re.compile("[.,:=] *$")
_PER_MINUTE = re.compile(r"(?<=[0-9])(?: +1/min| *min\^?-1)$", re.IGNORECASE)
"""The one unit in common use that has a digit."""
_REVERSES = "\u202e"
_OPEN = re.compile("[<>\u2264\u2265~\u2248\u00b1\u0335-\u0338]")
"""Characters that leave open which number is meant, or that strike out a character."""
_LETTER = re.compile(
    r"[A-Za-z\u00b0-\u024f\u0370-\u052f\u2070-\u2079\u2100-\u214f\u3040-\u9fff\uac00-\ud7af]"
)


def as_shown(number: float, paragraphs: str) -> Cell:
    """The cell of a number, by the text of its paragraphs."""
    text = fold(paragraphs)
    if text == number_text(number):
        return number
    if not text:
        return Special(Kind.SHOWN, number, "")
    if _PADDED.fullmatch(text) and int(text) == number:
        return Special(Kind.SHOWN, number, text)
    if per_minute := _PER_MINUTE.search(text):
        seen = as_shown(number, text[: per_minute.start()])
        is_plain = not isinstance(seen, Special)
        unit = per_minute[0].strip(" ")
        return Special(Kind.SHOWN, number, f"{number_text(number)} {unit}" if is_plain else None)
    runs = [*_RUN.finditer(text)]
    if not runs and number == 0 and _DASH.fullmatch(text):
        return number
    if "/" in text and len(runs) > 1:
        return number if _is_fraction_of(number, text) else Special(Kind.SHOWN, number, None)
    is_same = len(runs) == 1 and any(_is_near(number, each) for each in _readings(runs[0][0]))
    if (
        not is_same
        or "%" in text
        or _REVERSES in text
        or _OPEN.search(text)
        or _OTHER_DIGIT.search(text)
        or (number != 0 and bool(_BELOW_ZERO.search(text)) != (number < 0))
    ):
        return Special(Kind.SHOWN, number, None)
    head, tail = text[: runs[0].start()], text[runs[0].end() :]
    words = tail if _LETTER.search(tail) else "" if _LABEL.search(head) else head
    unit = words.strip(" ()[]") if _LETTER.search(words) else ""
    return Special(Kind.SHOWN, number, f"{number_text(number)} {unit}") if unit else number


def _is_fraction_of(number: float, text: str) -> bool:
    """Whether a text is a fraction that a number may have been rounded to: ``12 1/3``."""
    found = _FRACTION.fullmatch(text)
    if found is None or not (parts := int(found[4])) or (number != 0 and bool(found[1]) != (number < 0)):
        return False
    shown = int(found[2] or 0) + int(found[3]) / parts
    return abs(shown - abs(number)) <= 0.51 / parts


def _readings(run: str) -> Iterator[tuple[float, int]]:
    """The possible meanings of digits with marks between them: the number, and the power of ten of its last digit."""
    digits, _, exponent = run.upper().partition("E")
    power = int(exponent or 0)
    yield float(f"{re.sub('[^0-9]', '', digits)}e{power}"), power
    place = max(digits.rfind("."), digits.rfind(","))
    if place >= 0:
        whole, fraction = re.sub("[^0-9]", "", digits[:place]), re.sub("[^0-9]", "", digits[place:])
        yield float(f"{whole}.{fraction}e{power}"), power - len(fraction)


def _is_near(number: float, reading: tuple[float, int]) -> bool:
    """Whether the number may have been rounded to this reading."""
    shown, power = reading
    return abs(shown - abs(number)) <= float(f"0.51e{power}") + abs(number) * 1e-9
