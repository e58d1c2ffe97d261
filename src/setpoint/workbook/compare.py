"""Compares a copy with its file: both must have the same targets (XL-10)."""

from __future__ import annotations

from collections.abc import Sequence

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.core.ingest.header import Header
from setpoint.core.ingest.layout import conditioned
from setpoint.workbook.read import read_sheets


def read_columns(header: Header) -> set[int]:
    """The columns whose cells are read, counted from 0."""
    return {header.id_column, *(column for column, _ in header.columns)}


def says_the_same(copy: bytes, source: Sheet, header: Header, *, is_own: bool) -> bool:
    """Whether a copy has the same cells as the sheet in the columns that are read. Formulas of a person's own copy are
    saved without their values."""
    found = next((sheet for sheet in read_sheets(copy) if sheet.name == source.name), None)
    if found is None:
        return False
    found = conditioned(found, header)
    read = sorted(read_columns(header))
    for number, cells in enumerate(source.rows, source.first_row):
        if number in source.total_rows:
            continue
        place = number - found.first_row
        others = found.rows[place] if 0 <= place < len(found.rows) else ()
        for column in read:
            cell, other = _at(cells, column), _at(others, column)
            if cell == other:
                continue
            is_formula = is_own and isinstance(other, Special) and other.kind is Kind.FORMULA
            if not is_formula and not _are_errors(cell, other):
                return False
    return True


def _at(cells: Sequence[Cell], column: int) -> Cell:
    cell = cells[column] if column < len(cells) else None
    return None if cell == "" else cell


def _are_errors(cell: Cell, other: Cell) -> bool:
    """Whether both are cells that are never read."""
    return isinstance(other, Special) and other.kind is Kind.ERROR and isinstance(cell, Special)
