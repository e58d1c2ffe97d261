"""Removes everything from a workbook that acts when somebody else opens it (XL-10).

openpyxl has read it with values instead of formulas, and without links to other files; it never keeps macros, data
connections or embedded objects. These parts can still calculate, or reach out of the file: names, rules, links, tables,
charts and pivot tables. Cells, formats, comments and pictures stay.
"""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.worksheet.datavalidation import DataValidationList
from openpyxl.worksheet.worksheet import Worksheet


def make_inert(book: Workbook) -> None:
    """Changes the workbook in place."""
    book.defined_names.clear()
    book.custom_doc_props = CustomPropertyList()  # type: ignore[attr-defined]  # the stubs do not know it
    for chartsheet in [*book.chartsheets]:
        book.remove(chartsheet)
    for sheet in book.worksheets:
        _make_sheet_inert(sheet)


def _make_sheet_inert(sheet: Worksheet) -> None:
    sheet.defined_names.clear()
    sheet.tables.clear()
    sheet.conditional_formatting = ConditionalFormattingList()
    sheet.data_validations = DataValidationList()
    vars(sheet).update(_charts=[], _pivots=[])  # openpyxl offers no other way
    for cell in sheet._cells.values():
        if isinstance(cell, Cell):  # the others lie under a merged area, and hold nothing
            cell.hyperlink = None
