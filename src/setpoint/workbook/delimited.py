"""Reads csv: finds encoding and delimiter, keeps every text unchanged, and decides what is a number.

No library is used, because libraries guess: ``1E5`` becomes 100000, ``3/4`` a date, ``007`` a 7. Here a field is a
number only if it is written as in JSON, without an exponent. Anything else stays a text, which
`setpoint.core.ingest.cast` reads. A point before exactly three digits may separate thousands, so such a field stays a
text too, and `cast` refuses it as ambiguous. The delimiter does not decide this: a comma between the fields does not
tell what the point in ``1.250`` means.
Twin of ``frontend/src/workers/delimited.ts``.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection
from functools import lru_cache

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.core.ingest.cells import number_text
from setpoint.errors import WorkbookError
from setpoint.workbook.codepages import Letters, declared, pages_of
from setpoint.workbook.kinds import refuse_other_text
from setpoint.workbook.limits import MAX_COLUMNS, MAX_ROWS, no_workbook, too_many_rows

SHEET_NAME = "csv"
_DELIMITERS = ";\t,|"
_LOOKED_AT_LINES = 21
_LOOKED_AT_CHARACTERS = 65_536
_MAX_FIELD = 131_072
_STATED = re.compile(r"sep=([;\t,|])\r?\n?")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_MAYBE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
_END_OF_FILE = "\x1a"
"""Old programs end a file with this character."""
_CUT_IN_TWO = re.compile(r"[\x80-\xff]\|")
"""In some code pages, the second byte of a letter may be a bar."""


def read_delimited(data: bytes, names: Collection[str] = (), encoding: str | None = None) -> Sheet:
    """The rows of a csv file.

    ``names`` are the plant's names that are not all ASCII; ``encoding`` is the person's choice. Raises `WorkbookError`
    for a file that is not text, and for quotes that do not close.
    """
    text, letters = _decoded(data, names, encoding)
    stated = _STATED.match(text)
    delimiter = stated[1] if stated else _found(text[:_LOOKED_AT_CHARACTERS])
    if letters is not None and delimiter == "|" and _CUT_IN_TWO.search(text):
        raise WorkbookError(
            "The file is in a code page that is not known, where a bar can be part of a letter. "
            "Choose its encoding, or save it as CSV UTF-8.",
            code="unknown_letters",
        )
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(
        io.StringIO(text[stated.end() :] if stated else text, newline=""), delimiter=delimiter, strict=True
    )
    rows: list[list[Cell]] = []
    is_wide = False
    blank = 0
    try:
        for row in reader:
            if not any(row):
                blank += 1  # a file may have only line breaks, so they take no memory until something follows
                continue
            if len(rows) + blank >= MAX_ROWS:
                raise too_many_rows(SHEET_NAME)
            if len(row) > MAX_COLUMNS:
                is_wide = is_wide or any(row[MAX_COLUMNS:])
                del row[MAX_COLUMNS:]
            if blank:
                rows.extend([[]] * blank)
                blank = 0
            rows.append([_cell(field, letters) if field else None for field in row])
    except csv.Error as error:
        raise WorkbookError(
            f"The quotes in record {len(rows) + blank + 1} of the csv file do not match. "
            "Save it again from a spreadsheet program.",
            code="damaged",
        ) from error
    pages = None if letters is None else letters.pages
    return Sheet(SHEET_NAME, rows, is_wide=is_wide, pages=pages, is_delimited=True)


def _cell(field: str, letters: Letters | None) -> Cell:
    if field[-1] in "0123456789" and _NUMBER.fullmatch(field) and not _MAYBE_THOUSANDS.fullmatch(field):
        return float(field) if field.isdecimal() else _decimal(field)
    return field if letters is None or field.isascii() else letters.cell(field)


@lru_cache(maxsize=10_000)
def _decimal(field: str) -> Cell:
    """A number. One that is not written in the shortest form (``1.10``, ``-0``) keeps its written form for columns of
    texts."""
    number = float(field)
    return number if number_text(number) == field else Special(Kind.SHOWN, number, field)


def _decoded(data: bytes, names: Collection[str], encoding: str | None) -> tuple[str, Letters | None]:
    """The text: by byte order mark, by the person's choice, or detected as UTF-16 or UTF-8; otherwise as Latin-1, with
    a reader for the letters.
    """
    try:
        if data.startswith(codecs.BOM_UTF8):
            return _checked(data[3:].decode("utf-8")), None
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _checked(data.decode("utf-16")), None
        if encoding is not None:
            return _checked(declared(data, encoding)), None
        start = data[:1000]
        before, behind = start[::2].count(0), start[1::2].count(0)
        if 8 * max(before, behind) >= len(start):
            return _checked(data.decode("utf-16-le" if behind > before else "utf-16-be")), None
    except UnicodeDecodeError as error:
        raise no_workbook("encoding") from error
    if data.isascii():
        return _checked(data.decode("ascii")), None
    bytes_as_text = data.decode("latin-1")
    pages = pages_of(bytes_as_text, names)
    if not pages or pages[0] == "utf-8":
        try:
            return _checked(data.decode("utf-8")), None
        except UnicodeDecodeError:
            pages = []
    return _checked(bytes_as_text), Letters(pages)


def _checked(text: str) -> str:
    text = text.removesuffix(_END_OF_FILE)
    if _CONTROLS.search(text):
        raise no_workbook("binary")
    refuse_other_text(text)
    if not text.strip():
        raise WorkbookError("The file is empty.", code="empty")
    return text


def _found(text: str) -> str:
    """The delimiter that most of the first lines have; among equals, the most frequent one."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in re.split(r"\r\n|\n|\r", text)[:_LOOKED_AT_LINES]]
    return max(
        _DELIMITERS,
        key=lambda mark: (sum(mark in line for line in lines), sum(line.count(mark) for line in lines)),
    )
