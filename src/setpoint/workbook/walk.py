"""Reads one sheet of an xlsx strictly, cell by cell, as the grammar says (``docs/reference/workbooks.md``).

expat gives the elements by namespace and name, and refuses XML that is not well-formed. Anything outside the grammar
refuses the file; nothing is guessed. Seven elements of a sheet count: its views, its default sizes, the
descriptions of columns, the rows, the merged areas, the conditional formats, and the content of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import lru_cache
from typing import NoReturn
from xml.parsers import expat

from setpoint.core.ingest import Cell, Kind, Special
from setpoint.core.ingest.formats import NumberFormat
from setpoint.errors import WorkbookError
from setpoint.workbook.conditional import Rules
from setpoint.workbook.grid import LEAST_HEIGHT, LEAST_WIDTH, Grid, area, column_of, unreadable
from setpoint.workbook.limits import MAX_COLUMNS, damaged
from setpoint.workbook.looks import Look
from setpoint.workbook.texts import MAIN_NAMESPACES, decoded, has_prefix, is_struck, is_superscript

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ROW = re.compile(r"[1-9][0-9]{0,6}")
_COLUMN = re.compile(r"[A-Za-z]{1,3}")
_STYLE = re.compile(r"[0-9]{1,6}")
_WHITE = " \t\r\n"
_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
_BOOLEANS = {"0": False, "false": False, "1": True, "true": True}
_KNOWN = (
    "worksheet",
    "sheetData",
    "row",
    "c",
    "v",
    "f",
    "is",
    "t",
    "r",
    "rPr",
    "vertAlign",
    "strike",
    "cols",
    "col",
    "mergeCells",
    "mergeCell",
    "sheetViews",
    "sheetView",
    "sheetFormatPr",
)
_NAMES = {name: name for name in _KNOWN} | {
    f"{namespace}}}{name}": name for namespace in MAIN_NAMESPACES for name in _KNOWN
}
_ALTERNATE = "http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_GENERAL = NumberFormat(0, None)
_NO_STYLE = "none"
_PARENTS = {
    "row": "sheetData",
    "c": "row",
    "v": "c",
    "f": "c",
    "is": "c",
    "col": "cols",
    "mergeCell": "mergeCells",
    "sheetView": "sheetViews",
    "rPr": "r",
    "vertAlign": "rPr",
    "strike": "rPr",
}
_WITHOUT_TEXT = frozenset(("sheetData", "row", "c", "is", "r"))
_SPEAKING = frozenset(("row", "c", "v", "f", "is", "t", "r"))
"""Elements that hold a cell or a part of one. If one of them were ignored in a wrong place among the cells, a value
would be lost."""
_MOST_DEPTH, _MOST_ATTRIBUTES = 200, 200
_IN_CELLS = frozenset(("sheetData", "row", "c", "is", "r"))

Attributes = Mapping[str, str]


def walk(
    xml: bytes,
    grid: Grid,
    texts: Sequence[str],
    formats: Sequence[NumberFormat] | None,
    *,
    is_calculated: bool = True,
    changing: Container[int] = (),
) -> None:
    """Fills a grid from a worksheet's XML. ``formats`` are those of the cell styles, None if all are General.
    ``is_calculated`` is False if the workbook says that its formulas have yet to be calculated. ``changing`` are the
    formats of conditions that strike out a value, or show another."""
    reader = _Walk(grid, texts, formats, is_calculated=is_calculated, rules=Rules(grid, changing))
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartNamespaceDeclHandler = reader.declare
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise damaged(f"sheet “{grid.name}” has cells that cannot be read", grid.name) from error
    if reader.data_count != 1:
        raise damaged(f"sheet “{grid.name}” has no cells, or has them twice", grid.name)


class _Walk:
    """The events of one sheet, and the cell that is being read. ``_path`` are the known elements that are open."""

    def __init__(
        self,
        grid: Grid,
        texts: Sequence[str],
        formats: Sequence[NumberFormat] | None,
        *,
        is_calculated: bool,
        rules: Rules,
    ) -> None:
        self.data_count = 0
        self._grid, self._texts, self._formats = grid, texts, formats
        self._is_calculated = is_calculated
        self._rules = rules
        self._path: list[str] = []
        self._passed_over = 0
        self._row, self._row_text, self._column = 0, "0", -1
        self._rows: set[int] = set()
        self._stood: set[int] | None = None
        self._columns: list[int] = []
        self._type, self._style = "n", _NO_STYLE
        self._value: str | None = None
        self._formula = self._has_text = False
        self._area: tuple[int, int, int, int] | None = None
        """Where the formula of the cell gives its values."""
        self._plain_texts = 0
        self._has_prefix = False
        """Whether a prefix stands for a main namespace."""
        self._run: list[str] = []
        self._is_superscript = self._is_struck = False
        self._known_styles: dict[str, NumberFormat] = {_NO_STYLE: formats[0] if formats else _GENERAL}
        self._pieces: list[str] | None = None

    def declare(self, prefix: str | None, uri: str | None) -> None:
        self._has_prefix = self._has_prefix or (prefix is not None and uri in MAIN_NAMESPACES)

    def start(self, tag: str, attributes: Attributes) -> None:
        path = self._path
        name = _NAMES.get(tag, "")
        if self._pieces is not None and not self._passed_over:
            raise damaged(f"sheet “{self._grid.name}” has an element inside of a value", self._grid.name)
        if len(attributes) > _MOST_ATTRIBUTES or len(path) + self._passed_over >= _MOST_DEPTH:
            raise self._cannot_be_read()
        if self._has_prefix and has_prefix(attributes):
            raise self._cannot_be_read()
        if self._passed_over or not name or not self._belongs(name):
            if not self._passed_over and path and path[-1] in _IN_CELLS:
                self._check_passed_over(tag, name)
            self._passed_over += 1
            if len(path) == 1:
                self._rules.start(tag, attributes)
            return
        path.append(name)
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._start_value(name)
        elif name in _STARTS:
            _STARTS[name](self, attributes)

    def _check_passed_over(self, tag: str, name: str) -> None:
        """Raises `WorkbookError` for an element among cells that would hold a value, but has none here."""
        if tag == _ALTERNATE:
            raise damaged(f"sheet “{self._grid.name}” has cells in more than one version", self._grid.name)
        if name in _SPEAKING and (self._path[-1] not in ("is", "r") or name == "r"):
            raise self._cannot_be_read()

    def _cannot_be_read(self) -> WorkbookError:
        return damaged(f"sheet “{self._grid.name}” has cells that cannot be read", self._grid.name)

    def _belongs(self, name: str) -> bool:
        """Whether this is the right place for a known element; elsewhere it has no meaning."""
        path = self._path
        if not path:
            if name != "worksheet":
                raise damaged(f"sheet “{self._grid.name}” is no worksheet", self._grid.name)
            return True
        if name == "t":
            return path[-1] in ("is", "r")
        if name == "r":
            return path[-1] == "is"
        return path[-1] == _PARENTS.get(name, "worksheet")

    def end(self, tag: str) -> None:
        if self._passed_over:
            self._passed_over -= 1
            if len(self._path) == 1:
                self._rules.end(tag)
            return
        name = self._path.pop()
        if name == "v":
            self._value = "".join(self._pieces or ())
            self._pieces = None
        elif name == "c":
            cell = self._cell()
            if cell is not None:
                self._grid.put(self._row, self._column, cell)
            if self._area and (
                not self._is_calculated or (isinstance(cell, Special) and cell.kind is Kind.FORMULA)
            ):
                self._grid.uncalculated.append(self._area)
        elif name == "t":
            self._run.append(decoded("".join(self._pieces or ())))
            self._pieces = None
            if self._path[-1] == "is":
                self._end_run()
        elif name == "r":
            self._end_run()

    def characters(self, data: str) -> None:
        if self._passed_over:
            if len(self._path) == 1:
                self._rules.characters(data)
            return
        if self._pieces is not None:
            self._pieces.append(data)
        elif self._path and self._path[-1] in _WITHOUT_TEXT and data.strip(_WHITE):
            raise damaged(f"sheet “{self._grid.name}” has a text where none belongs", self._grid.name)

    def start_data(self, _: Attributes) -> None:
        self.data_count += 1

    def start_row(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        text = str(self._row + 1) if reference is None else reference.strip(_WHITE)
        if not _ROW.fullmatch(text) or int(text) > _LAST_ROW:
            raise damaged(
                f"sheet “{self._grid.name}” has a row with the number “{text[:20]}”", self._grid.name
            )
        self._row, self._row_text, self._column = int(text), text, -1
        self._stood, self._columns = None, []
        if self._row in self._rows:
            raise damaged(f"row {text} of sheet “{self._grid.name}” is in it twice", self._grid.name)
        self._rows.add(self._row)
        if _is_hidden(attributes, "ht", LEAST_HEIGHT) or (
            self._grid.has_flat_rows and "ht" not in attributes
        ):
            self._grid.hidden_rows.add(self._row)

    def start_column(self, attributes: Attributes) -> None:
        first, last = (attributes.get(each, "").strip(_WHITE) for each in ("min", "max"))
        if not _ROW.fullmatch(first) or not _ROW.fullmatch(last):
            return
        if _is_hidden(attributes, "width", LEAST_WIDTH):
            self._grid.hide_columns(int(first) - 1, int(last) - 1)
        elif "width" in attributes:
            self._grid.show_columns(int(first) - 1, int(last) - 1)

    def start_sizes(self, attributes: Attributes) -> None:
        if _is_below(attributes, "defaultColWidth", LEAST_WIDTH):
            self._grid.hide_columns_without_width()
        self._grid.has_flat_rows = _is_below(attributes, "defaultRowHeight", LEAST_HEIGHT)

    def start_merge(self, attributes: Attributes) -> None:
        self._grid.merges.append(area(attributes.get("ref", "").strip(_WHITE)))

    def start_view(self, attributes: Attributes) -> None:
        if attributes.get("showZeros", "").strip(_WHITE) in ("0", "false"):
            self._grid.hides_zeros = True

    def start_formula(self, attributes: Attributes) -> None:
        if self._formula:
            self._refuse("has two formulas")
        self._formula = True
        if attributes.get("t", "").strip(_WHITE) in _OF_AN_AREA and "ref" in attributes:
            self._area = area(attributes["ref"].strip(_WHITE))

    def start_text(self, _: Attributes) -> None:
        if self._has_text or self._type != "inlineStr":
            self._refuse("has a text that its type does not allow")
        self._has_text = True

    def start_run(self, _: Attributes) -> None:
        self._is_superscript = self._is_struck = False

    def start_vertical(self, attributes: Attributes) -> None:
        self._is_superscript = self._is_superscript or is_superscript(attributes)

    def start_strike(self, attributes: Attributes) -> None:
        self._is_struck = self._is_struck or is_struck(attributes)

    def _end_run(self) -> None:
        if self._run:
            text = Look(self._is_superscript, self._is_struck).on("".join(self._run))
            self._value = (self._value or "") + text
        self._run.clear()
        self._is_superscript = self._is_struck = False

    def _start_cell(self, attributes: Attributes) -> None:
        last = self._column
        reference = attributes.get("r")
        if reference is None:
            column = last + 1
        else:
            name = reference.removesuffix(self._row_text)
            column = _columns(name) if len(name) + len(self._row_text) == len(reference) else -1
            if column < 0:
                column = self._odd_reference(reference)
        if column >= _LAST_COLUMN:
            raise damaged(f"sheet “{self._grid.name}” has a cell right of its last column", self._grid.name)
        self._column = column
        if column <= last or self._stood is not None:
            self._look_back(column)
        self._columns.append(column)
        self._type = attributes.get("t", "n").strip(_WHITE)
        self._style = attributes.get("s", _NO_STYLE)
        self._value, self._formula, self._has_text, self._plain_texts = None, False, False, 0
        self._area = None

    def _start_value(self, name: str) -> None:
        if name == "v" and (self._value is not None or self._type == "inlineStr"):
            self._refuse("has a value that its type does not allow, or two")
        if name == "t" and self._path[-2] == "is":
            if self._plain_texts:
                self._refuse("has two texts")
            self._plain_texts += 1
        self._pieces = []

    def _odd_reference(self, reference: str) -> int:
        """The column of a reference with white space around it; anything else refuses the file."""
        plain = reference.strip(_WHITE)
        column = _columns(plain.removesuffix(self._row_text))
        if column < 0 or not plain.endswith(self._row_text):
            raise damaged(
                f"row {self._row} of sheet “{self._grid.name}” has a cell with the place “{reference[:20]}”",
                self._grid.name,
            )
        return column

    def _look_back(self, column: int) -> None:
        """Cells may be in any order, but none may occur twice."""
        if self._stood is None:
            self._stood = set(self._columns)
        if column in self._stood:
            self._refuse("is in it twice")
        self._stood.add(column)

    def _cell(self) -> Cell:
        """The value of the cell that ends here, by its type and the format of its style (ECMA-376 part 1, 18.3.1.4)."""
        kind, value = self._type, self._value
        cell_format = self._known_styles.get(self._style) or self._format()
        if kind == "inlineStr":
            if value:
                return cell_format.text(value)
            return Special(Kind.FORMULA) if self._formula and not self._has_text else None
        if kind not in _READERS:
            self._refuse(f"has the type “{kind[:20]}”, which does not exist")
        plain = "" if value is None else value.strip(_WHITE)
        if not plain and (kind != "str" or not value):
            return Special(Kind.FORMULA) if self._formula and kind != "str" else None
        if self._column >= MAX_COLUMNS:
            return ""
        if kind == "n":
            if not NUMBER.fullmatch(plain) or (number := float(plain)) in (_INFINITE, -_INFINITE):
                self._refuse(f"holds “{plain[:40]}”, which is no number")
            if number == 0 and self._formula and not self._is_calculated:
                return Special(Kind.FORMULA)
            return number if cell_format.kind is None else cell_format.cell(number)
        found = _READERS[kind](self, value if kind == "str" else plain)  # type: ignore[arg-type]  # a "str" has one here
        return cell_format.text(found) if isinstance(found, str) and found else found

    def _format(self) -> NumberFormat:
        style = self._style.strip(_WHITE)
        if not _STYLE.fullmatch(style):
            self._refuse(f"has the style “{style[:20]}”, which does not exist")
        if self._formats is not None and int(style) >= len(self._formats):
            self._refuse(f"has the style {style}, which does not exist")
        found = _GENERAL if self._formats is None else self._formats[int(style)]
        self._known_styles[self._style] = found
        return found

    def shared(self, value: str) -> Cell:
        if not _INDEX.fullmatch(value) or int(value) >= len(self._texts):
            self._refuse(f"asks for the shared text “{value[:20]}”, which does not exist")
        return self._texts[int(value)] or None

    def boolean(self, value: str) -> Cell:
        if value not in _BOOLEANS:
            self._refuse(f"holds “{value[:40]}”, which is neither true nor false")
        return _BOOLEANS[value]

    def text(self, value: str) -> Cell:
        return decoded(value)

    def error(self, value: str) -> Cell:
        return Special(Kind.ERROR, value[:40])

    def date(self, _: str) -> Cell:
        return Special(Kind.DATE)

    def _refuse(self, why: str) -> NoReturn:
        raise unreadable(self._grid.name, self._row, self._column, why)


_INFINITE = float("inf")
_OF_AN_AREA = ("array", "dataTable")
_STARTS: Mapping[str, Callable[[_Walk, Attributes], None]] = {
    "sheetData": _Walk.start_data,
    "row": _Walk.start_row,
    "f": _Walk.start_formula,
    "is": _Walk.start_text,
    "col": _Walk.start_column,
    "mergeCell": _Walk.start_merge,
    "sheetView": _Walk.start_view,
    "sheetFormatPr": _Walk.start_sizes,
    "r": _Walk.start_run,
    "vertAlign": _Walk.start_vertical,
    "strike": _Walk.start_strike,
}
_READERS: Mapping[str, Callable[[_Walk, str], Cell]] = {
    "n": _Walk.text,  # never called: numbers are read in place, because there are many
    "s": _Walk.shared,
    "str": _Walk.text,
    "b": _Walk.boolean,
    "e": _Walk.error,
    "d": _Walk.date,
}


@lru_cache(maxsize=4096)
def _columns(name: str) -> int:
    """The column that letters name, from 0; -1 if they name none."""
    return column_of(name) if _COLUMN.fullmatch(name) else -1


def _is_hidden(attributes: Attributes, size: str, least: float) -> bool:
    return attributes.get("hidden", "").strip(_WHITE) in ("1", "true") or _is_below(attributes, size, least)


def _is_below(attributes: Attributes, size: str, least: float) -> bool:
    text = attributes.get(size, "").strip(_WHITE)
    return NUMBER.fullmatch(text) is not None and abs(float(text)) < least
