"""How a font shows a text, in all formats: superscript or struck-out text does not mean the same as plain text.

Twin of ``frontend/src/workers/looks.ts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from setpoint.core.ingest.cells import STRUCK

_HIGH = str.maketrans("0123456789+-\u2212=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_HIGH_LETTERS = frozenset("0123456789+-\u2212=() ")


class Look(NamedTuple):
    is_superscript: bool = False
    is_struck: bool = False

    def on(self, text: str) -> str:
        """The text as people see it: ``10`` and a raised ``3`` are not ``103``, and struck-out characters keep their
        line."""
        if self.is_superscript and text.strip(" \t\r\n"):
            text = text.translate(_HIGH) if set(text) <= _HIGH_LETTERS else f"^{text}"
        return "".join(f"{each}{STRUCK}" for each in text) if self.is_struck else text


def with_runs(text: str, runs: Iterable[tuple[int, int]], looks: Sequence[Look]) -> str:
    """A text whose runs each have a font: from which UTF-16 unit on, and its place among ``looks``."""
    known = [(start, looks[font] if font < len(looks) else Look()) for start, font in runs]
    if not any(any(look) for _, look in known):
        return text
    known.sort(key=lambda run: run[0])
    units = text.encode("utf-16-le", "surrogatepass")
    starts = [start for start, _ in known]
    pieces = [units[: 2 * starts[0]].decode("utf-16-le", "surrogatepass")]
    for (start, look), end in zip(known, [*starts[1:], len(units)], strict=True):
        pieces.append(look.on(units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")))
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
