"""Reads xls from its records (MS-XLS 2.4), as the grammar says (``docs/reference/workbooks.md``).

Only BIFF8, which Excel has written since 1997. Its texts are Unicode, whatever the code page says.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from setpoint.core.ingest import Sheet, Special
from setpoint.core.ingest.cells import Kind
from setpoint.workbook.compound import CompoundError, names_in, read_stream
from setpoint.workbook.conditional_records import XlsRules
from setpoint.workbook.grid import LEAST_HEIGHT, LEAST_WIDTH, Grid
from setpoint.workbook.limits import check_names, damaged, encrypted, no_workbook, too_old
from setpoint.workbook.looks import Look
from setpoint.workbook.records import ERRORS, FILL, Cells, formats_of, rk_number
from setpoint.workbook.sst import continued_text, rich_text, shared_texts, short_text, text

_DAMAGED = "its records are not what they should be"
_BIFF8 = 0x600
_BOF, _EOF, _CONTINUE = 0x809, 0x0A, 0x3C

Record = tuple[int, bytes]


@dataclass(slots=True)
class _Globals:
    """The records before the sheets. ``sheets``: the start of each, its state and kind, its name."""

    codes: dict[int, str] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    styles: list[tuple[int, int, bool]] = field(default_factory=list)
    sheets: list[tuple[int, int, int, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    active: int = 0
    is_calculated: bool = False
    """Programs that calculate say by which version they did; for libraries, 0 and "" only hold the place."""


def read_xls(data: bytes) -> list[Sheet]:
    """Every worksheet with its cells. Raises `WorkbookError` for a file that is encrypted, too old, or damaged."""
    try:
        names = names_in(data)
        if "encryptedpackage" in names or "encryptioninfo" in names:
            raise encrypted()
        if "worddocument" in names:
            raise no_workbook("word")
        if "powerpoint document" in names:
            raise no_workbook("slides")
        stream = read_stream(data, ("workbook", "book"))
        if stream is None:
            raise no_workbook("compound")
        found = _globals(stream)
        check_names(name for *_, name in found.sheets)
        formats = formats_of(found.styles, found.codes, found.looks)
        sheets = []
        for place, (start, state, kind, name) in enumerate(found.sheets):
            if kind == 0:
                grid = Grid(name, state & 3 != 0, place == found.active)
                cells = Cells(
                    grid, formats, found.texts, looks=found.looks, is_calculated=found.is_calculated
                )
                _read_sheet(stream, start, cells, XlsRules(grid, found.codes))
                sheets.append(grid.sheet())
    except (CompoundError, struct.error, IndexError) as error:
        raise damaged(_DAMAGED) from error
    return sheets


def _globals(stream: bytes) -> _Globals:
    found = _Globals()
    texts: list[bytes] = []
    is_first_window, before = True, 0
    for kind, body in _substream(stream, 0):
        match kind:
            case 0x2F:  # FilePass
                raise encrypted()
            case 0x85:  # BoundSheet8
                start, state, sort = struct.unpack_from("<IBB", body)
                found.sheets.append((start, state, sort, short_text(body, 6)))
            case 0x41E:  # Format
                found.codes[struct.unpack_from("<H", body)[0]] = text(body, 2)
            case 0x31:  # Font
                _, flags, _, _, script = struct.unpack_from("<5H", body)
                # No font has the number 4 (MS-XLS 2.5.129).
                found.looks += [Look()] * (len(found.looks) == 4)
                found.looks.append(Look(script == 1, bool(flags & 8)))
            case 0xE0:  # XF
                font, number = struct.unpack_from("<HH", body)
                found.styles.append((number, font, body[6] & 7 == FILL))
            case 0x3D if is_first_window:  # Window1
                found.active, is_first_window = struct.unpack_from("<H", body, 10)[0], False
            case 0x1C1:  # RecalcId
                found.is_calculated = True
            case 0xFC:  # SST
                texts = [body]
            case 0x3C if before in (0xFC, _CONTINUE) and texts:
                texts.append(body)
            case _:
                pass
        before = kind
    found.texts = shared_texts(texts, found.looks) if texts else []
    return found


def _read_sheet(stream: bytes, start: int, cells: Cells, rules: XlsRules) -> None:
    formula: tuple[int, int, int] | None = None
    for kind, body, more in _with_continued(_substream(stream, start)):
        if kind == 0x207 and formula is not None:  # String
            cells.put(*formula, continued_text([body, *more]))
            formula = None
        elif kind in _TEXTS:
            row, column, style = struct.unpack_from("<HHH", body)
            pieces = [body[6:], *more]
            found = rich_text(pieces, cells.looks) if kind == _RICH else continued_text(pieces)
            cells.put(row + 1, column, style, found)
        elif kind in _OF_OLDER_VERSIONS or kind == 0x207:  # a String that belongs to no formula
            raise damaged(_DAMAGED)
        elif kind == 0x06:  # Formula
            _put_without_text(formula, cells)
            formula = _read_formula(body, cells)
        elif kind in _MANY:
            _read_many(kind, body, cells)
        elif kind in _ONE:
            _read_one(kind, body, cells)
        else:
            _read_about(kind, body, cells.grid)
            rules.take(kind, body)
    _put_without_text(formula, cells)


def _put_without_text(formula: tuple[int, int, int] | None, cells: Cells) -> None:
    """A formula whose text is missing was saved without its value."""
    if formula is not None:
        cells.put(*formula, Special(Kind.FORMULA))


def _read_about(kind: int, body: bytes, grid: Grid) -> None:
    if kind == 0x208:  # Row
        if body[12] & 0x20 or struct.unpack_from("<H", body, 6)[0] & 0x7FFF < LEAST_HEIGHT * 20:
            grid.hidden_rows.add(struct.unpack_from("<H", body)[0] + 1)
    elif kind == 0x7D:  # ColInfo
        first, last, width, _, flags = struct.unpack_from("<HHHHH", body)
        if flags & 1 or width < LEAST_WIDTH * 256:
            grid.hide_columns(first, last)
        else:
            grid.show_columns(first, last)
    elif kind == 0x55 and not struct.unpack_from("<H", body)[0]:  # DefColWidth
        grid.hide_columns_without_width()
    elif kind == 0x23E:  # Window2
        grid.hides_zeros = grid.hides_zeros or not struct.unpack_from("<H", body)[0] & 0x10
    elif kind in (0x872, 0x878):  # Feature11, Feature12
        _take_totals(body, grid)
    elif kind == 0xE5:  # MergeCells
        end = 2 + 8 * struct.unpack_from("<H", body)[0]
        if end > len(body):
            raise damaged(_DAMAGED)
        for first_row, last_row, first, last in struct.iter_unpack("<HHHH", body[2:end]):
            grid.merges.append((first_row + 1, first, last_row + 1, last))


def _take_totals(body: bytes, grid: Grid) -> None:
    """The rows that are totals of a table (MS-XLS 2.4.114, 2.5.266)."""
    kind, count = struct.unpack_from("<H5xH", body, 12)
    if kind == 5 and count:  # ISFLIST
        first, last = struct.unpack_from("<HH", body, 27)
        totals = struct.unpack_from("<I", body, 27 + 8 * count + 12)[0]
        grid.add_totals(first + 1, last + 1, totals)


_RICH = 0xD6  # RString
_TEXTS = frozenset((0x204, _RICH))  # Label, RString
_OF_OLDER_VERSIONS = frozenset((0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x09, 0x206, 0x209, 0x406, 0x409))
"""Cells and sheets as Excel 2 to 4 wrote them: in a newer sheet their meaning is not defined."""
_ONE = frozenset((0xFD, 0x27E, 0x203, 0x205, 0x201))


def _read_one(kind: int, body: bytes, cells: Cells) -> None:
    row, column, style = struct.unpack_from("<HHH", body)
    row += 1
    match kind:
        case 0xFD:  # LabelSst
            cells.shared(row, column, style, struct.unpack_from("<I", body, 6)[0])
        case 0x27E:  # RK
            cells.number(row, column, style, rk_number(struct.unpack_from("<I", body, 6)[0]))
        case 0x203:  # Number
            cells.number(row, column, style, struct.unpack_from("<d", body, 6)[0])
        case 0x205 if body[7] == 1:  # BoolErr
            cells.error(row, column, style, body[6])
        case 0x205 if not body[7]:
            cells.boolean(row, column, style, body[6])
        case 0x205:
            raise damaged(_DAMAGED)
        case _:  # Blank
            cells.put(row, column, style, None)


_MANY = frozenset((0xBD, 0xBE))


def _read_many(kind: int, body: bytes, cells: Cells) -> None:
    row, first = struct.unpack_from("<HH", body)
    last, size = struct.unpack_from("<H", body, len(body) - 2)[0], 6 if kind == 0xBD else 2
    if len(body) != 6 + size * (last - first + 1):
        raise damaged(_DAMAGED)
    if kind == 0xBD:  # MulRk
        for place, (style, packed) in enumerate(struct.iter_unpack("<HI", body[4:-2])):
            cells.number(row + 1, first + place, style, rk_number(packed))
    else:  # MulBlank
        for place, (style,) in enumerate(struct.iter_unpack("<H", body[4:-2])):
            cells.put(row + 1, first + place, style, None)


def _read_formula(body: bytes, cells: Cells) -> tuple[int, int, int] | None:
    """Stores a formula's value; if it is a text, returns its place, because the text comes later."""
    row, column, style = struct.unpack_from("<HHH", body)
    place = (row + 1, column, style)
    if body[12:14] != b"\xff\xff":
        cells.formula(*place, struct.unpack_from("<d", body, 6)[0])
        return None
    match body[6]:
        case 0:
            return place
        case 1:
            cells.boolean(*place, body[8])
        case 2:
            cells.put(*place, Special(Kind.ERROR, ERRORS.get(body[8], "#VALUE!")))
        case 3:
            cells.empty_formula(*place)
        case _:
            raise damaged(_DAMAGED)
    return None


def _with_continued(records: Iterator[Record]) -> Iterator[tuple[int, bytes, list[bytes]]]:
    """Each record with the bodies of the ``Continue`` records right behind it."""
    held: tuple[int, bytes, list[bytes]] | None = None
    for kind, body in records:
        if kind == _CONTINUE and held is not None:
            held[2].append(body)
            continue
        if held is not None:
            yield held
        held = (kind, body, [])
    if held is not None:
        yield held


def _substream(stream: bytes, start: int) -> Iterator[Record]:
    """The records from a BOF to its EOF, without the charts inside. A record beyond the end is damage."""
    depth, at, end = 0, start, len(stream)
    while True:
        if at + 4 > end:
            raise damaged(_DAMAGED)
        kind, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        at += 4 + size
        if at > end:
            raise damaged(_DAMAGED)
        if kind & 0xFF == 0x09 and (depth == 0 or kind == _BOF):
            if depth == 0 and (kind != _BOF or struct.unpack_from("<H", body)[0] != _BIFF8):
                raise too_old()
            depth += 1
        elif depth == 0:
            raise damaged(_DAMAGED)
        elif kind == _EOF:
            depth -= 1
            if depth == 0:
                return
        elif depth == 1:
            yield kind, body
