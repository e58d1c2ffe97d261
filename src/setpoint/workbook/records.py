"""Shared by the record formats xls and xlsb: little-endian numbers, errors, and cells in a grid."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

from setpoint.core.ingest import Cell, Kind, Special
from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook.grid import Grid, unreadable
from setpoint.workbook.looks import Look

FILL = 4
"""The alignment that repeats what a cell shows, in the lower three bits of a style's alignment."""
ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}


class Cells:
    """Puts the cells of one sheet into its grid, each once, numbers by the format of their style."""

    def __init__(
        self,
        grid: Grid,
        formats: Sequence[NumberFormat],
        texts: Sequence[str],
        *,
        looks: Sequence[Look] = (),
        is_calculated: bool = True,
    ) -> None:
        self.grid = grid
        self.looks = looks
        self._is_calculated = is_calculated
        self._formats = formats
        self._texts = texts
        self._stood: set[int] = set()

    def put(self, row: int, column: int, style: int, cell: Cell) -> None:
        """Rows count from 1, columns from 0."""
        place = row << 16 | column
        if place in self._stood:
            raise unreadable(self.grid.name, row, column, "is in it twice")
        self._stood.add(place)
        if style >= len(self._formats):
            raise unreadable(self.grid.name, row, column, f"has the style {style}, which does not exist")
        if isinstance(cell, str) and style < len(self._formats):
            cell = self._formats[style].text(cell)
        if cell not in (None, ""):
            self.grid.put(row, column, cell)

    def number(self, row: int, column: int, style: int, number: float) -> None:
        if not isfinite(number):
            raise unreadable(self.grid.name, row, column, "holds no finite number")
        known = style < len(self._formats) and self._formats[style].kind is not None
        self.put(row, column, style, self._formats[style].cell(number) if known else number)

    def formula(self, row: int, column: int, style: int, number: float) -> None:
        """The saved value of a formula. Libraries that do not calculate save 0, and say so."""
        if number == 0 and not self._is_calculated:
            self.put(row, column, style, Special(Kind.FORMULA))
        else:
            self.number(row, column, style, number)

    def empty_formula(self, row: int, column: int, style: int) -> None:
        """A formula whose saved value is an empty text."""
        self.put(row, column, style, None if self._is_calculated else Special(Kind.FORMULA))

    def shared(self, row: int, column: int, style: int, index: int) -> None:
        if index >= len(self._texts):
            raise unreadable(
                self.grid.name, row, column, f"asks for the shared text “{index}”, which does not exist"
            )
        self.put(row, column, style, self._texts[index])

    def boolean(self, row: int, column: int, style: int, value: int) -> None:
        if value > 1:
            raise unreadable(self.grid.name, row, column, f"holds “{value}”, which is neither true nor false")
        self.put(row, column, style, value == 1)

    def error(self, row: int, column: int, style: int, code: int) -> None:
        self.put(row, column, style, Special(Kind.ERROR, ERRORS.get(code, "#VALUE!")))


def rk_number(packed: int) -> float:
    """A number in 32 bits: the upper 30 bits of a double, or an integer. Either may be divided by a hundred (MS-XLS
    2.5.122)."""
    if packed & 2:
        number = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        number = float(struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return number / 100 if packed & 1 else number


def formats_of(
    styles: Iterable[tuple[int, int, bool]], codes: Mapping[int, str], looks: Sequence[Look]
) -> list[NumberFormat]:
    """The formats of cell styles, by the numbers of their formats and fonts, and whether they repeat what they show."""
    known: dict[tuple[int, bool, bool], NumberFormat] = {}
    found = []
    for number, font, is_repeated in styles:
        key = (number, font < len(looks) and looks[font].is_struck, is_repeated)
        if key not in known:
            known[key] = NumberFormat(number, codes.get(number), is_struck=key[1], is_repeated=is_repeated)
        found.append(known[key])
    return found
