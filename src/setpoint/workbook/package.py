"""The zip around xlsx, xlsm, xlsb and ods, opened with distrust (XL-7).

The declared sizes are checked before a byte is inflated. Inflating stops at the declared size, and the CRC is checked,
so that wrong sizes and damaged parts are errors. Only the parts that a reader needs are inflated; pictures and macros
stay packed. The section "The zip" of ``docs/reference/workbooks.md`` says how names compare.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

from setpoint.workbook.limits import (
    MAX_INFLATED_BYTES,
    MAX_INFLATED_RATIO,
    damaged,
    encrypted,
    holds_entities,
    inflates_too_much,
)

_LAST_RECORD = b"PK\x05\x06"
_LAST_RECORD_BYTES, _RECORD_BYTES = 22, 30
_MAX_COMMENT_BYTES = 65_535
_LOCATOR_64 = b"PK\x06\x07"
_LOCATOR_64_BYTES, _RECORD_64_BYTES = 20, 56
_ENCRYPTED_FLAG, _UTF8_FLAG = 0x1, 0x800
_READ_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_SKIPPED = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
"""Comments, quoted text and processing instructions, in which nothing is a declaration."""
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Package:
    """The parts of one zip. Raises `WorkbookError` for an unsafe zip or part."""

    def __init__(self, data: bytes) -> None:
        last_record = _last_record(data)
        if last_record >= 0 and (junk := _bytes_before(data, last_record)) > 0:
            raise damaged(f"{junk} bytes come before its zip")
        self._data = data
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(_without_comment(data, last_record)))
            entries = self._zip.infolist()
        except _UNREADABLE as error:
            raise damaged("its zip cannot be unpacked whole") from error
        if any("\0" in entry.orig_filename for entry in entries):
            raise damaged("its zip cannot be unpacked whole")  # `zipfile` would cut such a name
        inflated = sum(entry.file_size for entry in entries)
        if inflated > MAX_INFLATED_BYTES or inflated > MAX_INFLATED_RATIO * len(data):
            raise inflates_too_much()
        self._entries: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in entries:
            self._entries.setdefault(_folded(_name(entry)), []).append(entry)

    @property
    def names(self) -> list[str]:
        """The names of all parts, as they compare."""
        return [*self._entries]

    def __contains__(self, name: str) -> bool:
        return _folded(name) in self._entries

    def read(self, name: str) -> bytes:
        """The bytes of an existing part."""
        entry, *others = self._entries[_folded(name)]
        if others:
            raise damaged(f"its part {entry.filename} is in it twice")
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise encrypted()
        if entry.compress_type not in _READ_METHODS:
            raise damaged(f"its part {entry.filename} is packed as no workbook is")
        try:
            return self._inflated(entry)
        except _UNREADABLE as error:
            raise damaged("its zip cannot be unpacked whole") from error

    def _inflated(self, entry: zipfile.ZipInfo) -> bytes:
        """The bytes of a part. Raises an error if its packed bytes are too few or too many, or do not give exactly the
        size in the directory. `zipfile` checks only the CRC of the bytes that it finds."""
        self._zip.open(entry).close()  # compares the record before the part with the directory
        sizes = struct.unpack_from("<HH", self._data, entry.header_offset + 26)
        start = entry.header_offset + _RECORD_BYTES + sum(sizes)
        part = self._data[start : start + entry.compress_size]
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            part = inflater.decompress(part, entry.file_size + 1)
            if not inflater.eof or inflater.unused_data:
                raise zipfile.BadZipFile
        if len(part) != entry.file_size or zlib.crc32(part) != entry.CRC:
            raise zipfile.BadZipFile
        return part

    def xml(self, name: str) -> bytes:
        """The bytes of a part that is XML: in UTF-8, and with no document type, and so no entities of its own."""
        part = self.read(name)
        found = _DECLARED.match(part[:200].removeprefix(b"\xef\xbb\xbf"))
        declared = found[1].decode("ascii", "replace").lower() if found else "utf-8"
        if (
            b"\x00" in part[:4]
            or part[:2] in (b"\xff\xfe", b"\xfe\xff")
            or declared not in ("utf-8", "us-ascii")
        ):
            raise damaged("its XML is not in UTF-8")
        # Searching for one byte is many times faster than for two, and hardly any sheet has this one.
        if b"!" in part and b"<!" in part and _declares(part) and _declares(_SKIPPED.sub(b"", part)):
            raise holds_entities()
        return part

    def with_parts(self, parts: Mapping[str, bytes]) -> bytes:
        """The zip with other bytes in some parts, by their names. Every other part stays as it is."""
        changed = {_folded(name): part for name, part in parts.items()}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            for name, (entry, *_) in self._entries.items():
                if not entry.is_dir():
                    package.writestr(_name(entry), changed[name] if name in changed else self.read(name))
        return out.getvalue()


def _declares(part: bytes) -> bool:
    return b"<!DOCTYPE" in part or b"<!ENTITY" in part


def _last_record(data: bytes) -> int:
    """The offset of the last record; -1 if there is none. The comment of a zip may contain the bytes with which a
    record begins, but only the comment of the right record ends with the file. If there is no such record, the last
    place with these bytes counts."""
    end = len(data) - _LAST_RECORD_BYTES
    at = last = data.rfind(_LAST_RECORD, 0, max(0, end + 4))
    while at >= max(0, end - _MAX_COMMENT_BYTES):
        if int.from_bytes(data[at + 20 : at + 22], "little") == end - at:
            return at
        at = data.rfind(_LAST_RECORD, 0, at)
    return last


def _without_comment(data: bytes, last_record: int) -> bytes:
    """The zip without a comment, if `zipfile` would take something in it for the last record."""
    return data if last_record == data.rfind(_LAST_RECORD) else data[: last_record + 20] + bytes(2)


def _bytes_before(data: bytes, last_record: int) -> int:
    """How far the central directory is behind the place that the last record names: another zip may come first."""
    end = last_record
    size, start = struct.unpack_from("<II", data, end + 12)
    record = end - _LOCATOR_64_BYTES - _RECORD_64_BYTES
    if record >= 0 and data.startswith(_LOCATOR_64, end - _LOCATOR_64_BYTES):
        end = record
        size, start = struct.unpack_from("<QQ", data, record + 40)
    return int(end - size - start)


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. Programs write UTF-8 even if they do not say so."""
    if entry.filename.isascii() or entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    return entry.filename.encode("cp437").decode("utf-8", "replace")


def _folded(name: str) -> str:
    """The form of a name for comparison: backslashes become slashes, slashes at the start are removed, and ASCII
    letters become lower case.
    """
    plain = name.replace("\\", "/").lstrip("/")
    return (
        plain.lower()
        if plain.isascii()
        else "".join(each.lower() if each.isascii() else each for each in plain)
    )
