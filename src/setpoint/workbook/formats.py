"""What a number format makes of a number: a date, a percentage, or just a number (ECMA-376 part 1, 18.8.30)."""

from __future__ import annotations

import re

from setpoint.core.ingest import Kind

_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_BUILT_IN_PERCENTAGES = frozenset((9, 10))
_BUILT_IN_NUMBERS = frozenset((*range(14), *range(37, 41), 48, 49))
# What is only shown: quoted text, an escaped or padded character, colours and conditions in brackets.
_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)


def kind_of_format(number: int, code: str | None) -> Kind | None:
    """The kind of a format by its number and, where the file defines it, its code; None for plain numbers."""
    if code is None:
        if number in _BUILT_IN_DATES:
            return Kind.DATE
        return Kind.PERCENT if number in _BUILT_IN_PERCENTAGES else None
    bare = _SHOWN.sub("", code.split(";")[0])
    if "general" in bare.lower():
        return None
    if _DATE.search(bare):
        return Kind.DATE
    return Kind.PERCENT if "%" in bare else None


def may_show_date(number: int, code: str | None) -> bool:
    """Whether anybody could take this for the format of a date; not where no letter of one stands in it at all."""
    return number not in _BUILT_IN_NUMBERS if code is None else _DATE.search(code) is not None
