"""The zip around xlsx, xlsm, xlsb and ods, opened with distrust (XL-7).

What the central directory declares is bounded before a byte is inflated; what is inflated is bounded by what was
declared, and its CRC is checked, so that sizes that lie and damaged parts are errors. Only the parts that a reader
needs are inflated at all: pictures and macros stay packed. The readers then get a zip that is merely stored, made of
parts that have passed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from setpoint.workbook.limits import (
    MAX_INFLATED_BYTES,
    MAX_INFLATED_RATIO,
    damaged,
    holds_entities,
    inflates_too_much,
)

_ENCRYPTED_FLAG = 0x1
_READ_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def open_package(data: bytes) -> Mapping[str, bytes]:
    """The parts that readers need, by name. Raises `WorkbookError` for a zip that cannot be trusted."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            inflated = sum(entry.file_size for entry in entries)
            if inflated > MAX_INFLATED_BYTES or inflated > MAX_INFLATED_RATIO * len(data):
                raise inflates_too_much()
            needed = [entry for entry in entries if _is_needed(entry.filename)]
            for entry in needed:
                if entry.flag_bits & _ENCRYPTED_FLAG or entry.compress_type not in _READ_METHODS:
                    raise damaged(f"its part {entry.filename} is packed as no workbook is")
            parts = {entry.filename: package.read(entry) for entry in needed}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise damaged("its zip cannot be unpacked whole") from error
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            _check_xml(part)
    return parts


def stored(parts: Mapping[str, bytes]) -> bytes:
    """The same parts as a zip that has nothing to inflate."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return out.getvalue()


def _is_needed(name: str) -> bool:
    if name.startswith("xl/") and name.endswith(".bin"):
        return "vba" not in name.lower() and "/printerSettings/" not in name
    if name.startswith(
        ("xl/media/", "xl/drawings/", "xl/charts/", "xl/theme/", "docProps/", "Thumbnails/", "Object ")
    ):
        return False
    return name == "mimetype" or name.endswith((".xml", ".rels"))


def _check_xml(part: bytes) -> None:
    """No document type, and so no entities; and UTF-8, which is what every program writes."""
    head = part[:4]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head:
        raise damaged("its XML is not in UTF-8")
    # One byte is found many times faster than two, and hardly a sheet has this one.
    if b"!" in part and b"<!" in part and (b"<!DOCTYPE" in part or b"<!ENTITY" in part):
        raise holds_entities()
