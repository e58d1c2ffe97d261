"""What python-calamine loses of xls and xlsb, read from their records: percentages, error values, hidden rows.

Both formats are a sequence of records, each a type, a size and a body. Most are skipped by their size; only the few
that XL-2, XL-3 and XL-5 ask about are opened (MS-XLS 2.4, MS-XLSB 2.4).
"""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from setpoint.core.ingest import Kind, Special
from setpoint.workbook.compound import read_stream
from setpoint.workbook.formats import kind_of_format
from setpoint.workbook.limits import encrypted
from setpoint.workbook.marks import Marks

ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}


def marks_of_xls(data: bytes) -> dict[str, Marks]:
    """The marks of every sheet by name. Raises `WorkbookError` where the records are encrypted."""
    book = read_stream(data, ("Workbook", "Book"))
    codes: dict[int, str] = {}
    formats: list[int] = []
    sheets: dict[str, int] = {}
    for kind, body in _biff(book, 0):
        match kind:
            case 0x2F:  # FILEPASS
                raise encrypted()
            case 0x85:  # BOUNDSHEET8
                sheets[_short_text(body, 6)] = struct.unpack_from("<I", body)[0]
            case 0x41E:  # FORMAT
                codes[struct.unpack_from("<H", body)[0]] = _text(body, 2)
            case 0xE0:  # XF
                formats.append(struct.unpack_from("<H", body, 2)[0])
            case _:
                pass
    percent = _percent_styles(formats, codes)
    return {name: _xls_sheet(book, start, percent) for name, start in sheets.items()}


def _xls_sheet(book: bytes, start: int, percent: frozenset[int]) -> Marks:
    marks = Marks()
    for kind, body in _biff(book, start):
        if kind == 0x208:  # ROW
            if body[12] & 0x20:
                marks.hidden.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == 0xBD:  # MULRK
            row, column = struct.unpack_from("<HH", body)
            styles = [style for style, _ in struct.iter_unpack("<HI", body[4:-2])]
            marks.percentages.update(
                (row + 1, column + at) for at, style in enumerate(styles) if style in percent
            )
        elif kind in (0x203, 0x27E, 0x06, 0x205):  # NUMBER, RK, FORMULA, BOOLERR
            row, column, style = struct.unpack_from("<HHH", body)
            error = _error_in(kind, body)
            if error is not None:
                marks.specials[row + 1, column] = Special(Kind.ERROR, ERRORS.get(error, "#VALUE!"))
            elif style in percent:
                marks.percentages.add((row + 1, column))
    return marks


def _error_in(kind: int, body: bytes) -> int | None:
    """The number of the error that a BOOLERR, or a FORMULA by its cached value, holds."""
    if kind == 0x205:
        return body[6] if body[7] else None
    if kind == 0x06 and body[12:14] == b"\xff\xff" and body[6] == 2:
        return body[8]
    return None


def marks_of_xlsb(parts: Mapping[str, bytes]) -> dict[str, Marks]:
    codes: dict[int, str] = {}
    formats: list[int] = []
    is_cell_style = False
    for kind, body in _brt(parts.get("xl/styles.bin", b"")):
        if kind == 44:  # BrtFmt
            codes[struct.unpack_from("<H", body)[0]] = _wide(body, 2)[0]
        elif kind in (617, 618):  # BrtBeginCellXFs, BrtEndCellXFs
            is_cell_style = kind == 617
        elif kind == 47 and is_cell_style:  # BrtXF
            formats.append(struct.unpack_from("<H", body, 2)[0])
    percent = _percent_styles(formats, codes)
    targets = {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip(
            "/"
        )
        for relation in ElementTree.fromstring(parts["xl/_rels/workbook.bin.rels"])
    }
    found = {}
    for kind, body in _brt(parts["xl/workbook.bin"]):
        if kind == 156:  # BrtBundleSh
            relation, end = _wide(body, 8)
            found[_wide(body, end)[0]] = _xlsb_sheet(parts.get(targets.get(relation, ""), b""), percent)
    return found


def _xlsb_sheet(part: bytes, percent: frozenset[int]) -> Marks:
    marks = Marks()
    row = 0
    for kind, body in _brt(part):
        match kind:
            case 0:  # BrtRowHdr
                row = struct.unpack_from("<I", body)[0] + 1
                if body[11] & 0x10:
                    marks.hidden.add(row)
            case 3 | 11:  # BrtCellError, BrtFmlaError
                error = Special(Kind.ERROR, ERRORS.get(body[8], "#VALUE!"))
                marks.specials[row, struct.unpack_from("<I", body)[0]] = error
            case 2 | 5 | 9:  # BrtCellRk, BrtCellReal, BrtFmlaNum
                column, style = struct.unpack_from("<II", body)
                if style & 0xFFFFFF in percent:
                    marks.percentages.add((row, column))
            case _:
                pass
    return marks


def _percent_styles(formats: list[int], codes: Mapping[int, str]) -> frozenset[int]:
    return frozenset(
        style
        for style, number in enumerate(formats)
        if kind_of_format(number, codes.get(number)) is Kind.PERCENT
    )


def _biff(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, from its BOF to its EOF; charts inside it are passed over."""
    depth = 0
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        start += 4
        if kind == 0x809:  # BOF
            depth += 1
        elif kind == 0x0A:  # EOF
            depth -= 1
            if depth == 0:
                return
        elif depth == 1:
            yield kind, stream[start : start + size]
        start += size


def _brt(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = _varint(part, at, 2)
        size, at = _varint(part, at, 4)
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


def _text(body: bytes, at: int) -> str:
    count, flags = struct.unpack_from("<HB", body, at)
    return _letters(body, at + 3, count, flags)


def _short_text(body: bytes, at: int) -> str:
    return _letters(body, at + 2, body[at], body[at + 1])


def _letters(body: bytes, at: int, count: int, flags: int) -> str:
    if flags & 1:
        return body[at : at + 2 * count].decode("utf-16-le", "replace")
    return body[at : at + count].decode("latin-1")


def _wide(body: bytes, at: int) -> tuple[str, int]:
    count = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + 2 * count
    return body[at + 4 : end].decode("utf-16-le", "replace"), end
