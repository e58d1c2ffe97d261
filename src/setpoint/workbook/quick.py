"""Reads a sheet of an xlsx with python-calamine, if its bytes prove that it is plain.

The proof is one expression over all rows. It knows how programs write the cells of a plain table: numbers, texts and
booleans, with or without a formula, and nothing else. It does not accept white space around a value, a reference of
another row, a cell to the left of the one before it, an error, or a formula without a value. The parts before and after
the rows go through `walk`, which finds hidden columns, merged cells and hidden zeros there. A sheet with anything else
is walked whole, which takes several times as long. Both ways give the same cells; the tests compare them.
"""

from __future__ import annotations

import io
import re
import string
import zipfile
from collections.abc import Container, Iterator, Sequence
from functools import cache, partial
from operator import lt
from typing import cast

from python_calamine import CalamineSheet, CalamineWorkbook

from setpoint.core.ingest import Cell, Sheet
from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook.grid import Grid
from setpoint.workbook.limits import MAX_ROWS
from setpoint.workbook.texts import is_utf8
from setpoint.workbook.walk import walk
from setpoint.workbook.window import Window

OPEN, _CLOSE, _NAME = b"<sheetData>", b"</sheetData>", b"sheetData"
COLUMNS = (*string.ascii_uppercase, "AA", "AB", "AC", "AD")
_AREA_PER_CELL = 16
_SMALL_AREA = 2_000_000

_TEXT = rb"[^<>&\x00-\x1f]"
_FORMULA = (
    rb'(?:<f(?: aca="(?:false|0)")?+>' + _TEXT + rb"*+</f>"
    rb'|<f t="shared"(?: ref="[A-Z0-9:]++")?+ si="[0-9]++"(?:/>|>' + _TEXT + rb"*+</f>))?+"
)
NUMBER = rb"-?+[0-9]{1,17}+(?:\.[0-9]{1,20}+)?+(?:E[+-]?+[0-9]{1,2}+)?+"
_VALUE = _FORMULA + rb"<v>" + NUMBER + rb"</v></c>"
_CELL = (
    rb'"(?: s="[0-9]{1,6}+")?+(?:>' + _VALUE + rb"|/>|></c>"
    rb'| t="(?:s"><v>(?:0|[1-9][0-9]{0,8}+)</v></c>|n">' + _VALUE + rb'|b">' + _FORMULA + rb"<v>[01]</v></c>"
    rb'|inlineStr"><is><t(?: xml:space="preserve")?+>(?! )' + _TEXT + rb"*+(?<! )</t></is></c>"
    rb'|str">' + _FORMULA + rb"<v>(?! )" + _TEXT + rb"++(?<! )</v></c>"
    rb'|(?:n|s|inlineStr)"(?:/>|></c>)))'
)
# A row less than 4 points high counts as hidden (`LEAST_HEIGHT`).
_ROW_ATTRIBUTES = (
    rb'(?: spans="[0-9: ]++")?+(?: s="[0-9]++")?+(?: customFormat="\w++")?+'
    rb'(?: ht="(?:[4-9]|[1-9][0-9]++)(?:\.[0-9]++)?+")?+'
    rb'(?: hidden="(?:0|false)")?+(?: customHeight="\w++")?+(?: outlineLevel="[0-9]")?+(?: collapsed="(?:0|false)")?+'
    rb'(?: thickTop="\w++")?+(?: thickBot="\w++")?+(?: x14ac:dyDescent="[0-9.]++")?+'
)


def _cells(columns: Sequence[str]) -> bytes:
    """Cells in the order of their columns, each at most once; four at a time, so that short rows end early."""
    found = b"".join(rb'(?:<c r="' + each.encode() + rb"\1" + _CELL + rb")?+" for each in columns[:4])
    return found + rb"(?:(?=<c)" + _cells(columns[4:]) + rb")?+" if columns else b""


def _row(columns: int) -> bytes:
    cells = _cells(COLUMNS[:columns])
    return rb'<row r="([1-9][0-9]{0,6}+)"' + _ROW_ATTRIBUTES + rb"(?:/>|>" + cells + rb"</row>)"


WIDTHS = (8, len(COLUMNS))
"""Most tables are narrow, and the expression for all columns takes four times as long to compile: 40 ms."""


@cache
def _rows_pattern(columns: int) -> re.Pattern[bytes]:
    return re.compile(rb"(?:" + _row(columns) + rb")*+" + _CLOSE)


@cache
def _row_pattern(columns: int) -> re.Pattern[bytes]:
    return re.compile(_row(columns))


_ROW_NUMBER = re.compile(rb'<row r="([0-9]+)"')
_GIVES_ZERO = re.compile(rb"(?:</f>|<f [^<>]*/>)<v>-?[0.]+[<E]")
_STYLE = re.compile(rb' s="([0-9]+)"')


class Plain:
    """A worksheet with rows that are proven to be plain."""

    def __init__(self, xml: bytes, skeleton: Grid) -> None:
        self.xml = xml
        self.skeleton = skeleton

    def sheet(self, found: CalamineSheet) -> Sheet:
        """The sheet; calamine reads its rows one by one on demand."""
        grid = self.skeleton
        if found.start != (0, 0):
            rows = found.to_python()
            if found.start is not None:
                row, column = found.start
                grid.rows = {
                    number: [*[None] * column, *cast("list[Cell]", cells)]
                    for number, cells in enumerate(rows, row + 1)
                }
            return grid.sheet()
        window: Sequence[Sequence[Cell]] = Window(partial(_rows, found), found.height)
        return Sheet(
            grid.name,
            window,
            1,
            grid.is_hidden,
            frozenset(grid.hidden_rows),
            False,
            frozenset(grid.hidden_columns),
            grid.is_active,
        )


