"""Reads csv raw: finds encoding and delimiter, keeps every text as it stands, and says itself what is a number.

No other reader is asked, because they guess: ``1E5`` becomes 100000, ``3/4`` a date, ``007`` a 7. Here a field is a
number only if it is written as JSON would write it, without an exponent; anything else stays a text and meets the rule
of `setpoint.core.ingest.cast`. Between semicolons or tabs a point before exactly three digits may part thousands, so
such a field stays a text too, and is refused there as ambiguous. Twin of ``frontend/src/workers/delimited.ts``.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

from setpoint.core.ingest import Cell, Sheet
from setpoint.errors import WorkbookError
from setpoint.workbook.kinds import refuse_other_text
from setpoint.workbook.limits import MAX_COLUMNS, MAX_ROWS, no_workbook, too_many_rows

SHEET_NAME = "csv"
_DELIMITERS = ";\t,|"
_LOOKED_AT_LINES = 21
_LOOKED_AT_CHARACTERS = 65_536
_MAX_FIELD = 131_072
_SAID = re.compile(r"sep=([;\t,|])\r?\n?")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_MAYBE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
_END_OF_FILE = "\x1a"
"""Old programs end a file with this one."""
_WINDOWS = {
    byte: bytes([byte]).decode("cp1252")
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def read_delimited(data: bytes) -> Sheet:
    """The rows of a csv file. Raises `WorkbookError` for what is no text, and for quotes that do not close."""
    text = _decoded(data)
    said = _SAID.match(text)
    delimiter = said[1] if said else _found(text[:_LOOKED_AT_CHARACTERS])
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(
        io.StringIO(text[said.end() :] if said else text, newline=""), delimiter=delimiter, strict=True
    )
    is_plain = delimiter == ","
    rows: list[list[Cell]] = []
    is_wide = False
    filled = 0
    try:
        for row in reader:
            if len(row) > MAX_COLUMNS:
                is_wide = is_wide or any(row[MAX_COLUMNS:])
                del row[MAX_COLUMNS:]
            rows.append([_cell(field, is_plain) if field else None for field in row])
            if any(row):
                filled = len(rows)
                if filled > MAX_ROWS:
                    raise too_many_rows(SHEET_NAME)
    except csv.Error as error:
        raise WorkbookError(
            f"The quotes in record {len(rows) + 1} of the csv file do not match. "
            "Save it again from a spreadsheet program.",
            code="damaged",
        ) from error
    return Sheet(SHEET_NAME, rows[:filled], is_wide=is_wide)


def _cell(field: str, is_plain: bool) -> Cell:
    if (
        field[-1] in "0123456789"
        and _NUMBER.fullmatch(field)
        and (is_plain or not _MAYBE_THOUSANDS.fullmatch(field))
    ):
        return float(field)
    return field


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 by mark or by look, else Windows' western code page."""
    try:
        if data.startswith(codecs.BOM_UTF8):
            return _checked(data[3:].decode("utf-8"))
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _checked(data.decode("utf-16"))
        if b"\x00" in data[:1000]:
            return _checked(data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be"))
    except UnicodeDecodeError as error:
        raise no_workbook("it is text in no encoding that is known here") from error
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(data.decode("latin-1").translate(_WINDOWS))


def _checked(text: str) -> str:
    text = text.removesuffix(_END_OF_FILE)
    if _CONTROLS.search(text):
        raise no_workbook("it holds neither text nor a format that is known here")
    refuse_other_text(text)
    if not text.strip():
        raise WorkbookError("The file is empty.", code="empty")
    return text


def _found(text: str) -> str:
    """The delimiter that most of the first lines have; of equals the one that occurs most often."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in re.split(r"\r\n|\n|\r", text)[:_LOOKED_AT_LINES]]
    return max(
        _DELIMITERS,
        key=lambda mark: (sum(mark in line for line in lines), sum(line.count(mark) for line in lines)),
    )
