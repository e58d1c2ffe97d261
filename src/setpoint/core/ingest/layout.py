"""The layout of a sheet's rows: cells under a merged one, headers among them, and how many fields a record may have
(XL-2).

Twin of ``frontend/src/ingest/layout.ts``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum

from setpoint.contract.topics import fold
from setpoint.core.ingest.cells import Cell, Kind, Sheet, Special
from setpoint.core.ingest.header import MAX_COLUMNS, Columns, Form, Header, plain
from setpoint.core.ingest.units import factor_of

_NO_ROW = 1 << 30
"""Below every row."""


class Merged:
    """The areas of several rows under the header whose first cell holds a value. People see the value in all of their
    rows, but it is stored only in the first; nobody can say whether it counts for the others."""

    def __init__(self, sheet: Sheet, header: Header) -> None:
        self._areas = {column: _areas(sheet, header, column) for column, _ in header.columns if sheet.merges}
        every = [area for areas in self._areas.values() for area in areas]
        self._first = min((first for first, _ in every), default=0)
        self._last = max((last for _, last in every), default=-1)

    def are_in(self, first: int, last: int) -> bool:
        """Whether there can be such a cell in the rows from ``first`` to ``last``."""
        return first <= self._last and self._first <= last

    def cell(self, row: int, column: int) -> Special | None:
        """The meaning of a blank cell: `Kind.MERGED` with the row of the value, or None."""
        areas = self._areas.get(column, ())
        first, last = areas[bisect_right(areas, (row, 0)) - 1] if areas else (row, row)
        return Special(Kind.MERGED, first) if first < row <= last else None


class Conditional:
    """The cells under the header that a conditional format may strike out, or show as something else: the rule may
    look at any cell, so nobody can say what people see."""

    def __init__(self, sheet: Sheet, header: Header) -> None:
        columns = (header.id_column, *(column for column, _ in header.columns)) if sheet.conditional else ()
        self._rows = {column: _rows_of(sheet, column) for column in columns}

    def are_in(self, first: int, last: int) -> bool:
        """Whether there is such a cell in the rows from ``first`` to ``last``."""
        return any(_meets(rows, first, last) for rows in self._rows.values())

    def cell(self, row: int, column: int, cell: Cell) -> Cell:
        """The cell; `Kind.CONDITIONAL` if it holds a value that may look otherwise."""
        if cell is None or not _meets(self._rows.get(column, ()), row, row):
            return cell
        if not isinstance(cell, Special):
            return Special(Kind.CONDITIONAL, str(cell).upper() if isinstance(cell, bool) else cell)
        return Special(Kind.CONDITIONAL, cell.value) if cell.kind is Kind.SHOWN else cell


def conditioned(sheet: Sheet, header: Header) -> Sheet:
    """The sheet, with the cells that a conditional format may change marked in the columns that are read."""
    if not sheet.conditional:
        return sheet
    rules = Conditional(sheet, header)
    columns = {header.id_column, *(column for column, _ in header.columns)}
    rows = [
        [rules.cell(number, column, cell) if column in columns else cell for column, cell in enumerate(row)]
        if number > header.row
        else row
        for number, row in enumerate(sheet.rows, sheet.first_row)
    ]
    return replace(sheet, rows=rows)


def _rows_of(sheet: Sheet, column: int) -> Sequence[tuple[int, int]]:
    """The first and last rows of the areas in a column, those that meet joined."""
    joined: list[tuple[int, int]] = []
    for first, left, last, right in sorted(sheet.conditional):
        if not left <= column <= right:
            continue
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _meets(rows: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    place = bisect_right(rows, (last, _NO_ROW)) - 1
    return place >= 0 and rows[place][1] >= first


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


class HeaderBelow(Enum):
    SAME = "same"
    OTHER = "other"


class HeadersBelow:
    """Recognises headers among the rows under the header: the same one again, or that of another table."""

    def __init__(self, plant: Form, header: Header) -> None:
        self._columns = Columns(plant)
        self._named: Mapping[int, tuple[str, float]] = {header.id_column: ("", 1)} | {
            column: (field.name, header.factors.get(field.name, 1)) for column, field in header.columns
        }
        # The characters that `plain` leaves out are not letters or digits, so two of them tell most cells apart at
        # far less cost.
        starts = "|".join(r"[\W_]*".join(map(re.escape, name[:2])) for name in sorted(self._columns.ids))
        self._may_be_id = re.compile(rf"[\W_]*(?:{starts})", re.IGNORECASE).match

    def read(self, row: Sequence[Cell]) -> HeaderBelow | None:
        """None for a row in which no cell names the column of machines."""
        if not any(isinstance(cell, str) and self._is_id(cell) for cell in row[:MAX_COLUMNS]):
            return None
        found = {place: name for place, cell in enumerate(row[:MAX_COLUMNS]) if (name := self._name(cell))}
        return HeaderBelow.SAME if found == self._named else HeaderBelow.OTHER

    def _is_id(self, cell: str) -> bool:
        if cell.isascii() and not self._may_be_id(cell):
            return False
        return plain(cell)[0] in self._columns.ids

    def _name(self, cell: Cell) -> tuple[str, float | None] | None:
        """The name of a column, and the factor of the unit that it gives."""
        found = self._columns.named(cell) if isinstance(cell, str) else None
        if found is None:
            return None
        field, unit = found
        return ("", 1) if field is None else (field.name, factor_of(field, unit) if unit else 1)


def most_fields(sheet: Sheet, header: Header) -> int:
    """The most fields of a record in a csv file: as many as its header has names, or as the columns that are read. A
    row above the header counts only if the header spans both rows."""
    end = max(0, header.row + 1 - sheet.first_row)
    places = (header.id_column, *(column for column, _ in header.columns))
    rows = sheet.rows[max(0, end - 2) : end]
    if rows and all(each < len(rows[-1]) and not is_blank(rows[-1][each]) for each in places):
        rows = rows[-1:]
    return max(max(places) + 1, *map(width, rows), 0)


def width(cells: Sequence[Cell]) -> int:
    """How many cells there are, without blank ones at the end."""
    return next((place for place in range(len(cells), 0, -1) if not is_blank(cells[place - 1])), 0)


def is_blank(cell: Cell) -> bool:
    """Whether a cell is empty or has only spaces."""
    return cell is None or (isinstance(cell, str) and not fold(cell))
