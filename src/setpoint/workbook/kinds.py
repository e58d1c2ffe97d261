"""Recognises the kind of a file by its bytes, and refuses anything else by its real name (XL-6)."""

from __future__ import annotations

import json
import re
from enum import Enum

from setpoint.workbook.limits import damaged, no_workbook, too_old

_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_JUNK_BYTES = 1_024
_HEAD_CHARACTERS = 4_096
_BY_BYTES = {
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"{\\rtf": "rtf",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "seven-zip",
    b"Rar!": "rar",
}
_BY_MIMETYPE = {
    b"sun.xml.calc": "sxc",
    b"opendocument.": "odf",
}
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv")
_SYLK = re.compile(r"ID;P[^\r\n]*[\r\n]+(?:[A-Z]{1,2};[A-Z]|E(?:[\r\n]|$))")
"""A csv may begin with the same letters: the second line has a record of SYLK, with its name and a field."""
_DIF = re.compile(r"TABLE\r?\n0,1\r?\n")
_MIME = re.compile(r"(?:[^\n]*\n){0,9}MIME-Version:", re.IGNORECASE)
_MARKUP = (
    (re.compile(r"<(?:html|table|!doctype\s+html)\b", re.IGNORECASE), "html"),
    (re.compile(r"urn:schemas-microsoft-com:office:spreadsheet"), "xml-2003"),
    (re.compile(r"<office:document\b"), "flat"),
)


class Kind(Enum):
    ZIP = "zip"
    COMPOUND = "compound"
    TEXT = "text"


def kind_of(data: bytes) -> Kind:
    """The kind by the first bytes. Raises `WorkbookError` for any other file."""
    if data.startswith(_ZIPS):
        return Kind.ZIP
    if data.startswith(_COMPOUND):
        return Kind.COMPOUND
    for mark, what in _BY_BYTES.items():
        if data.startswith(mark):
            raise no_workbook(what)
    if data[:1] == b"\x09" and data[1:2] in b"\x00\x02\x04\x08" and data[3:4] == b"\x00" and data[2] <= 16:
        raise too_old()
    if (junk := data.find(_ZIPS[0], 0, _JUNK_BYTES)) >= 0:
        raise damaged(f"{junk} bytes come before its zip")
    return Kind.TEXT


def refuse_other_text(text: str) -> None:
    """Raises `WorkbookError` for a text that is not csv, and names its real kind."""
    head = text[:_HEAD_CHARACTERS].lstrip()
    if head.startswith("<"):
        raise no_workbook(next((what for mark, what in _MARKUP if mark.search(head)), "xml"))
    if _MIME.match(head):
        raise no_workbook("mhtml")
    if _SYLK.match(head):
        raise no_workbook("sylk")
    if _DIF.match(head):
        raise no_workbook("dif")
    is_in_lines = head[:1] == "{" and _is_json(head.partition("\n")[0])
    if is_in_lines or (head[:1] in ("{", "[") and _is_json(text)):
        raise no_workbook("json")


def refuse_other_zip(names: list[str], mimetype: bytes = b"") -> None:
    """Raises `WorkbookError` for a zip without a workbook, and names its content."""
    for mark, what in _BY_MIMETYPE.items():
        if mark in mimetype:
            raise no_workbook(what)
    firsts = {name.partition("/")[0] for name in names}
    if "word" in firsts:
        raise no_workbook("word")
    if "ppt" in firsts:
        raise no_workbook("slides")
    if any(name.endswith((".iwa", "index.zip")) for name in names):
        raise no_workbook("numbers")
    if any(name.endswith(_WORKBOOKS) for name in names):
        raise no_workbook("packed")
    raise no_workbook("zip")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
