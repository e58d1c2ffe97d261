"""Reads xlsb from its records (MS-XLSB 2.4), as the grammar says (``docs/reference/workbooks.md``)."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from setpoint.core.ingest import Sheet
from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook.conditional_records import xlsb_changes
from setpoint.workbook.grid import LEAST_HEIGHT, LEAST_WIDTH, Grid
from setpoint.workbook.limits import check_names, damaged
from setpoint.workbook.looks import Look, with_runs
from setpoint.workbook.package import Package
from setpoint.workbook.parts import Relation, only, relations
from setpoint.workbook.records import FILL, Cells, formats_of, rk_number

_DAMAGED = "its records are not what they should be"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


class _Entry(NamedTuple):
    grid: Grid
    part: str


def read_xlsb(package: Package, main: str) -> list[Sheet]:
    """Every worksheet with its cells. Raises `WorkbookError` for records that do not hold together."""
    named = relations(package, main)
    try:
        styles = _part(package, only(named, "styles"))
        looks = _looks(styles)
        formats = _formats(styles, looks)
        changing = _changing(styles)
        texts = _texts(_part(package, only(named, "sharedStrings")), looks)
        sheets = []
        book = package.read(main)
        for grid, part in _entries(book, named):
            if part not in package:
                raise damaged(f"sheet “{grid.name}” has no cells", grid.name)
            cells = Cells(grid, formats, texts, looks=looks, is_calculated=_is_calculated(book))
            cells_part = package.read(part)
            _read_cells(cells_part, cells)
            _take_rules(cells_part, grid, changing)
            _take_totals(package, part, grid)
            sheets.append(grid.sheet())
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise damaged(_DAMAGED) from error
    return sheets


def _part(package: Package, name: str | None) -> bytes:
    return package.read(name) if name is not None and name in package else b""


def _entries(part: bytes, named: Mapping[str, Relation]) -> Iterator[_Entry]:
    active, found = 0, []
    is_first_view = True
    for kind, body in _records(part):
        if kind == 158 and is_first_view:  # BrtBookView
            active, is_first_view = struct.unpack_from("<I", body, 24)[0], False
        elif kind == 156:  # BrtBundleSh
            state = struct.unpack_from("<I", body)[0]
            relation, end = _wide(body, 8, is_nullable=True)
            found.append((state, relation, _wide(body, end)[0]))
    check_names(name for *_, name in found)
    for place, (state, key, name) in enumerate(found):
        target = named.get(key)
        if target is not None and target.kind == "worksheet":
            yield _Entry(Grid(name, state in (1, 2), place == active), target.target)


def _is_calculated(part: bytes) -> bool:
    """Whether the saved values of formulas count; the flag of BrtCalcProp says no."""
    return not any(kind == 157 and struct.unpack_from("<H", body, 24)[0] & 1 for kind, body in _records(part))


def _take_totals(package: Package, part: str, grid: Grid) -> None:
    """The rows that are totals of the sheet's tables: BrtBeginList says how many."""
    for each in relations(package, part).values():
        if each.kind == "table" and each.target in package:
            for kind, body in _records(package.read(each.target)):
                if kind == 343:
                    first, last, *_, totals = struct.unpack_from("<8I", body)
                    grid.add_totals(first + 1, last + 1, totals)


def _looks(part: bytes) -> list[Look]:
    """The fonts of the styles, in their order."""
    looks: list[Look] = []
    is_font = False
    for kind, body in _records(part):
        if kind in (611, 612):  # BrtBeginFonts, BrtEndFonts
            is_font = kind == 611
        elif kind == 43 and is_font:  # BrtFont
            _, flags, _, script = struct.unpack_from("<HHHH", body)
            looks.append(Look(script == 1, bool(flags & 8)))
    return looks


