"""Areas of cells as OpenDocument names them (OpenDocument 1.3 part 3, 18.3.2). Twin of
``frontend/src/workers/ods/areas.ts``.
"""

from __future__ import annotations

import re

from setpoint.workbook.grid import column_of
from setpoint.workbook.limits import damaged

_SHEET = r"(?:\$?(?:'(?:[^']|'')*'|[^ .:']+))?\."
_CELL = r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})"
_AREA = re.compile(f"{_SHEET}{_CELL}(?::(?:{_SHEET})?{_CELL})?(?=[ \t\r\n]|$)")
_WHITE = re.compile(r"[ \t\r\n]+")


def areas(addresses: str) -> list[tuple[int, int, int, int]]:
    """First row and column, last row and column of ``Sheet1.B2:Sheet1.B4 'a b'.D2``. Raises `WorkbookError` for
    anything else."""
    found = []
    at, text = 0, addresses.strip(" \t\r\n")
    while at < len(text):
        area = _AREA.match(text, at)
        if area is None:
            raise damaged(f"“{text[at : at + 40]}” is no area of cells")
        first, top, last, bottom = area.groups()
        found.append((int(top), column_of(first), int(bottom or top), column_of(last or first)))
        space = _WHITE.match(text, area.end())
        at = space.end() if space else area.end()
    return found
