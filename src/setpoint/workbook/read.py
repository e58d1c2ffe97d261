"""Bytes in, sheets of neutral cells out. The format is what the bytes are, not what the file's name says (XL-6).

xlsx, xlsm   `xlsx`: python-calamine where a sheet is plain, cell by cell where it is not
xls, xlsb    python-calamine, with what it loses put back by `records`
ods          `ods`, cell by cell
csv          `delimited`

One process reads one file, and most are xlsx: the other readers are loaded when a file asks for them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from setpoint.core.ingest import Sheet
from setpoint.workbook.limits import (
    MAX_COLUMNS,
    MAX_ROWS,
    check_size,
    damaged,
    encrypted,
    no_workbook,
    too_many_rows,
)
from setpoint.workbook.marks import Marks
from setpoint.workbook.package import open_package, stored
from setpoint.workbook.xlsx import from_calamine, read_xlsx

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NEVER = {
    b"%PDF": "it is a PDF",
    b"\x89PNG": "it is a picture",
    b"\xff\xd8\xff": "it is a picture",
    b"GIF8": "it is a picture",
    b"{\\rtf": "it is a letter in RTF",
}
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def read_sheets(data: bytes) -> list[Sheet]:
    """Every sheet of a workbook. Raises `WorkbookError` for whatever is none, cannot be trusted, or is too much."""
    check_size(len(data))
    if data.startswith(_ZIP):
        return _read_package(data)
    if data.startswith(_COMPOUND):
        if _ENCRYPTED_STREAM in data:
            raise encrypted()
        from setpoint.workbook.records import marks_of_xls  # noqa: PLC0415  # only if asked for

        return _read_records(data, lambda: marks_of_xls(data))
    for mark, what in _NEVER.items():
        if data.startswith(mark):
            raise no_workbook(what)
    from setpoint.workbook.delimited import read_delimited  # noqa: PLC0415  # only if asked for

    return [read_delimited(data)]


def _read_package(data: bytes) -> list[Sheet]:
    parts = open_package(data)
    if "xl/workbook.xml" in parts:
        return read_xlsx(parts)
    if "xl/workbook.bin" in parts:
        from setpoint.workbook.records import marks_of_xlsb  # noqa: PLC0415  # only if asked for

        return _read_records(stored(parts), lambda: marks_of_xlsb(parts))
    if "content.xml" in parts and b"opendocument.spreadsheet" in parts.get("mimetype", b""):
        from setpoint.workbook.ods import read_ods  # noqa: PLC0415  # only if asked for

        return read_ods(parts)
    raise no_workbook("it is a zip with no workbook in it")


def _read_records(data: bytes, marks_of: Callable[[], dict[str, Marks]]) -> list[Sheet]:
    """xls and xlsb: the values by calamine, and what it loses by their records."""
    from setpoint.workbook.compound import CompoundError  # noqa: PLC0415  # only if asked for

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            marks = marks_of()
            sheets = []
            for each in book.sheets_metadata:
                if each.typ is SheetTypeEnum.WorkSheet:
                    rows, first_row = from_calamine(book.get_sheet_by_name(each.name))
                    is_wide = any(cell not in (None, "") for row in rows for cell in row[MAX_COLUMNS:])
                    rows = [row[:MAX_COLUMNS] for row in rows]
                    if first_row + len(rows) - 1 > MAX_ROWS:
                        raise too_many_rows(each.name)
                    sheet = Sheet(
                        each.name,
                        rows,
                        first_row,
                        each.visible is not SheetVisibleEnum.Visible,
                        is_wide=is_wide,
                    )
                    sheets.append(marks.get(each.name, Marks()).put_back(sheet))
            return sheets
    except PasswordError as error:
        raise encrypted() from error
    except (
        CalamineError,
        CompoundError,
        ElementTree.ParseError,
        LookupError,
        struct.error,
    ) as error:
        raise damaged("its records are not what they should be") from error