def _formats(part: bytes, looks: Sequence[Look]) -> Sequence[NumberFormat]:
    codes: dict[int, str] = {}
    styles: list[tuple[int, int, bool]] = []
    is_cell_style = False
    for kind, body in _records(part):
        if kind == 44:  # BrtFmt
            codes[struct.unpack_from("<H", body)[0]] = _wide(body, 2)[0]
        elif kind in (617, 618):  # BrtBeginCellXFs, BrtEndCellXFs
            is_cell_style = kind == 617
        elif kind == 47 and is_cell_style:  # BrtXF
            number, font = struct.unpack_from("<HH", body, 2)
            styles.append((number, font, body[12] & 7 == FILL))
    return formats_of(styles, codes, looks) if styles else [NumberFormat(0, None)] * (1 << 16)


def _changing(part: bytes) -> frozenset[int]:
    """The places of the formats of conditions that strike out a value, or may show another."""
    codes = {
        struct.unpack_from("<H", body)[0]: _wide(body, 2)[0] for kind, body in _records(part) if kind == 44
    }
    formats = (body for kind, body in _records(part) if kind == 507)  # BrtDXF
    return frozenset(place for place, body in enumerate(formats) if xlsb_changes(body, codes))


def _take_rules(part: bytes, grid: Grid, changing: Container[int]) -> None:
    """The areas of conditional formats that change what is seen."""
    areas: list[tuple[int, int, int, int]] = []
    for kind, body in _records(part):
        if kind == 461:  # BrtBeginConditionalFormatting
            end = 12 + 16 * struct.unpack_from("<I", body, 8)[0]
            if end > len(body):
                raise damaged(_DAMAGED)
            areas = [
                (first_row + 1, first, last_row + 1, last)
                for first_row, last_row, first, last in struct.iter_unpack("<IIII", body[12:end])
            ]
        elif kind == 463 and struct.unpack_from("<I", body, 8)[0] in changing:  # BrtBeginCFRule
            grid.conditional += areas


def _texts(part: bytes, looks: Sequence[Look]) -> list[str]:
    return [_rich(body, 0, looks) for kind, body in _records(part) if kind == 19]  # BrtSSTItem


def _rich(body: bytes, at: int, looks: Sequence[Look]) -> str:
    """A text whose runs may have fonts of their own (MS-XLSB 2.5.121)."""
    text, end = _wide(body, at + 1)
    if not body[at] & 1:
        return text
    (count,) = struct.unpack_from("<I", body, end)
    if end + 4 + 4 * count > len(body):
        raise damaged(_DAMAGED)
    return with_runs(text, struct.iter_unpack("<HH", body[end + 4 : end + 4 + 4 * count]), looks)


def _read_cells(part: bytes, cells: Cells) -> None:
    grid = cells.grid
    row, column, is_in_data, seen = 0, -1, False, 0
    for kind, body in _records(part):
        if kind in (145, 146):  # BrtBeginSheetData, BrtEndSheetData
            is_in_data = kind == 145
            seen += is_in_data
        elif is_in_data and kind == 0:  # BrtRowHdr
            number = struct.unpack_from("<I", body)[0] + 1
            if number <= row or number > _LAST_ROW:
                raise damaged(f"row {number} of sheet “{grid.name}” stands out of its order", grid.name)
            row, column = number, -1
            if body[11] & 0x10 or struct.unpack_from("<H", body, 8)[0] < LEAST_HEIGHT * 20:
                grid.hidden_rows.add(row)
        elif is_in_data and kind in _CELLS:
            cell = _with_column(kind, body, column)
            column = struct.unpack_from("<I", cell[1])[0]
            _read_cell(*cell, row, cells)
        elif kind in _CELLS and kind not in _BLANK:
            raise damaged(f"sheet “{grid.name}” has a cell outside of its rows", grid.name)
        else:
            _read_about(kind, body, grid)
    if seen != 1:
        raise damaged(f"sheet “{grid.name}” has no cells, or has them twice", grid.name)


