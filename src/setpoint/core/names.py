"""Cleans names and notes that people enter: removes characters that are invisible or misleading."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (among them those that turn the direction of writing), surrogates, private, unassigned, line ends."""
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_IN_TEXT = frozenset("\n\t\u200c\u200d")
"""Invisible characters that a note may have: line ends, tabs, and those that join or separate letters."""
MAX_SHOWN = 255


def clean_name(text: str, *, otherwise: str = "unnamed") -> str:
    """The text without invisible characters; ``otherwise`` if nothing is left."""
    seen = "".join(letter for letter in text if unicodedata.category(letter) not in _UNSEEN)
    return " ".join(seen.split())[:MAX_SHOWN] or otherwise


def without_turns(text: str) -> str:
    """A text without the characters that turn the direction of writing, which would make it look like another text."""
    return _TURNS.sub("", text)


def clean_text(text: str) -> str:
    """A note without invisible characters, such as control characters and those that turn the direction of writing."""
    lines = text.replace("\r\n", "\n")
    return "".join(
        letter for letter in lines if letter in _IN_TEXT or unicodedata.category(letter) not in _UNSEEN
    ).strip()
