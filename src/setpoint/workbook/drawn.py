"""Finds the columns of an xlsx that charts and pictures cover, because nobody could see anything written there.

A drawing is anchored to cells or to a place in the sheet (ECMA-376 part 1, 20.5.2). If it has only a size, columns and
rows are taken to have their usual size.
"""

from __future__ import annotations

from xml.etree import ElementTree

from setpoint.errors import WorkbookError
from setpoint.workbook.package import Package
from setpoint.workbook.parts import main_part, relations
from setpoint.workbook.xlsx import part_of_sheet

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_COLUMN_WIDTH, _ROW_HEIGHT = 609_600, 190_500
"""64 and 20 pixels, in English metric units."""
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column; they count from 1."""


def drawings(data: bytes, sheet: str) -> list[Area]:
    """The areas under the charts and pictures of a sheet; none for another format, or if they cannot be read."""
    try:
        package = Package(data)
        part = part_of_sheet(package, main_part(package), sheet)
        targets = (
            [each.target for each in relations(package, part).values() if each.kind == "drawing"]
            if part
            else []
        )
        roots = [ElementTree.fromstring(package.xml(each)) for each in targets if each in package]
        return [area for root in roots for each in root if (area := _area(each)) is not None]
    except (WorkbookError, ElementTree.ParseError, ValueError):
        return []


def free_columns(start: int, count: int, areas: list[Area], rows: range) -> int:
    """The first of ``count`` columns, from ``start`` on, that no drawing covers in these rows."""
    for first_row, first, last_row, last in sorted(areas, key=lambda area: area[1]):
        if first < start + count and last >= start and first_row < rows.stop and last_row >= rows.start:
            start = last + 1
    return start


def _area(anchor: ElementTree.Element) -> Area | None:
    match anchor.tag.removeprefix(_DRAWING):
        case "twoCellAnchor":
            return (*_place(anchor, "from"), *_place(anchor, "to"))
        case "oneCellAnchor":
            row, column = _place(anchor, "from")
        case "absoluteAnchor":
            row, column = (
                1 + _length(anchor, "pos", "y") // _ROW_HEIGHT,
                1 + _length(anchor, "pos", "x") // _COLUMN_WIDTH,
            )
        case _:
            return None
    rows, columns = _length(anchor, "ext", "cy") // _ROW_HEIGHT, _length(anchor, "ext", "cx") // _COLUMN_WIDTH
    return row, column, row + rows, column + columns


def _place(anchor: ElementTree.Element, name: str) -> tuple[int, int]:
    """The row and the column of a corner, from 1."""
    found = anchor.find(f"{_DRAWING}{name}")
    texts = (
        ("", "") if found is None else (found.findtext(f"{_DRAWING}{each}", "") for each in ("row", "col"))
    )
    row, column = map(int, texts)
    return row + 1, column + 1


def _length(anchor: ElementTree.Element, name: str, axis: str) -> int:
    found = anchor.find(f"{_DRAWING}{name}")
    return int(found.get(axis, "")) if found is not None else 0