def _rows(sheet: CalamineSheet) -> Iterator[list[Cell]]:
    return cast("Iterator[list[Cell]]", sheet.iter_rows())


def proven(
    xml: bytes,
    grid: Grid,
    formats: Sequence[NumberFormat] | None,
    *,
    is_calculated: bool,
    changing: Container[int] = (),
) -> Plain | None:
    """The sheet, if its bytes prove that it is plain; None if it has to be parsed."""
    start = xml.find(OPEN) + len(OPEN)
    found = _all_rows(xml, start) if start >= len(OPEN) else None
    if found is not None and not is_alone(xml, start, found.end()):
        return None
    # Searching for one byte is many times faster than for two, and hardly any sheet has an underscore.
    if found is None or found[1] is None or (b"_" in xml and b"_x" in xml) or not is_utf8(xml):
        return None
    end = found.end()
    if xml.find(b"xmlns:x14ac=", 0, start) < 0 and xml.find(b" x14ac:", start, end) >= 0:
        return None
    has_formulas = not is_calculated and xml.find(b"f", start, end) >= 0 and xml.find(b"<f", start, end) >= 0
    if has_formulas and _GIVES_ZERO.search(xml, start, end):
        return None
    numbers = [*map(int, _ROW_NUMBER.findall(xml, start, end))]
    first, last = numbers[0], numbers[-1]
    if numbers != [*range(first, first + len(numbers))] and not all(map(lt, numbers, numbers[1:])):
        return None
    area = last * len(COLUMNS)
    if last > MAX_ROWS or (area > _SMALL_AREA and area > _AREA_PER_CELL * xml.count(b"<c ", start, end)):
        return None
    if formats is not None and not are_plain({b"0", *_STYLE.findall(xml, start, end)}, formats):
        return None
    walk(xml[:start] + xml[end - len(_CLOSE) :], grid, (), formats, changing=changing)
    return (
        None
        if grid.merges or grid.hides_zeros or grid.conditional or grid.has_flat_rows
        else Plain(xml, grid)
    )


def rows_of(xml: bytes) -> slice | None:
    """The place of all rows, if their bytes are plain; the tags around them do not belong to it."""
    start = xml.find(OPEN) + len(OPEN)
    found = _all_rows(xml, start) if start >= len(OPEN) else None
    if found is None or found[1] is None or not is_alone(xml, start, found.end()) or not is_utf8(xml):
        return None
    return slice(start, found.end() - len(_CLOSE))


def _all_rows(xml: bytes, start: int) -> re.Match[bytes] | None:
    return next(filter(None, (_rows_pattern(width).match(xml, start) for width in WIDTHS)), None)


def is_alone(xml: bytes, start: int, end: int) -> bool:
    """Whether the rows between these places are the only ones: others may be in a comment or another namespace."""
    return xml.find(_NAME, 0, start - len(OPEN)) < 0 and xml.find(_NAME, end) < 0


def is_plain_row(row: bytes) -> bool:
    """Whether the bytes of one row are proven to be plain."""
    return any(_row_pattern(width).fullmatch(row) for width in WIDTHS)


def are_plain(styles: set[bytes], formats: Sequence[NumberFormat]) -> bool:
    """Whether these styles, by their places, show everything as it is. A cell without a style has the first one."""
    return all(int(each) < len(formats) and formats[int(each)].is_plain for each in styles)


def opened(sheets: Sequence[Plain], texts: bytes | None) -> list[CalamineSheet]:
    """calamine's reading of plain sheets and plain shared texts, in a package that holds nothing else.

    Without styles, it reads every number as a number. Each sheet has a name that we give it. Raises `CalamineError`
    for a shared text that is not there.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, part in _package(len(sheets), texts is not None).items():
            package.writestr(name, part)
        for place, sheet in enumerate(sheets):
            package.writestr(f"xl/worksheets/sheet{place}.xml", sheet.xml)
        if texts is not None:
            # The proof begins at the first text. A wrong `uniqueCount` before it could make calamine allocate any
            # amount of memory.
            package.writestr("xl/sharedStrings.xml", _TEXTS_BEGIN + texts[texts.find(b"<si>") :])
    out.seek(0)
    book = CalamineWorkbook.from_filelike(out)
    return [book.get_sheet_by_name(f"s{place}") for place in range(len(sheets))]


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TEXTS_BEGIN = f'<sst xmlns="{_MAIN}">'.encode()


def _package(count: int, has_texts: bool) -> dict[str, str]:
    places = range(count)
    sheets = "".join(f'<sheet name="s{each}" sheetId="{each + 1}" r:id="r{each}"/>' for each in places)
    relations = "".join(_relation(f"r{each}", "worksheet", f"worksheets/sheet{each}.xml") for each in places)
    if has_texts:
        relations += _relation("texts", "sharedStrings", "sharedStrings.xml")
    main = _relation("main", "officeDocument", "xl/workbook.xml")
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{main}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
    }


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
