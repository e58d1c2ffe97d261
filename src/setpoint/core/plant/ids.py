"""Reads the ids of machines in the plant file (ID-1): a number, a text, or a range of them.

401, "007"            digits
"410-419"             a range: every number from one to the other
"A7", "B01-B12"       with ``letters_in_ids``; both ends of a range have the same letters before their numbers
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from setpoint.core.plant.wording import words, wrong

MAX_MACHINES = 100_000
_DIGITS = re.compile(r"[0-9]{1,12}")
_LETTERS = re.compile(r"[0-9A-Za-z]{1,12}")
_RANGE = re.compile(r"((?:[0-9A-Za-z]*[A-Za-z])?)([0-9]{1,12})-((?:[0-9A-Za-z]*[A-Za-z])?)([0-9]{1,12})")
_LIKE_A_NUMBER = re.compile(r"[0-9]+[Ee][0-9]+")

Say = Callable[[str, str], None]
"""Receives a mistake and its remedy."""


def read_ids(entry: object, say: Say, *, has_letters: bool) -> Iterator[str]:
    """The ids that one entry stands for, without ``m:``. Leading zeros of a text are kept."""
    text = str(entry) if isinstance(entry, int) and not isinstance(entry, bool) else entry
    if not isinstance(text, str):
        _refuse(entry, say, has_letters=has_letters)
    elif _LIKE_A_NUMBER.fullmatch(text) and has_letters:
        say(words("words-turned-into-number", value=repr(text)), words("words-another-id"))
    elif (_LETTERS if has_letters else _DIGITS).fullmatch(text):
        yield text
    elif found := _RANGE.fullmatch(text):
        yield from _between(found, say, has_letters=has_letters)
    else:
        _refuse(text, say, has_letters=has_letters)


def _between(found: re.Match[str], say: Say, *, has_letters: bool) -> Iterator[str]:
    text = found[0]
    stem, low, other, high = found.groups()
    first, last = int(low), int(high)
    if stem != other or first > last or (stem and not has_letters):
        _refuse(text, say, has_letters=has_letters)
    elif last - first >= MAX_MACHINES:
        say(
            words("words-is-too-many-machines", value=repr(text), most=MAX_MACHINES),
            words("words-split-plant"),
        )
    elif len(f"{stem}{last}") > 12:
        say(words("words-has-too-long-ids", value=repr(text), most=12), words("words-give-shorter-ids"))
    else:
        for number in range(first, last + 1):
            yield f"{stem}{number:0{len(low)}d}"


def _refuse(entry: object, say: Say, *, has_letters: bool) -> None:
    remedy = words("words-give-number-text-range")
    if has_letters:
        remedy = words("words-give-letters-digits-at-most-range")
    elif isinstance(entry, str) and (_LETTERS.fullmatch(entry) or _RANGE.fullmatch(entry)):
        remedy = words("words-and-more", one=remedy, more=words("words-set-letters-in-ids"))
    say(wrong(entry), remedy)
