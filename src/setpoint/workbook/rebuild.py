"""A sheet as a new xlsx, for a file that cannot be annotated in place: the same cells in the same places (XL-10).

An error in the file stays an error in the copy, so that sending the copy again changes nothing more. A cell
that shows something else than its value keeps that look. A cell whose value nobody knows becomes an error value, if
it is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell as Written
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.core.ingest.cells import number_text
from setpoint.core.ingest.header import Header
from setpoint.core.ingest.layout import most_fields, width
from setpoint.core.plant import FieldType
from setpoint.workbook.compare import read_columns
from setpoint.workbook.safe import put

_NOT_IN_TITLE = re.compile(r"[\x00-\x1f]")
_NO_VALUE = "#VALUE!"
_PADDED = re.compile(r"-?0[0-9]+")
_WORDS = {Kind.DATE: "(date)", Kind.FORMULA: "(formula)", Kind.COVERED: "(under a merged cell)"}


def rebuilt(source: Sheet, header: Header) -> Worksheet:
    """A sheet of a new workbook. ``header`` says which columns are read."""
    fresh = Workbook().worksheets[0]
    title = "".join("_" if letter in r"[]:*?/\\" else letter for letter in source.name)
    fresh.title = _NOT_IN_TITLE.sub("", title).strip("'")[:31] or "Targets"
    read = read_columns(header)
    texts = {column for column, field in header.columns if field.type is FieldType.TEXT}
    most = most_fields(source, header) if source.is_delimited else None
    for number, cells in enumerate(source.rows, source.first_row):
        if most is not None and number > header.row and width(cells) > most:
            # It is not known which of its fields belong together.
            put(fresh, number, header.id_column + 1, "; ".join(map(_word, cells)))
            continue
        row = _as_totals(cells, header) if number in source.total_rows else cells
        for column, cell in enumerate(row):
            if source.is_delimited and isinstance(cell, Special) and cell.kind is Kind.SHOWN:
                # A column of texts gets the written form, any other column the number.
                put(fresh, number, column + 1, cell.shown if column in texts else cell.value)
            elif cell is not None:
                _put(fresh, number, column, cell, is_read=column in read)
    _merge(fresh, source)
    return fresh


def keep_errors(sheet: Worksheet, source: Sheet, header: Header) -> None:
    """Values that openpyxl drops from a sheet become error values: a value under a merged cell, and a formula that was
    saved without its value, if formulas are not kept."""
    read = read_columns(header)
    for number, cells in enumerate(source.rows, source.first_row):
        if number in source.total_rows and not sheet.tables:
            put(sheet, number, header.id_column + 1, _as_totals(cells, header)[header.id_column])
        for column, cell in enumerate(cells):
            if not isinstance(cell, Special) or column not in read:
                continue
            if cell.kind is Kind.COVERED or (cell.kind is Kind.FORMULA and _is_blank(sheet, number, column)):
                _put_error(put(sheet, number, column + 1, None), _NO_VALUE)


def _as_totals(cells: Sequence[Cell], header: Header) -> list[Any]:
    """Marks a row of totals, so that nobody takes it for a machine, even if the copy has no table."""
    row: list[Any] = [*cells, *[None] * (header.id_column + 1 - len(cells))]
    row[header.id_column] = f"Σ {_word(row[header.id_column])}".strip()
    return row


def _is_blank(sheet: Worksheet, row: int, column: int) -> bool:
    return sheet.cell(row, column + 1).value is None


def _put(sheet: Worksheet, row: int, column: int, cell: Cell, *, is_read: bool) -> None:
    if not isinstance(cell, Special):
        put(sheet, row, column + 1, cell)
        return
    value, shown = cell.value, cell.shown
    match cell.kind:
        case Kind.PERCENT:
            put(sheet, row, column + 1, value).number_format = "0.##########%"
        case Kind.STRUCK:
            put(sheet, row, column + 1, value).font = Font(strike=True)
        case Kind.ZERO:
            put(sheet, row, column + 1, 0)
            sheet.sheet_view.showZeros = False
        case Kind.SHOWN if shown and isinstance(value, int | float) and (look := _look(value, shown)):
            put(sheet, row, column + 1, value).number_format = look
        case Kind.ERROR:
            _put_error(put(sheet, row, column + 1, None), str(value))
        case _ if is_read:
            _put_error(put(sheet, row, column + 1, None), _NO_VALUE)
        case _:
            put(sheet, row, column + 1, _word(cell))


def _put_error(cell: Written, name: str) -> None:
    cell.value = name if name in ERROR_CODES else _NO_VALUE
    cell.data_type = "e"


def _look(number: float, shown: str) -> str:
    """The number format that shows a number in this way; empty if there is none."""
    text = number_text(number)
    if _PADDED.fullmatch(shown):
        return "0" * len(shown.lstrip("-"))
    before, found, after = shown.partition(text)
    return f"{_literal(before)}General{_literal(after)}" if found and (before or after) else ""


def _literal(text: str) -> str:
    return '"{}"'.format(text.replace('"', "'")) if text else ""


def _word(cell: Cell) -> str:
    """A cell as text."""
    if isinstance(cell, Special):
        return _WORDS.get(cell.kind) or cell.shown or str(cell.value or "")
    return number_text(cell) if isinstance(cell, int | float) else cell or ""


def _merge(sheet: Worksheet, source: Sheet) -> None:
    """Merges the areas of several rows, as far as there are cells. People see the value in the blank cells of such an
    area."""
    last_row, last_column = source.first_row + len(source.rows) - 1, max(map(len, source.rows), default=0)
    for first_row, first, end_row, end in source.merges:
        bottom, right = min(end_row, last_row), min(end + 1, last_column)
        if first_row < bottom and first < right:
            start, stop = get_column_letter(first + 1), get_column_letter(right)
            sheet.merge_cells(f"{start}{first_row}:{stop}{bottom}")
