"""Cleans names that people enter: removes characters that are invisible or misleading."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (among them those that turn the direction of writing), surrogates, private, unassigned, line ends."""
MAX_SHOWN = 255


def clean_name(text: str, *, otherwise: str = "unnamed") -> str:
    """The text without what cannot be seen; ``otherwise`` where nothing is left of it."""
    seen = "".join(letter for letter in text if unicodedata.category(letter) not in _UNSEEN)
    return " ".join(seen.split())[:MAX_SHOWN] or otherwise
