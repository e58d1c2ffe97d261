"""Reads xlsx and xlsm: quickly where a sheet is written as programs write it, cell by cell where it is not.

python-calamine is fast, but it loses what XL-2, XL-3 and XL-5 ask for (see `marks`), and a single cell in the far
corner makes it ask for more memory than there is. So the sheet's XML, which has been inflated anyway, is searched for
the few cells that it would lose, and these are put back into what it reads. Where the XML is written in an odd way, so
that a search cannot be trusted, or where cells lie far apart, the sheet is walked cell by cell, at a fifth of the
speed. Both ways give the same; the tests compare them.
"""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import cast
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.errors import WorkbookError
from setpoint.workbook.formats import kind_of_format, may_show_date
from setpoint.workbook.limits import MAX_COLUMNS, MAX_ROWS, damaged, too_many_rows
from setpoint.workbook.marks import Marks
from setpoint.workbook.package import stored
from setpoint.workbook.window import Window

_MAIN = "xl/workbook.xml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

# A formula without its value, in each of the ways to write that: as its end, and with the cell around it.
_NO_VALUE = re.compile(rb"""(?:</f>|<f\b[^>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>""")
_FORMULA_ONLY = re.compile(
    rb"""<c ([^>]*)>\s*(?:<f\b[^>]*/>|<f\b[^>]*[^/>]>[^<]*</f>|<f>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"""
)
_ERROR = re.compile(rb"""<c ([^>]*\bt="e"[^>]*)>\s*(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?\s*<v>([^<&]*)</v>""")
_IS_ERROR = b't="e"'
_IS_DATE = b't="d"'
_OPENS = b"<sheetData"
_HIDDEN_ROW = re.compile(rb"""<row ([^>]*\bhidden="(?:1|true)")""")
_REFERENCE = re.compile(rb"""\br="([A-Z]{1,3})([0-9]{1,7})\"""")
_ROW_NUMBER = re.compile(rb"""\br="([0-9]{1,7})\"""")
_HEAD_BYTES = 65_536
_PLAIN = frozenset({str, float, int, bool})
_SHEET_DATA = re.compile(
    rb"(?P<root><(?P<prefix>(?:\w+:)?)worksheet\b[^>]*>).*?<(?P=prefix)sheetData\s*(?P<empty>/?)>", re.DOTALL
)
_TREE_BYTES = 1_000_000
_BEYOND_COLUMN_Q = re.compile(rb' r="(?:[R-Z]|[A-Z]{2,3})[0-9]')
_BEYOND_LAST_COLUMN = re.compile(rb' r="(?:[A-Z]{3}|[J-Z][A-Z]|I[W-Z])[0-9]')
_LAST_ROW = re.compile(rb'<row\b[^>]*\br="([0-9]{1,7})"')
_SMALL_AREA = 2_000_000
_LONG = 1_000
"""Sheets with more rows are handed on as they are walked, where nothing has to be put back into them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    is_hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class _Styles:
    """The cell styles (the ``s`` of a cell) that show dates or percentages, and whether calamine could see a date."""

    kinds: Mapping[int, Kind]
    may_show_dates: bool


def read_xlsx(parts: Mapping[str, bytes]) -> list[Sheet]:
    """Every worksheet with its cells. Raises `WorkbookError` for a damaged file and for rows beyond the limit."""
    try:
        entries = list(_entries(parts))
        styles = _styles(parts)
        percent = _styled(style for style, kind in styles.kinds.items() if kind is Kind.PERCENT)
        quick: CalamineWorkbook | None = None
        texts: list[str] | None = None
        sheets = []
        for entry in entries:
            xml = parts[entry.part]
            try:
                marks = _marks(xml, percent) if _is_regular(xml) else None
                if marks is not None:
                    quick = quick or CalamineWorkbook.from_filelike(io.BytesIO(stored(parts)))
                    may_hold_dates = styles.may_show_dates or _has_iso_dates(xml)
                    found = quick.get_sheet_by_name(entry.name)
                    rows: Sequence[Sequence[Cell]]
                    if (
                        not (may_hold_dates or marks.is_any)
                        and found.start == (0, 0)
                        and found.height > _LONG
                    ):
                        rows, first_row = Window(partial(_plain_rows, found), found.height), 1
                    else:
                        rows, first_row = from_calamine(found, may_hold_dates=may_hold_dates)
                    if not rows and b"<v>" in xml and not marks.specials:
                        raise _unreadable(entry.name)
                    sheet = Sheet(entry.name, rows, first_row, entry.is_hidden)
                    sheets.append(marks.put_back(sheet) if marks.is_any else sheet)
                else:
                    texts = _shared_texts(parts) if texts is None else texts
                    sheets.append(_walk(entry, xml, texts, styles.kinds))
            except (CalamineError, ElementTree.ParseError, LookupError, ValueError) as error:
                raise _unreadable(entry.name) from error
    except (CalamineError, ElementTree.ParseError, LookupError, ValueError) as error:
        raise damaged("its XML is not what it should be") from error
    return sheets


def _unreadable(sheet: str) -> WorkbookError:
    return damaged(f"sheet “{sheet}” has cells that cannot be read")


def from_calamine(sheet: CalamineSheet, *, may_hold_dates: bool = True) -> tuple[list[list[Cell]], int]:
    """The rows of a sheet that calamine reads, blank rows at the end left out, and the number of the first.

    To look at every cell for a date takes as long as reading a tenth of them.
    """
    found = sheet.to_python()
    if sheet.start is None or not found:
        return [], 1
    row, column = sheet.start
    if not may_hold_dates or _PLAIN.issuperset(map(type, chain.from_iterable(found))):
        rows = cast("list[list[Cell]]", found)
    else:
        rows = [[*map(_neutral, cells)] for cells in found]
    if column:
        rows = [[None] * column + cells for cells in rows]
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    return rows, row + 1


def _plain_rows(sheet: CalamineSheet) -> Iterator[list[Cell]]:
    return cast("Iterator[list[Cell]]", sheet.iter_rows())


def _neutral(value: object) -> Cell:
    return value if isinstance(value, str | float | int) else Special(Kind.DATE)


def _is_regular(xml: bytes) -> bool:
    """Whether searches of this sheet can be trusted, and calamine reads it in the memory that its cells deserve.

    Every search here is over the whole sheet and is paid by every file: plain texts, which are found many times
    faster than expressions, and before them single letters, which are found many times faster still. How a program
    writes XML, its quotes and references, shows in the head.
    """
    head = xml[:_HEAD_BYTES]
    if _OPENS not in head or b"='" in head or head.count(b"<c ") > head.count(b' r="'):
        return False
    if b"!" in xml and b"<!" in xml:
        return False
    width = 17
    if _BEYOND_COLUMN_Q.search(xml):
        width = MAX_COLUMNS
        if _BEYOND_LAST_COLUMN.search(xml):
            return False
    found = _LAST_ROW.search(xml, xml.rfind(b"<row "))
    last = int(found[1]) if found else 0
    if last > MAX_ROWS:
        return False
    area = last * width
    return area <= _SMALL_AREA or xml.count(b"<c ") * 16 > area


def _styled(styles: Iterable[int]) -> re.Pattern[bytes] | None:
    """What finds the cells that have one of these styles."""
    numbers = b"|".join(str(style).encode() for style in styles)
    return re.compile(rb'<c ([^>]*\bs="(?:' + numbers + rb')"[^>]*)>') if numbers else None


def _marks(xml: bytes, percent: re.Pattern[bytes] | None) -> Marks | None:
    """What calamine would lose of a sheet; None where it is written in a way that the searches do not know."""
    marks = Marks()
    start, end = _body(xml)
    at = xml.find(_IS_ERROR, start, end) if xml.find(b"e", start, end) >= 0 else -1
    while at >= 0:
        found = _ERROR.match(xml, xml.rfind(b"<c ", start, at))
        if found is None or not found.start(1) <= at < found.end(1):
            return None
        marks.specials[_place(found[1])] = Special(Kind.ERROR, found[2].decode())
        at = xml.find(_IS_ERROR, found.end(), end)
    if xml.find(b"f", start, end) >= 0 and (formulas := sum(1 for _ in _NO_VALUE.finditer(xml))):
        for found in _FORMULA_ONLY.finditer(xml):
            formulas -= 1
            if b't="str"' not in found[1]:
                marks.specials[_place(found[1])] = Special(Kind.FORMULA)
        if formulas:
            return None
    if xml.find(b"h", start, end) >= 0 and b" hidden=" in xml:
        for found in _HIDDEN_ROW.finditer(xml):
            number = _ROW_NUMBER.search(found[1])
            if number is None:
                return None
            marks.hidden.add(int(number[1]))
    if percent is not None:
        marks.percentages.update(_place(found[1]) for found in percent.finditer(xml))
    return marks


def _has_iso_dates(xml: bytes) -> bool:
    start, end = _body(xml)
    return xml.find(b"d", start, end) >= 0 and _IS_DATE in xml


def _body(xml: bytes) -> tuple[int, int]:
    """From where to where the rows are."""
    start, end = xml.find(_OPENS) + len(_OPENS), xml.rfind(b"</sheetData>")
    return start, len(xml) if end < 0 else end


def _place(attributes: bytes) -> tuple[int, int]:
    """Row (from 1) and column (from 0) of a cell."""
    found = _REFERENCE.search(attributes)
    if found is None:
        raise ValueError(f"a cell reference was expected in {attributes!r}")
    return int(found[2]), _column_of(found[1].decode())


def _entries(parts: Mapping[str, bytes]) -> Iterator[_Entry]:
    """The worksheets in the order of their tabs; charts and dialogs are none."""
    targets = {}
    for relation in ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"]):
        if relation.get("Type", "").endswith("/worksheet"):
            path = posixpath.normpath(posixpath.join("/xl", relation.get("Target", "")))
            targets[relation.get("Id", "")] = path.lstrip("/")
    for element in ElementTree.fromstring(parts[_MAIN]).iter():
        if _local(element.tag) == "sheet":
            target = targets.get(element.get(_RELATION) or element.get(_STRICT_RELATION) or "")
            if target is not None:
                yield _Entry(element.get("name", ""), element.get("state", "visible") != "visible", target)


def _styles(parts: Mapping[str, bytes]) -> _Styles:
    codes: dict[int, str] = {}
    kinds: dict[int, Kind] = {}
    may_show_dates = False
    if "xl/styles.xml" not in parts:
        return _Styles(kinds, may_show_dates)
    for element in ElementTree.fromstring(parts["xl/styles.xml"]):
        name = _local(element.tag)
        if name == "numFmts":
            codes = {int(each.get("numFmtId", -1)): each.get("formatCode", "") for each in element}
        elif name == "cellXfs":
            for style, each in enumerate(element):
                number = int(each.get("numFmtId", 0))
                kind = kind_of_format(number, codes.get(number))
                may_show_dates = may_show_dates or may_show_date(number, codes.get(number))
                if kind is not None:
                    kinds[style] = kind
    return _Styles(kinds, may_show_dates)


def _shared_texts(parts: Mapping[str, bytes]) -> list[str]:
    if "xl/sharedStrings.xml" not in parts:
        return []
    return [
        _text_of(element)
        for _, element in ElementTree.iterparse(io.BytesIO(parts["xl/sharedStrings.xml"]))
        if _local(element.tag) == "si"
    ]


def _walk(entry: _Entry, xml: bytes, texts: list[str], kinds: Mapping[int, Kind]) -> Sheet:
    """Reads a sheet cell by cell."""
    rows: dict[int, list[Cell]] = {}
    hidden: set[int] = set()
    is_wide = False
    number = 0
    for row in _rows(xml):
        number = int(row.get("r", number + 1))
        if row.get("hidden") in ("1", "true"):
            hidden.add(number)
        cells: list[Cell] = []
        column = -1
        for element in row:
            column = _column(element.get("r"), column + 1)
            cell = _cell(element, texts, kinds)
            if cell is None:
                continue
            if column >= MAX_COLUMNS:
                is_wide = True
                continue
            if column > len(cells):
                cells += [None] * (column - len(cells))
            cells[column:] = (cell,)
        if cells:
            if number > MAX_ROWS:
                raise too_many_rows(entry.name)
            rows[number] = cells
    if not rows:
        return Sheet(entry.name, [], 1, entry.is_hidden, frozenset(hidden), is_wide)
    first, last = min(rows), max(rows)
    blank: list[Cell] = []
    filled = [rows.get(each, blank) for each in range(first, last + 1)]
    return Sheet(entry.name, filled, first, entry.is_hidden, frozenset(hidden), is_wide)


def _rows(xml: bytes) -> Iterator[ElementTree.Element]:
    """The ``<row>`` elements, from trees of some thousand rows each: one tree of all would take ten times the file."""
    opened = _SHEET_DATA.search(xml)
    if opened is None:
        raise ValueError("a worksheet without sheetData")
    root, prefix, is_empty = opened["root"], opened["prefix"], opened["empty"]
    close = b"</" + prefix + b"row>"
    end = opened.end() if is_empty else xml.index(b"</" + prefix + b"sheetData>", opened.end())
    start = opened.end()
    while start < end:
        cut = xml.find(close, start + _TREE_BYTES, end)
        stop = end if cut < 0 else cut + len(close)
        yield from ElementTree.fromstring(root + xml[start:stop] + b"</" + prefix + b"worksheet>")
        start = stop


def _cell(element: ElementTree.Element, texts: list[str], kinds: Mapping[int, Kind]) -> Cell:
    """One ``<c>``: its value as the file says it, by the kind of its style (ECMA-376 part 1, 18.3.1.4)."""
    value: str | None = None
    is_formula = False
    for child in element:
        tag = child.tag
        if tag.endswith("}v"):
            value = child.text
        elif tag.endswith("}f"):
            is_formula = True
        elif tag.endswith("}is"):
            return _text_of(child) or None
    kind = element.get("t", "n")
    if value is None:
        return Special(Kind.FORMULA) if is_formula and kind != "str" else None
    if kind == "s":
        if value.startswith("-"):
            raise IndexError(value)
        return texts[int(value)] or None
    if kind != "n":
        return _odd_value(kind, value)
    style = kinds.get(int(element.get("s", 0))) if kinds else None
    if style is None:
        return float(value)
    return Special(Kind.DATE) if style is Kind.DATE else Special(Kind.PERCENT, float(value))


def _odd_value(kind: str, value: str) -> Cell:
    match kind:
        case "b":
            return value.strip() in ("1", "true")
        case "e":
            return Special(Kind.ERROR, value)
        case "d":
            return Special(Kind.DATE)
        case "str":
            return value
        case _:
            raise ValueError(f"a cell of a known type was expected, {kind!r} came")


@lru_cache(maxsize=4096)
def _column_of(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _column(reference: str | None, follows: int) -> int:
    """The column of a cell, from 0; a cell without a reference follows the one before it."""
    if reference is None:
        return follows
    letters = reference.rstrip("0123456789")
    if not letters.isalpha() or not letters.isascii() or len(letters) > 3:
        raise ValueError(f"a cell reference was expected, {reference!r} came")
    return _column_of(letters)


def _text_of(element: ElementTree.Element) -> str:
    """The text of a rich text, its phonetic guides left out."""
    found = []
    for child in element:
        name = _local(child.tag)
        if name == "t":
            found.append(child.text or "")
        elif name == "r":
            found += [each.text or "" for each in child if _local(each.tag) == "t"]
    return "".join(found)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
