"""A sheet while its reader fills it, cell by cell, for all formats; and the effect of merged areas on their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.core.ingest.header import letters
from setpoint.errors import WorkbookError
from setpoint.workbook.limits import MAX_COLUMNS, MAX_ROWS, damaged, too_many_rows

_AREA = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,6})?:\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,6})?")
_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
LEAST_HEIGHT, LEAST_WIDTH = 4, 0.5
"""The least height in points, and the least width in characters. Nobody can read a smaller row or column, so it counts
as hidden."""


@dataclass(slots=True)
class Grid:
    """Rows count from 1, columns from 0. ``merges`` are areas: first row and column, last row and column. ``spans`` are
    the merged areas of a file format that itself says which cells are covered. ``conditional`` are areas in which a
    conditional format may change what is seen, ``uncalculated`` those of formulas for several cells that were saved
    without their values. ``hides_zeros``: its view shows a 0 as an empty cell."""

    name: str
    is_hidden: bool = False
    is_active: bool = False
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    conditional: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncalculated: list[tuple[int, int, int, int]] = field(default_factory=list)
    is_wide: bool = False
    hides_zeros: bool = False
    has_flat_rows: bool = False
    """Whether a row without a height of its own is too low to read."""
    total_rows: set[int] = field(default_factory=set)
    _are_hidden_at_first: bool = False

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Puts a cell that is not blank in its place."""
        if column >= MAX_COLUMNS:
            self.is_wide = True
            return
        cells = self.rows.setdefault(row, [])
        if column >= len(cells):
            cells += [None] * (column - len(cells))
            cells.append(cell)
        else:
            cells[column] = cell

    def add_totals(self, first: int, last: int, count: int) -> None:
        """The last ``count`` rows of a table are its totals; ``first`` and ``last`` are rows of the table."""
        self.total_rows.update(range(max(first, last - min(count, last) + 1), last + 1))

    def hide_columns(self, first: int, last: int) -> None:
        self.hidden_columns.update(range(first, min(last + 1, MAX_COLUMNS)))

    def hide_columns_without_width(self) -> None:
        """Hides every column that `show_columns` does not name later."""
        self.hide_columns(0, MAX_COLUMNS - 1)
        self._are_hidden_at_first = True

    def show_columns(self, first: int, last: int) -> None:
        """Notes that columns have a width of their own that can be read."""
        if self._are_hidden_at_first:
            self.hidden_columns.difference_update(range(first, min(last + 1, MAX_COLUMNS)))

    def sheet(self) -> Sheet:
        """The sheet that was filled in. Raises `WorkbookError` for values below the last row that is read."""
        if any(each[0] > each[2] or each[1] > each[3] for each in self.merges):
            raise damaged(f"sheet “{self.name}” has a merged area that ends before it begins", self.name)
        self._mark_uncalculated()
        self._cover()
        if self.hides_zeros:
            self._hide_zeros()
        first, last = min(self.rows, default=1), max(self.rows, default=0)
        if last > MAX_ROWS:
            raise too_many_rows(self.name)
        blank: list[Cell] = []
        return Sheet(
            self.name,
            [self.rows.get(each, blank) for each in range(first, last + 1)],
            first,
            self.is_hidden,
            frozenset(self.hidden_rows),
            self.is_wide,
            frozenset(self.hidden_columns),
            self.is_active,
            merges=tuple(each for each in (*self.merges, *self.spans) if each[0] < each[2]),
            total_rows=frozenset(self.total_rows),
            conditional=tuple(map(_in_order, self.conditional)),
        )

    def _mark_uncalculated(self) -> None:
        """Marks cells without a value of their own that a formula in another cell would fill: blank, or 0 to hold the
        place."""
        for first_row, first, last_row, last in self.uncalculated:
            width = min(last + 1, MAX_COLUMNS)
            for row in self._rows_between(first_row, last_row):
                cells = self.rows[row]
                cells += [None] * (width - len(cells))
                for column in range(first, width):
                    if cells[column] is None or _is_zero(cells[column]):
                        cells[column] = Special(Kind.FORMULA)

    def _rows_between(self, first: int, last: int) -> list[int]:
        """The numbers of the rows with values from one row to another."""
        if last - first > len(self.rows):
            return [each for each in self.rows if first <= each <= last]
        return [each for each in range(first, last + 1) if each in self.rows]

    def _cover(self) -> None:
        """Marks cells of a merged area, except its first one, as covered: they are not shown."""
        for first_row, first, last_row, last in self.merges:
            for row in self._rows_between(first_row, last_row):
                cells = self.rows[row]
                for column in range(first, min(last + 1, len(cells))):
                    if cells[column] is not None and (row, column) != (first_row, first):
                        cells[column] = Special(Kind.COVERED)

    def _hide_zeros(self) -> None:
        """Marks zeros, whatever their format, as invisible; a value that is only rounded to 0 is shown."""
        for cells in self.rows.values():
            for column, cell in enumerate(cells):
                if _is_zero(cell):
                    cells[column] = Special(Kind.ZERO)


def _is_zero(cell: Cell) -> bool:
    value = cell.value if isinstance(cell, Special) else cell
    return value == 0 and not isinstance(value, bool)


def _in_order(place: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """An area, its first corner first."""
    first_row, first, last_row, last = place
    return min(first_row, last_row), min(first, last), max(first_row, last_row), max(first, last)


def area(reference: str) -> tuple[int, int, int, int]:
    """``A1:B2``, ``A:B`` or ``1:2`` as an area. Raises `WorkbookError` for anything else."""
    found = _AREA.fullmatch(reference if ":" in reference else f"{reference}:{reference}")
    is_whole = found and bool(found[1]) == bool(found[3]) and bool(found[2]) == bool(found[4])
    if not found or not is_whole or not (found[1] or found[2]):
        raise damaged(f"“{reference[:40]}” is no area of cells")
    return (
        int(found[2] or 1),
        column_of(found[1]) if found[1] else 0,
        int(found[4] or _LAST_ROW),
        column_of(found[3]) if found[3] else _LAST_COLUMN - 1,
    )


def column_of(name: str) -> int:
    """``A`` → 0, ``xfd`` → 16,383; a name of up to three letters."""
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - 64
    return column - 1


def unreadable(sheet: str, row: int, column: int, why: str) -> WorkbookError:
    """The refusal of a file over one of its cells."""
    cell = f"{letters(column)}{row}"
    return damaged(f"cell {cell} of sheet “{sheet}” {why}", sheet, cell)
