"""What the layout of a sheet says of its rows: cells under a merged one, and how many fields a record may have (XL-2).

Twin of ``frontend/src/ingest/layout.ts``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from setpoint.core.ingest.cells import Cell, Kind, Sheet, Special
from setpoint.core.ingest.header import Header


class Merged:
    """The areas of several rows under the header whose first cell holds a value. People see it in all of their rows,
    and it stands only in the first: in the others nobody can say whether it is meant."""

    def __init__(self, sheet: Sheet, header: Header) -> None:
        self._areas = {column: _areas(sheet, header, column) for column, _ in header.columns if sheet.merges}
        every = [area for areas in self._areas.values() for area in areas]
        self._first = min((first for first, _ in every), default=0)
        self._last = max((last for _, last in every), default=-1)

    def are_in(self, first: int, last: int) -> bool:
        """Whether there can be such a cell in the rows from one to another."""
        return first <= self._last and self._first <= last

    def cell(self, row: int, column: int) -> Special | None:
        """What a blank cell counts as: `Kind.MERGED` with the row of the value, or None."""
        areas = self._areas.get(column, ())
        first, last = areas[bisect_right(areas, (row, 0)) - 1] if areas else (row, row)
        return Special(Kind.MERGED, first) if first < row <= last else None


def _areas(sheet: Sheet, header: Header, column: int) -> Sequence[tuple[int, int]]:
    return sorted(
        (first_row, last_row)
        for first_row, first, last_row, last in sheet.merges
        if first <= column <= last and header.row < first_row and _at(sheet, first_row, first) is not None
    )


def _at(sheet: Sheet, row: int, column: int) -> Cell:
    place = row - sheet.first_row
    cells = sheet.rows[place] if 0 <= place < len(sheet.rows) else ()
    return cells[column] if column < len(cells) else None


def most_fields(sheet: Sheet, header: Header) -> int:
    """How many fields a record of a csv file has at most: as many as its header, or as the columns that are read."""
    end = max(0, header.row + 1 - sheet.first_row)
    named = max(header.id_column, *(column for column, _ in header.columns)) + 1
    return max(named, *map(len, sheet.rows[max(0, end - 2) : end]), 0)
