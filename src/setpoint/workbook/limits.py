"""Limits for files, and the messages for refused files (XL-6, XL-7)."""

from __future__ import annotations

from collections.abc import Iterable

from setpoint.core.ingest.cells import quoted
from setpoint.errors import WorkbookError

MAX_FILE_BYTES = 20_000_000
MAX_INFLATED_BYTES = 200_000_000
MAX_INFLATED_RATIO = 100
MAX_ROWS = 1_000_000
MAX_COLUMNS = 256
MAX_CPU_S = 30
"""The limit in seconds of the reader's processor time, so that a busy machine refuses nothing."""
MAX_READ_S = 150.0
"""The limit for waiting for the reader, which may hang."""
MAX_MEMORY_BYTES = 4_000_000_000


def check_size(size: int) -> None:
    """Raises `WorkbookError` for a file of no bytes, or of more than 20 MB."""
    if size == 0:
        raise WorkbookError("The file is empty.", code="empty")
    if size > MAX_FILE_BYTES:
        raise WorkbookError(
            f"The file has {-(-size // 1_000_000)} MB; up to {MAX_FILE_BYTES // 1_000_000} MB are read. "
            "Split it, or remove pictures and sheets that are not needed.",
            code="too_large",
        )


OTHER_FILES = {
    "pdf": "it is a PDF",
    "picture": "it is a picture",
    "rtf": "it is a letter in RTF",
    "gzip": "it is packed with gzip; unpack it first",
    "seven-zip": "it is packed with 7-Zip; unpack it first",
    "rar": "it is packed with RAR; unpack it first",
    "sylk": "it is a SYLK file",
    "sxc": "it is a spreadsheet of OpenOffice 1 (sxc)",
    "odf": "it is an OpenDocument file of another kind",
    "html": "it is a web page (HTML)",
    "xml-2003": "it is an XML spreadsheet of Excel 2003",
    "flat": "it is a flat OpenDocument file",
    "xml": "it is XML",
    "mhtml": "it is a web archive (MHTML)",
    "dif": "it is a DIF file",
    "json": "it is JSON",
    "word": "it is a Word document",
    "slides": "it is a presentation",
    "numbers": "it is an Apple Numbers document",
    "packed": "it is a zip around a workbook; unpack it first",
    "zip": "it is a zip with no workbook in it",
    "compound": "it is a compound file with no workbook in it",
    "old": "it was saved by Excel 95 or older",
    "encoding": "it is text in no encoding that is known here",
    "binary": "it holds neither text nor a format that is known here",
}
"""What a file is instead of a workbook, by the names under which the other languages have texts."""


def no_workbook(what: str) -> WorkbookError:
    """``what`` is one of `OTHER_FILES`."""
    return WorkbookError(
        f"The file is no workbook: {OTHER_FILES[what]}. Save it as xlsx, xlsm, xls, xlsb, ods or csv.",
        code="no_workbook",
        arguments={"what": what},
    )


def damaged(where: str, sheet: str = "", cell: str = "") -> WorkbookError:
    """``sheet`` and, if one cell is damaged, ``cell`` are the place, for the text in other languages."""
    return WorkbookError(
        f"The file is damaged: {where}. Open it in a spreadsheet program, save it again, and send that.",
        code="damaged",
        arguments={"sheet": quoted(sheet), "cell": cell or "no"} if sheet else {},
    )


def check_names(names: Iterable[str]) -> None:
    """Raises `WorkbookError` for two sheets of one name, because nobody knows which of them is meant."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise damaged(f"two of its sheets have the name “{name[:40]}”", name)
        seen.add(name)


def encrypted() -> WorkbookError:
    return WorkbookError(
        "The file is protected by a password. Save it without a password to open it.", code="encrypted"
    )


def too_old() -> WorkbookError:
    return no_workbook("old")


def too_slow() -> WorkbookError:
    return WorkbookError(
        f"The file could not be read within {MAX_CPU_S} s. Split it, or remove what is not needed.",
        code="too_slow",
    )


def inflates_too_much() -> WorkbookError:
    return WorkbookError(
        f"The file unpacks to more than {MAX_INFLATED_BYTES // 1_000_000} MB or {MAX_INFLATED_RATIO} times its size; "
        "that much is not read. Remove what is not needed.",
        code="inflates_too_much",
    )


def too_many_rows(sheet: str) -> WorkbookError:
    return WorkbookError(
        f"The sheet “{sheet}” has cells below row {MAX_ROWS}; up to {MAX_ROWS} rows are read. Split it.",
        code="too_many_rows",
        arguments={"sheet": quoted(sheet), "most": str(MAX_ROWS)},
    )


def holds_entities() -> WorkbookError:
    return WorkbookError(
        "The file's XML declares a document type, as no spreadsheet program writes it. It was not read.",
        code="entities",
    )
