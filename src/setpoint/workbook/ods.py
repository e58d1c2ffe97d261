"""Reads ods strictly, cell by cell, from its ``content.xml`` (OpenDocument 1.3 part 3, chapter 9).

The grammar is in ``docs/reference/workbooks.md``. Runs of equal cells and rows are written once with a count; blank
runs are counted and never built, so that a sheet that is coloured to its last corner costs nothing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.workbook.grid import Grid, unreadable
from setpoint.workbook.limits import MAX_COLUMNS, MAX_ROWS, check_names, damaged, encrypted, too_many_rows
from setpoint.workbook.ods_areas import areas
from setpoint.workbook.ods_styles import Styles
from setpoint.workbook.package import Package
from setpoint.workbook.shown import as_shown
from setpoint.workbook.walk import NUMBER

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CONFIG = "{urn:oasis:names:tc:opendocument:xmlns:config:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_PARAGRAPHS = (f"{_TEXT}p", f"{_TEXT}h")
_BLOCKS = frozenset(f"{_TEXT}{each}" for each in ("list", "numbered-paragraph", "section"))
"""Elements that show a text with labels, or another text."""
_CONDITIONS = {f"{_CALC}condition": f"{_CALC}apply-style-name", f"{_CALC}date-is": f"{_CALC}style"}
_INSTEAD = (f"{_CALC}icon-set", f"{_CALC}data-bar")
"""Elements that may be shown in place of the value."""
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ROW = f"{_TABLE}table-row"
_ROWS = frozenset(
    f"{_TABLE}{each}" for each in ("table", "table-row-group", "table-header-rows", "table-rows")
)
_COLUMNS = frozenset(
    f"{_TABLE}{each}" for each in ("table", "table-column-group", "table-header-columns", "table-columns")
)
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_SPACE_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")
_SHEET_DEPTH = 4
_MAX_SPACES = 1000
_WHITE = " \t\r\n"
_SPACES = re.compile("[ \t\r\n\u00a0]")
_ERROR_NAME = re.compile("Err:[0-9]{3}|#[A-ZÄÖÜ][^ \t\r\n]{1,9}")


def read_ods(package: Package) -> list[Sheet]:
    """Every table with its cells. Raises `WorkbookError` for a file that is encrypted or outside the grammar."""
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in package.read(manifest):
        raise encrypted()
    try:
        settings = _Settings(package)
        grids = [*_Content(package.xml("content.xml"), Styles(package)).grids()]
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise damaged("its XML is not what it should be") from error
    check_names(grid.name for grid in grids)
    for place, grid in enumerate(grids):
        grid.is_active = grid.name == settings.active if settings.active else place == 0
        grid.hides_zeros = settings.hides_zeros or grid.name in settings.without_zeros
    return [grid.sheet() for grid in grids]


class _Settings:
    """The settings of the file's views: the name of the sheet that the program showed, empty if it is not given; and
    whether a 0 is shown as an empty cell, in all sheets or in some."""

    def __init__(self, package: Package) -> None:
        self.active = ""
        self.hides_zeros = False
        self.without_zeros: set[str] = set()
        if "settings.xml" in package:
            self._read(ElementTree.fromstring(package.xml("settings.xml")))

    def _read(self, root: ElementTree.Element) -> None:
        names = (each.text or "" for each in _items(root.iter(), "ActiveTable"))
        self.active = next(names, "")
        for parent in root.iter():
            if any((each.text or "").strip(_WHITE) == "false" for each in _items(parent, "ShowZeroValues")):
                is_entry = parent.tag == f"{_CONFIG}config-item-map-entry"
                if is_entry and (name := parent.get(f"{_CONFIG}name")):
                    self.without_zeros.add(name)
                else:
                    self.hides_zeros = True


def _items(elements: Iterable[ElementTree.Element], name: str) -> Iterator[ElementTree.Element]:
    return (
        each
        for each in elements
        if each.tag == f"{_CONFIG}config-item" and each.get(f"{_CONFIG}name") == name
    )


class _Content:
    """The elements of the document as they open and close; ``_path`` are the names of those that are open."""

    def __init__(self, xml: bytes, styles: Styles) -> None:
        self._xml = xml
        self._styles = styles
        self._path: list[str] = []
        self._hidden_styles: set[str] = set()
        self._grid: Grid | None = None
        self._row = self._column = 0
        self._hidden_groups = self._hidden_column_groups = 0
        self._column_styles: dict[int, str] = {}
        """The styles of cells that have none of their own, by their columns."""

    def grids(self) -> Iterator[Grid]:
        path = self._path
        for event, element in ElementTree.iterparse(io.BytesIO(self._xml), ("start", "end")):
            tag = element.tag
            if event == "start":
                path.append(tag)
                if tag.startswith(_TABLE):
                    self._start(tag, element)
                continue
            path.pop()
            if tag == _ROW and self._grid is not None and self._is_in(_ROWS):
                self._take_row(self._grid, element)
                element.clear()
            elif tag == f"{_TABLE}table-row-group" and _is_undisplayed(element):
                self._hidden_groups -= 1
            elif tag == f"{_TABLE}table-column-group" and _is_undisplayed(element):
                self._hidden_column_groups -= 1
            elif tag == f"{_TABLE}table" and self._grid is not None and path[-1] == f"{_OFFICE}spreadsheet":
                yield self._grid
                self._grid = None
                element.clear()
            elif tag == f"{_CALC}conditional-format" and self._grid is not None:
                self._take_condition(self._grid, element)
            elif path[-1:] == [f"{_OFFICE}automatic-styles"] and tag != f"{_STYLE}style":
                self._styles.add_format(element)
            elif tag == f"{_STYLE}style":
                self._styles.add(element)
                if any(map(_is_undisplayed, element)):
                    self._hidden_styles.add(element.get(f"{_STYLE}name", ""))

    def _is_in(self, parents: frozenset[str]) -> bool:
        """Whether the element belongs to the sheet, and not to something inside a cell or a shape."""
        place = len(self._path) - 1
        while self._path[place] in parents and self._path[place] != f"{_TABLE}table":
            place -= 1
        return self._path[place] == f"{_TABLE}table" and self._path[place - 1] == f"{_OFFICE}spreadsheet"

    def _start(self, tag: str, element: ElementTree.Element) -> None:
        if self._is_out_of_place(tag):
            raise damaged("its XML is not what it should be")
        if tag == f"{_TABLE}table":
            if self._path[-2:-1] == [f"{_OFFICE}spreadsheet"] and len(self._path) == _SHEET_DEPTH:
                is_hidden = element.get(f"{_TABLE}style-name") in self._hidden_styles
                self._grid = Grid(element.get(f"{_TABLE}name", ""), is_hidden)
                self._row, self._column = 1, 0
                self._hidden_groups = self._hidden_column_groups = 0
                self._column_styles.clear()
            elif self._grid is not None and self._path[-2] in _CELLS:
                raise damaged(f"sheet “{self._grid.name}” has a table in a cell", self._grid.name)
        elif tag == f"{_TABLE}table-row-group" and _is_undisplayed(element):
            self._hidden_groups += 1
        elif tag == f"{_TABLE}table-column-group" and _is_undisplayed(element):
            self._hidden_column_groups += 1
        elif tag == f"{_TABLE}table-column" and self._grid is not None:
            self._path.pop()
            if self._is_in(_COLUMNS):
                count = _count(element, "number-columns-repeated")
                if self._is_unseen(element, "table-column") or self._hidden_column_groups:
                    self._grid.hide_columns(self._column, self._column + count - 1)
                places = range(self._column, min(self._column + count, MAX_COLUMNS))
                self._column_styles |= dict.fromkeys(places, _style(element, "default-cell-style-name"))
                self._column += count
            self._path.append(tag)

    def _is_out_of_place(self, tag: str) -> bool:
        """A cell outside of a row, or a row in a row."""
        parent = self._path[-2] if len(self._path) > 1 else ""
        is_odd = parent in _ROWS if tag in _CELLS else tag == _ROW and parent == _ROW
        return is_odd and self._grid is not None and not any(each in _CELLS for each in self._path[:-1])

    def _take_row(self, grid: Grid, element: ElementTree.Element) -> None:
        repeated = _count(element, "number-rows-repeated")
        first, self._row = self._row, self._row + repeated
        cells: list[Cell] = []
        column = 0
        for each in element:
            if each.tag not in _CELLS:
                continue
            count = _count(each, "number-columns-repeated")
            height = _count(each, "number-rows-spanned")
            if height > 1:
                width = _count(each, "number-columns-spanned")
                grid.spans.append((first, column, first + height - 1, column + width - 1))
            cell = _value(each, grid.name, first, column, self._styles)
            if each.get(f"{_TABLE}formula") is not None:
                height, width = (
                    _count(each, f"number-matrix-{axis}-spanned") for axis in ("rows", "columns")
                )
                if isinstance(cell, Special) and cell.kind is Kind.FORMULA:
                    grid.uncalculated.append((first, column, first + height - 1, column + width - 1))
            if cell is not None:
                grid.is_wide = grid.is_wide or column + count > MAX_COLUMNS
                cells += [None] * (min(column, MAX_COLUMNS) - len(cells))
                places = range(column, min(column + count, MAX_COLUMNS))
                cells += self._as_seen(cell, each, element, places)
                grid.conditional += [
                    (first, place, self._row - 1, place)
                    for place in places
                    if self._styles.may_change(self._style_of(each, element, place))
                ]
            column += count
        if not cells:
            return
        if self._row - 1 > MAX_ROWS:
            raise too_many_rows(grid.name)
        rows = range(first, self._row)
        grid.rows.update(dict.fromkeys(rows, cells))
        if self._is_unseen(element, "table-row") or self._hidden_groups:
            grid.hidden_rows.update(rows)

    def _as_seen(
        self, cell: Cell, element: ElementTree.Element, row: ElementTree.Element, places: range
    ) -> list[Cell]:
        """A cell in each of its places, by its own style, or by that of its row or column."""
        if element.tag != _CELLS[0]:
            return [Special(Kind.COVERED)] * len(places)
        return [self._with_looks(cell, self._style_of(element, row, each)) for each in places]

    def _with_looks(self, cell: Cell, style: str) -> Cell:
        if isinstance(cell, float) and (kind := self._styles.kind(style)) is not None:
            cell = Special(kind) if kind is Kind.DATE else Special(kind, cell)
        if self._styles.is_struck(style):
            return _marked(cell, Kind.STRUCK)
        return _marked(cell, Kind.SHOWN) if self._styles.is_repeated(style) else cell

    def _style_of(self, element: ElementTree.Element, row: ElementTree.Element, column: int) -> str:
        own = _style(element, "style-name") or _style(row, "default-cell-style-name")
        return own or self._column_styles.get(column, "")

    def _is_unseen(self, element: ElementTree.Element, family: str) -> bool:
        """Whether a row or a column is hidden, or too small to be read."""
        return _is_collapsed(element) or self._styles.is_too_small(family, _style(element, "style-name"))

    def _take_condition(self, grid: Grid, element: ElementTree.Element) -> None:
        """Takes a conditional format as LibreOffice writes it, after the rows."""
        names = (each.get(_CONDITIONS.get(each.tag, ""), "") for each in element)
        hidden = (each.get(f"{_CALC}show-value", "") for each in element if each.tag in _INSTEAD)
        if any(map(self._styles.changes, names)) or any(each.strip(_WHITE) == "false" for each in hidden):
            grid.conditional += areas(element.get(f"{_CALC}target-range-address", ""))


def _style(element: ElementTree.Element, name: str) -> str:
    return element.get(f"{_TABLE}{name}", "").strip(_WHITE)


def _marked(cell: Cell, kind: Kind) -> Cell:
    """The cell, marked as struck out or as one that shows its value several times. An error stays an error."""
    if isinstance(cell, Special):
        is_value = cell.kind in (Kind.PERCENT, Kind.SHOWN)
        return Special(kind, cell.value) if is_value else cell
    if isinstance(cell, bool) or (isinstance(cell, str) and not cell.strip(" \u00a0")):
        return cell
    return Special(kind, cell)


def _count(element: ElementTree.Element, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1").strip(_WHITE)
    if not _COUNT.fullmatch(text):
        raise damaged(f"it says that something is repeated “{text[:20]}” times")
    return int(text)


def _spaces(element: ElementTree.Element) -> int:
    text = element.get(f"{_TEXT}c", "1").strip(_WHITE)
    if not _SPACE_COUNT.fullmatch(text):
        raise damaged(f"it says that something is repeated “{text[:20]}” times")
    return int(text)


def _is_collapsed(element: ElementTree.Element) -> bool:
    return element.get(f"{_TABLE}visibility", "").strip(_WHITE) in ("collapse", "filter")


def _is_undisplayed(element: ElementTree.Element) -> bool:
    return element.get(f"{_TABLE}display", "").strip(_WHITE) == "false"


def _value(element: ElementTree.Element, sheet: str, row: int, column: int, styles: Styles) -> Cell:
    if element.get(f"{_CALC}value-type", "").strip(_WHITE) == "error":
        return Special(Kind.ERROR, _shown_text(element, styles)[:40])
    if element.get(f"{_TABLE}formula") is not None and _shows_error(
        element, shown := _shown_text(element, styles)
    ):
        return Special(Kind.ERROR, shown)
    cell = _plain_value(element, sheet, row, column, styles)
    if isinstance(cell, bool) or not any(each.tag in _BLOCKS for each in element):
        return cell
    if isinstance(cell, Special):
        return Special(Kind.SHOWN, cell.value, None) if cell.kind is Kind.SHOWN else cell
    return Special(Kind.SHOWN, "" if cell is None else cell, None)


def _shows_error(element: ElementTree.Element, shown: str) -> bool:
    """Whether a formula shows an error. Programs that do not know the type of an error write 0 or an empty text as its
    value.
    """
    value = element.get(f"{_OFFICE}string-value") or element.get(f"{_OFFICE}value", "0").strip(_WHITE)
    return value == "0" and _ERROR_NAME.fullmatch(shown) is not None


def _plain_value(element: ElementTree.Element, sheet: str, row: int, column: int, styles: Styles) -> Cell:
    """The value of a cell that has only paragraphs."""
    kind = element.get(f"{_OFFICE}value-type", "void").strip(_WHITE)
    match kind:
        case "void":
            if element.get(f"{_TABLE}formula") is not None:
                return Special(Kind.FORMULA)
            return _shown_text(element, styles) or None
        case "float" | "currency" | "percentage":
            text = element.get(f"{_OFFICE}value", "").strip(_WHITE)
            if not NUMBER.fullmatch(text) or (number := float(text)) in (float("inf"), float("-inf")):
                raise unreadable(sheet, row, column, f"holds “{text[:40]}”, which is no number")
            if kind == "percentage":
                return Special(Kind.PERCENT, number)
            has_paragraph = any(each.tag in _PARAGRAPHS for each in element)
            return as_shown(number, _shown_text(element, styles)) if has_paragraph else number
        case "date" | "time":
            return Special(Kind.DATE)
        case "boolean":
            text = element.get(f"{_OFFICE}boolean-value", "").strip(_WHITE)
            if text not in ("true", "false"):
                raise unreadable(sheet, row, column, f"holds “{text[:40]}”, which is neither true nor false")
            return text == "true"
        case "string":
            return _text(element.get(f"{_OFFICE}string-value"), element, styles)
        case _:
            raise unreadable(sheet, row, column, f"has the type “{kind[:20]}”, which does not exist")


def _text(own: str | None, element: ElementTree.Element, styles: Styles) -> Cell:
    """A text, which may be in an attribute too. If the paragraphs show another text, nobody knows which of the two
    counts."""
    shown = _shown_text(element, styles)
    if own is None or not any(each.tag in _PARAGRAPHS for each in element):
        return (shown if own is None else own) or None
    if _SPACES.sub("", own) != _SPACES.sub("", shown):
        return Special(Kind.SHOWN, own, shown)
    return own or None


def _shown_text(element: ElementTree.Element, styles: Styles) -> str:
    """The paragraphs of a cell, annotations left out; runs of spaces are elements of their own."""
    return "\n".join(_run(each, styles) for each in element if each.tag in _PARAGRAPHS)


def _run(element: ElementTree.Element, styles: Styles) -> str:
    pieces = [element.text or ""]
    for each in element:
        if each.tag == f"{_TEXT}s":
            pieces.append(" " * min(_spaces(each), _MAX_SPACES))
        elif each.tag == f"{_TEXT}tab":
            pieces.append("\t")
        elif each.tag == f"{_TEXT}line-break":
            pieces.append("\n")
        elif each.tag != f"{_TEXT}ruby-text" and each.tag.startswith(_TEXT):
            text = _run(each, styles)
            name = each.get(f"{_TEXT}style-name") if each.tag == f"{_TEXT}span" else None
            pieces.append(styles.look("text", name.strip(_WHITE)).on(text) if name else text)
        pieces.append(each.tail or "")
    return "".join(pieces)