def _read_about(kind: int, body: bytes, grid: Grid) -> None:
    if kind == 60:  # BrtColInfo
        first, last, width = struct.unpack_from("<III", body)
        if body[16] & 1 or width < LEAST_WIDTH * 256:
            grid.hide_columns(first, last)
        else:
            grid.show_columns(first, last)
    elif kind == 485 and struct.unpack_from("<I", body)[0] < LEAST_WIDTH * 256:  # BrtWsFmtInfo
        grid.hide_columns_without_width()
    elif kind == 176:  # BrtMergeCell
        first_row, last_row, first, last = struct.unpack_from("<IIII", body)
        grid.merges.append((first_row + 1, first, last_row + 1, last))
    elif kind == 137:  # BrtBeginWsView
        grid.hides_zeros = grid.hides_zeros or not struct.unpack_from("<H", body)[0] & 0x10


_SHORT_CELLS = {12: 1, 13: 2, 14: 3, 15: 4, 16: 5, 17: 6, 18: 7}
"""BrtShortBlank to BrtShortIsst: the same without a column."""
_CELLS = frozenset((*range(1, 19), 62))
_BLANK = (1, 12)
"""BrtCellBlank, BrtShortBlank. Files of Excel have one outside of the rows, which has no meaning."""


def _with_column(kind: int, body: bytes, before: int) -> tuple[int, bytes]:
    """A cell with its column. If the record has none, it is the column after that of the previous cell."""
    if kind not in _SHORT_CELLS:
        return kind, body
    if before < 0:
        raise damaged("a cell without a column is the first of its row")
    return _SHORT_CELLS[kind], struct.pack("<I", before + 1) + body


def _read_cell(kind: int, body: bytes, row: int, cells: Cells) -> None:
    column, packed = struct.unpack_from("<II", body)
    style = packed & 0xFFFFFF
    if not row or column >= _LAST_COLUMN:
        raise damaged(f"sheet “{cells.grid.name}” has a cell outside of its rows", cells.grid.name)
    match kind:
        case 1:  # BrtCellBlank
            cells.put(row, column, style, None)
        case 2:  # BrtCellRk
            cells.number(row, column, style, rk_number(struct.unpack_from("<I", body, 8)[0]))
        case 9:  # BrtFmlaNum
            cells.formula(row, column, style, struct.unpack_from("<d", body, 8)[0])
        case 5:  # BrtCellReal
            cells.number(row, column, style, struct.unpack_from("<d", body, 8)[0])
        case 3 | 11:  # BrtCellError, BrtFmlaError
            cells.error(row, column, style, body[8])
        case 4 | 10:  # BrtCellBool, BrtFmlaBool
            cells.boolean(row, column, style, body[8])
        case 6 | 8:  # BrtCellSt, BrtFmlaString
            cells.put(row, column, style, _wide(body, 8)[0])
        case 62:  # BrtCellRString
            cells.put(row, column, style, _rich(body, 8, cells.looks))
        case _:  # BrtCellIsst
            cells.shared(row, column, style, struct.unpack_from("<I", body, 8)[0])


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Types and bodies. A record that goes beyond its part is damage."""
    at, end = 0, len(part)
    while at < end:
        kind, at = _varint(part, at, 2)
        size, at = _varint(part, at, 4)
        if at + size > end:
            raise damaged(_DAMAGED)
        yield kind, part[at : at + size]
        at += size


def _varint(part: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for index in range(most):
        byte = part[at]
        at += 1
        number |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return number, at


def _wide(body: bytes, at: int, *, is_nullable: bool = False) -> tuple[str, int]:
    """A text in UTF-16 after its length, and the end of it. Some may be missing (length -1), and are empty."""
    count = struct.unpack_from("<I", body, at)[0]
    if count == 0xFFFFFFFF and is_nullable:
        return "", at + 4
    end = at + 4 + 2 * count
    if end > len(body):
        raise damaged(_DAMAGED)
    return body[at + 4 : end].decode("utf-16-le", "replace"), end
