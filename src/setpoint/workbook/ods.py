"""Reads ods, cell by cell, from its ``content.xml`` (OpenDocument 1.3 part 3, chapter 9).

A reader that only gives values loses what XL-2 and XL-3 ask for: percentages, error values, hidden rows. Runs of equal
cells and rows are written once with a count; blank runs are counted and never built, so that a sheet that is coloured
to its last corner costs nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.workbook.limits import MAX_COLUMNS, MAX_ROWS, damaged, encrypted, too_many_rows

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


@dataclass(slots=True)
class _Table:
    name: str
    is_hidden: bool
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    is_wide: bool = False
    next_row: int = 1

    def sheet(self) -> Sheet:
        if not self.rows:
            return Sheet(self.name, [], 1, self.is_hidden, frozenset(self.hidden), self.is_wide)
        first, last = min(self.rows), max(self.rows)
        blank: list[Cell] = []
        rows = [self.rows.get(each, blank) for each in range(first, last + 1)]
        return Sheet(self.name, rows, first, self.is_hidden, frozenset(self.hidden), self.is_wide)


def read_ods(parts: Mapping[str, bytes]) -> list[Sheet]:
    """Every table with its cells. Raises `WorkbookError` for damage, encryption, and rows beyond the limit."""
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise encrypted()
    try:
        return [table.sheet() for table in _tables(parts["content.xml"])]
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise damaged("its XML is not what it should be") from error


def _tables(xml: bytes) -> Iterator[_Table]:
    hidden_styles: set[str] = set()
    table: _Table | None = None
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):
        match event, element.tag:
            case "start", tag if tag == f"{_TABLE}table":
                name = element.get(f"{_TABLE}name", "")
                table = _Table(name, element.get(f"{_TABLE}style-name") in hidden_styles)
            case "end", tag if tag == f"{_TABLE}table" and table is not None:
                yield table
                table = None
                element.clear()
            case "end", tag if tag == f"{_TABLE}table-row" and table is not None:
                _take_row(table, element)
                element.clear()
            case "end", tag if tag == f"{_STYLE}style":
                for properties in element:
                    if properties.get(f"{_TABLE}display") == "false":
                        hidden_styles.add(element.get(f"{_STYLE}name", ""))


def _take_row(table: _Table, element: ElementTree.Element) -> None:
    repeated = int(element.get(f"{_TABLE}number-rows-repeated", 1))
    cells: list[Cell] = []
    column = 0
    for each in element:
        count = int(each.get(f"{_TABLE}number-columns-repeated", 1))
        cell = _cell(each) if each.tag == f"{_TABLE}table-cell" else None
        if cell is not None:
            if column + count > MAX_COLUMNS:
                table.is_wide = True
            cells += [None] * (min(column, MAX_COLUMNS) - len(cells))
            cells += [cell] * (min(column + count, MAX_COLUMNS) - len(cells))
        column += count
    start, table.next_row = table.next_row, table.next_row + repeated
    if not cells:
        return
    if table.next_row - 1 > MAX_ROWS:
        raise too_many_rows(table.name)
    for row in range(start, table.next_row):
        table.rows[row] = cells
    if element.get(f"{_TABLE}visibility") in ("collapse", "filter"):
        table.hidden.update(range(start, table.next_row))


def _cell(element: ElementTree.Element) -> Cell:
    if element.get(f"{_CALC}value-type") == "error":
        return Special(Kind.ERROR, _shown_text(element))
    kind = element.get(f"{_OFFICE}value-type")
    match kind:
        case None | "void":
            return Special(Kind.FORMULA) if element.get(f"{_TABLE}formula") is not None else None
        case "float" | "currency":
            return float(element.get(f"{_OFFICE}value", ""))
        case "percentage":
            return Special(Kind.PERCENT, float(element.get(f"{_OFFICE}value", "")))
        case "date" | "time":
            return Special(Kind.DATE)
        case "boolean":
            return element.get(f"{_OFFICE}boolean-value") == "true"
        case "string":
            text = element.get(f"{_OFFICE}string-value")
            return (_shown_text(element) if text is None else text) or None
        case _:
            raise ValueError(f"a value type was expected, {kind!r} came")


def _shown_text(element: ElementTree.Element) -> str:
    """The paragraphs of a cell, annotations left out; runs of spaces are elements of their own."""
    return "\n".join(_run(each) for each in element if each.tag == f"{_TEXT}p")


def _run(element: ElementTree.Element) -> str:
    pieces = [element.text or ""]
    for each in element:
        if each.tag == f"{_TEXT}s":
            pieces.append(" " * min(int(each.get(f"{_TEXT}c", 1)), 1000))
        elif each.tag == f"{_TEXT}tab":
            pieces.append("\t")
        elif each.tag == f"{_TEXT}line-break":
            pieces.append("\n")
        elif not each.tag.startswith(_OFFICE):
            pieces.append(_run(each))
        pieces.append(each.tail or "")
    return "".join(pieces)
