"""Writes the six columns with openpyxl: into the person's own workbook as it opens it, or into a new one."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from setpoint.contract.values import Value
from setpoint.core.ingest import Sheet
from setpoint.core.ingest.header import Header
from setpoint.workbook.inert import make_inert
from setpoint.workbook.rebuild import keep_errors, rebuilt
from setpoint.workbook.safe import put
from setpoint.workbook.splice import Added

_HEAD = Font(bold=True)


def resaved(original: bytes, source: Sheet, header: Header, added: Added, *, is_own: bool) -> bytes:
    """The workbook as openpyxl opens it; for others than the sender with values instead of formulas, and nothing live.

    Raises whatever openpyxl raises, and `LookupError` if the sheet is not the one of its name.
    """
    book = load_workbook(io.BytesIO(original), rich_text=True, data_only=not is_own, keep_links=is_own)
    found = [each for each in book.worksheets if each.title == source.name]
    if len(found) != 1:
        raise LookupError(source.name)
    if not is_own:
        make_inert(book)
    keep_errors(found[0], source, header)
    return _written(found[0], source, added)


def in_new_workbook(source: Sheet, header: Header, added: Added) -> bytes:
    """A new workbook with the cells of the sheet (`setpoint.workbook.rebuild`)."""
    return _written(rebuilt(source, header), source, added)


def table(title: str, rows: Sequence[Sequence[Value]]) -> bytes:
    """A new workbook with one sheet of these rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            put(sheet, number, column, value)
    return _saved(book)


def _written(sheet: Worksheet, source: Sheet, added: Added) -> bytes:
    for title, column, width in zip(added.titles, added.columns, added.widths, strict=True):
        if added.header_row:
            put(sheet, added.header_row, column, title).font = _HEAD
        sheet.column_dimensions[get_column_letter(column)].width = width
    is_over_others = added.columns[0] <= max(map(len, source.rows), default=0)
    for row, values in added.cells.items():
        for column, value in zip(added.columns, values, strict=True):
            if value is not None or is_over_others:
                put(sheet, row, column, value)
    for colour, formula in added.rules:
        fill = PatternFill("solid", bgColor=colour, fgColor=colour)
        rule = Rule("expression", dxf=DifferentialStyle(fill=fill), formula=[formula])
        sheet.conditional_formatting.add(added.area, rule)
    book = sheet.parent
    assert isinstance(book, Workbook)
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
