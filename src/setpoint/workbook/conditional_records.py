"""The conditional formats of xls and xlsb that strike out a value, or show it as something else.

An xls keeps the format with its rule (MS-XLS 2.4.42, 2.5.99); an xlsb has a list of them (MS-XLSB 2.4.355). Twin of
``frontend/src/workers/conditionalRecords.ts``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook.grid import Grid
from setpoint.workbook.sst import text

_HAS_NUMBER, _HAS_FONT = 1 << 25, 1 << 26
_STRIKEOUT = 0x80
_STYLE, _UNCHANGED = 68, 88
"""The offsets of a font's flags, and of the flags that tell which of them have no meaning."""
_COND_FMT, _CF, _COND_FMT_12, _CF_12 = 0x1B0, 0x1B1, 0x879, 0x87A


class XlsRules:
    """Reads the records of an xls sheet; ``codes`` are the formats of the file."""

    def __init__(self, grid: Grid, codes: Mapping[int, str]) -> None:
        self._grid = grid
        self._codes = codes
        self._areas: list[tuple[int, int, int, int]] = []

    def take(self, kind: int, body: bytes) -> None:
        """Puts the areas of a rule into the grid if it changes what is seen."""
        if kind in (_COND_FMT, _COND_FMT_12):
            at = 12 if kind == _COND_FMT else 24
            end = at + 2 + 8 * struct.unpack_from("<H", body, at)[0]
            if end > len(body):
                raise IndexError("a list of areas ends early")
            self._areas = [
                (first_row + 1, first, last_row + 1, last)
                for first_row, last_row, first, last in struct.iter_unpack("<HHHH", body[at + 2 : end])
            ]
        elif (kind == _CF and self._changes(body, 6)) or (
            kind == _CF_12 and struct.unpack_from("<I", body, 18)[0] and self._changes(body, 22)
        ):
            self._grid.conditional += self._areas

    def _changes(self, body: bytes, at: int) -> bool:
        flags, more = struct.unpack_from("<IH", body, at)
        at += 6
        if flags & _HAS_NUMBER:
            if more & 1:
                shown = NumberFormat(0, text(body, at + 2))
                at += struct.unpack_from("<H", body, at)[0]
            else:
                shown = NumberFormat(body[at + 1], self._codes.get(body[at + 1]))
                at += 2
            if not shown.is_plain:
                return True
        if not flags & _HAS_FONT:
            return False
        style, unchanged = (struct.unpack_from("<I", body, at + each)[0] for each in (_STYLE, _UNCHANGED))
        return bool(style & ~unchanged & _STRIKEOUT)


def xlsb_changes(body: bytes, codes: Mapping[int, str]) -> bool:
    """Whether a ``BrtDXF`` strikes out a value, or may show another."""
    (count,) = struct.unpack_from("<H", body, 4)
    at, number, code = 6, 0, None
    for _ in range(count):
        kind, size = struct.unpack_from("<HH", body, at)
        if kind == 29 and body[at + 4]:  # strikethrough
            return True
        if kind == 38:  # the code of a format
            (length,) = struct.unpack_from("<H", body, at + 4)
            code = body[at + 6 : at + 6 + 2 * length].decode("utf-16-le", "replace")
        elif kind == 41:  # its number
            (number,) = struct.unpack_from("<H", body, at + 4)
        at += max(size, 4)
    return not NumberFormat(number, codes.get(number) if code is None else code).is_plain
