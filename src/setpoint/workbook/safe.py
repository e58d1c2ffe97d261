"""Writes texts into workbooks so that none of them can start a formula (XL-7).

A spreadsheet program treats a text that starts with ``=``, ``+``, ``-`` or ``@`` as a formula when it is typed, pasted
or loaded from csv. In xlsx, the cell's type says that it is a text, and a quote prefix keeps it a text when somebody
edits it. In csv, only an apostrophe helps. In countries that write ``1,5``, such a program splits our csv at
semicolons. So the text after a semicolon, a tab or a line end is a cell of its own there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from setpoint.contract.values import Value

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

MAX_CELL_TEXT = 32_767
_STARTERS = "=+\\-@|%\uff1d\uff0b\uff0d\uff20"
"""The last four are the wide forms of the first four. They count like these in the countries where they are written."""
_STARTS_A_FORMULA = re.compile(rf"[\s\x00-\x1f]*[{_STARTERS}]|[\t\r\n]")
_SEPARATOR = re.compile(r"([;\t\r\n])")
_BEFORE_A_FORMULA = re.compile(rf"[\s\x00-\x1f\"]*(?=[{_STARTERS}])")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""Spreadsheet programs read ``_x0041_`` as ``A`` (ECMA-376 part 1, 22.4.2.4)."""
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Writes one value and returns its cell. Rows and columns count from 1."""
    cell = cast("Cell", sheet.cell(row=row, column=column))
    for area in list(sheet.merged_cells.ranges):
        if cell.coordinate in area and (row, column) != (area.min_row, area.min_col):
            sheet.unmerge_cells(str(area))  # only its first cell can hold a value
            return put(sheet, row, column, value)
    if isinstance(value, str):
        text, starts_formula = cell_text(value)
        cell.value = text
        cell.data_type = "s"
        if starts_formula:
            cell.quotePrefix = True
    else:
        cell.value = value
    return cell


@lru_cache(maxsize=64)
def cell_text(text: str) -> tuple[str, bool]:
    """The text as a cell of an xlsx can hold it, and whether it could start a formula. Most texts repeat."""
    text = _LOOKS_ESCAPED.sub("_x005F_", _NOT_IN_XML.sub("\ufffd", text)[:MAX_CELL_TEXT])
    return text, bool(_STARTS_A_FORMULA.match(text))


def csv_text(value: Value) -> str:
    """A value for a csv cell; a text that could start a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str):
        first, *parts = _SEPARATOR.split(value)
        safe = "".join([first, *map(_unstarted, parts)])
        return f"'{safe}" if _STARTS_A_FORMULA.match(value) else safe
    return str(value)


def _unstarted(text: str) -> str:
    found = _BEFORE_A_FORMULA.match(text)
    return f"{found[0]}'{text[found.end() :]}" if found else text
