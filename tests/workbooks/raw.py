"""Files that no program writes: sheets of bare XML, zips with false headers, hand-made records."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

HEADER_ROW = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Machine ID</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Target Speed</t></is></c></row>'
)


def row(number: int, machine: str, speed: str) -> str:
    return (
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{machine}</t></is></c>'
        f'<c r="B{number}"><v>{speed}</v></c></row>'
    )


def sheet(rows: str) -> str:
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def parts(sheet_xml: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The parts of a workbook of one sheet."""
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.styles+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Targets" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="2"><fill/>'
        '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf fillId="1" applyFill="1"/></cellXfs>'
        "</styleSheet>",
        "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{_MAIN}" count="1" uniqueCount="1"><si><t>m:401</t></si></sst>',
        "xl/worksheets/sheet1.xml": sheet_xml,
        **(more or {}),
    }


def zipped(members: Mapping[str, str | bytes], *, level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


def xlsx(rows: str) -> bytes:
    return zipped(parts(sheet(rows)))


def with_declared_size(data: bytes, name: str, size: int) -> bytes:
    """Returns the same zip with a false uncompressed size of a part in its headers."""
    changed = bytearray(data)
    for mark, at_size, at_name_length, at_name in ((b"PK\x01\x02", 24, 28, 46), (b"PK\x03\x04", 22, 26, 30)):
        at = data.find(mark)
        while at >= 0:
            length = int.from_bytes(data[at + at_name_length : at + at_name_length + 2], "little")
            if data[at + at_name : at + at_name + length] == name.encode():
                changed[at + at_size : at + at_size + 4] = size.to_bytes(4, "little")
            at = data.find(mark, at + 4)
    return bytes(changed)


def with_flipped_byte(data: bytes, name: str) -> bytes:
    """Returns the same zip with one flipped bit in a part's compressed bytes."""
    changed = bytearray(data)
    at = data.find(name.encode()) + len(name)
    changed[at + 40] ^= 0x10
    return bytes(changed)


def encrypted_office() -> bytes:
    """Makes the container of an encrypted xlsx: a compound file with the two streams of MS-OFFCRYPTO 2.3."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<IIII", 1, 1, 0, 0x1000) + struct.pack("<iIiI", -2, 0, -2, 0)
    header += struct.pack("<i", 0) + b"\xff" * 4 * 108
    fat = struct.pack("<ii", -3, -2) + b"\xff" * (512 - 8)
    directory = b"".join(
        _entry(*each) for each in (("Root Entry", 5), ("EncryptionInfo", 2), ("EncryptedPackage", 2))
    )
    return header + fat + directory.ljust(512, b"\x00")


def _entry(name: str, kind: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\x00\x00"
    return (
        encoded.ljust(64, b"\x00")
        + struct.pack("<HBB", len(encoded), kind, 1)
        + struct.pack("<iii", -1, -1, 1 if kind == 5 else -1)
        + bytes(36)
        + struct.pack("<iQ", -2, 0)
    )


def xlsb(rows: list[list[str | float | bool | None]], *, hidden: int = -1) -> bytes:
    """A workbook in binary records (MS-XLSB): one sheet, texts in the cells; ``%1.2`` is 120 %, ``#`` an error."""
    cells = b""
    for number, values in enumerate(rows):
        flags = 0x10 if number == hidden else 0
        cells += _record(0, struct.pack("<IIHBBB", number, 0, 300, 0, flags, 0) + struct.pack("<I", 0))
        for column, value in enumerate(values):
            head = struct.pack("<II", column, 0)
            match value:
                case None:
                    continue
                case bool():
                    cells += _record(4, head + bytes([value]))
                case str() if value.startswith("%"):
                    cells += _record(5, struct.pack("<IId", column, 1, float(value[1:])))
                case "#":
                    cells += _record(3, head + b"\x2a")
                case str():
                    cells += _record(6, head + _wide(value))
                case _:
                    cells += _record(5, head + struct.pack("<d", value))
    extent = struct.pack("<IIII", 0, max(0, len(rows) - 1), 0, max(map(len, rows)) - 1)
    sheet_bin = _record(129, b"") + _record(148, extent) + _record(145, b"") + cells + _record(146, b"")
    book = _record(131, b"") + _record(143, b"")
    book += _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Targets"))
    book += _record(144, b"") + _record(132, b"")
    plain = parts("")
    styles = _record(278, b"") + _record(617, struct.pack("<I", 2))
    styles += b"".join(
        _record(47, struct.pack("<HHHHHBBHBB", 0, number, 0, 0, 0, 0, 0, 0, 0, 0)) for number in (0, 9)
    )
    styles += _record(618, b"") + _record(279, b"")
    return zipped(
        {
            "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
            '<Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/>'
            '<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/></Types>',
            "_rels/.rels": plain["_rels/.rels"].replace("workbook.xml", "workbook.bin"),
            "xl/_rels/workbook.bin.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>'
            f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.bin"/></Relationships>',
            "xl/styles.bin": styles,
            "xl/workbook.bin": book,
            "xl/worksheets/sheet1.bin": sheet_bin + _record(130, b""),
        }
    )


def _record(kind: int, body: bytes) -> bytes:
    return _varint(kind) + _varint(len(body)) + body


def _varint(number: int) -> bytes:
    """Record types and sizes are written seven bits a byte, low bits first (MS-XLSB 2.1.4)."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _wide(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded
