"""Writes a table as xlsb or xls, record by record (MS-XLSB, MS-XLS, MS-CFB)."""

from __future__ import annotations

import struct
from math import isfinite

from tests.fuzz.choice import Choice
from tests.fuzz.tables import FORMATS, Item, Table
from tests.workbooks import raw

ERRORS = {"#N/A": 42, "#DIV/0!": 7, "#REF!": 23}
ILLEGAL = (
    "a cell twice",
    "an index beyond the last",
    "a style beyond the last",
    "a record that is cut off",
    "not a number",
    "two sheets of one name",
)
_END = 0xFFFFFFFE
FONTS = ((0, 0), (8, 0), (0, 0), (0, 0), (0, 1))
"""The flags of fonts, and whether they are superscript."""
STRUCK, HIGH = 1, 4


class _Records:
    """What both formats have in common: the single mistake of the file, and shared texts."""

    def __init__(self, choice: Choice, table: Table) -> None:
        self.choice, self.table = choice, table
        self.texts: list[tuple[str, bool]] = []
        self._illegal = choice.of(ILLEGAL) if choice.odd("illegal", 0.3) else ""
        self._done = ""

    @property
    def is_legal(self) -> bool:
        return not self._done

    def breaks(self, mistake: str) -> bool:
        if self._illegal == mistake:
            self._done = mistake
            self.choice.taken.add(mistake)
            return True
        return False

    def style(self, item: Item) -> int:
        if item.kind == "date":
            return next(place for place, (number, _) in enumerate(FORMATS) if number == 14)
        return (
            2 * len(FORMATS)
            if item.kind == "number" and self.breaks("a style beyond the last")
            else item.style + item.is_struck * len(FORMATS)
        )

    def index(self, item: Item) -> int:
        text = (item.value, item.is_high)
        if text not in self.texts:
            if self.choice.odd("empty shared texts", 0.2):
                self.texts.append(("", False))
            self.texts.append(text)
        return 99_999 if self.breaks("an index beyond the last") else self.texts.index(text)


def rk(number: float) -> int | None:
    """Encodes a number as an integer of 30 bits, if possible."""
    return (int(number) << 2 | 2) & 0xFFFFFFFF if number == int(number) and abs(number) < 1 << 28 else None


class Xlsb(_Records):
    def written(self) -> bytes:
        cells, row = b"", 0
        for (number, column), item in sorted(self.table.items()):
            if number != row:
                row = number
                hidden = 0x10 if self.choice.odd("a hidden row") and self.choice.some(0.3) else 0
                cells += raw._record(
                    0, struct.pack("<IIHBBB", row - 1, 0, 300, 0, hidden, 0) + struct.pack("<I", 0)
                )
            record = self._cell(column, item)
            is_next = (number, column - 1) in self.table
            if (
                is_next
                and record[0] <= 7
                and record[1] < 0x80
                and self.choice.odd("cells without a column", 0.2)
            ):
                record = bytes((record[0] + 11, record[1] - 4)) + record[6:]
            cells += record
            if row > 1 and self.breaks("a cell twice"):
                cells += record
        columns = (
            raw._record(390, b"")
            + raw._record(60, struct.pack("<IIIIH", 1, 2, 2000, 0, 1))
            + raw._record(391, b"")
        )
        sheet = raw._record(129, b"") + raw._record(148, struct.pack("<IIII", 0, 9, 0, 9))
        if self.choice.odd("hidden zeros"):
            view = struct.pack("<HIIIBBHHHHI", 0x3CC, 0, 0, 0, 64, 0, 0, 100, 0, 0, 0)
            sheet += (
                raw._record(133, b"") + raw._record(137, view) + raw._record(138, b"") + raw._record(134, b"")
            )
        sheet += columns if self.choice.odd("a hidden column") else b""
        sheet += raw._record(145, b"") + cells + raw._record(146, b"") + raw._record(130, b"")
        if self.breaks("a record that is cut off"):
            sheet = sheet[:-7]
        styles = raw._record(278, b"") + raw._record(615, struct.pack("<I", 9))
        styles += b"".join(
            raw._record(44, struct.pack("<H", number) + raw._wide(code))
            for number, code in FORMATS
            if code is not None
        )
        styles += raw._record(616, b"") + raw._record(611, struct.pack("<I", len(FONTS)))
        styles += b"".join(
            raw._record(
                43, struct.pack("<HHHHBBBBQB", 220, flags, 400, script, 0, 0, 0, 0, 0, 0) + raw._wide("A")
            )
            for flags, script in FONTS
        )
        styles += raw._record(612, b"") + raw._record(617, struct.pack("<I", 2 * len(FORMATS)))
        styles += b"".join(
            raw._record(47, struct.pack("<HHHHHBBHBB", 0, number, font, 0, 0, 0, 0, 0, 0, 0))
            for font in (0, STRUCK)
            for number, _ in FORMATS
        )
        styles += raw._record(618, b"") + raw._record(279, b"")
        texts = raw._record(159, struct.pack("<II", len(self.texts), len(self.texts)))
        texts += b"".join(raw._record(19, _rich(*text)) for text in self.texts) + raw._record(160, b"")
        plain = raw.parts("")
        book = raw._record(131, b"") + raw._record(143, b"")
        bundle = raw._record(156, struct.pack("<II", 0, 1) + raw._wide("rId1") + raw._wide("Targets"))
        book += bundle * (1 + self.breaks("two sheets of one name"))
        calculation = struct.pack("<IIIdIH", 0, 1, 100, 0.001, 0, 1)
        book += raw._record(144, b"")
        book += raw._record(157, calculation) if self.choice.odd("never calculated") else b""
        book += raw._record(132, b"")
        rels = plain["xl/_rels/workbook.xml.rels"].replace(".xml", ".bin")
        return raw.zipped(
            {
                "[Content_Types].xml": plain["[Content_Types].xml"],
                "_rels/.rels": plain["_rels/.rels"].replace("workbook.xml", "workbook.bin"),
                "xl/_rels/workbook.bin.rels": rels,
                "xl/styles.bin": styles,
                "xl/workbook.bin": book,
                "xl/sharedStrings.bin": texts,
                "xl/worksheets/sheet1.bin": sheet,
            }
        )

    def _cell(self, column: int, item: Item) -> bytes:
        head = struct.pack("<II", column, self.style(item))
        after = struct.pack("<HII", 0, 0, 0)  # no flags, an empty formula
        match item.kind:
            case "number" | "date":
                number = (
                    45_000.0
                    if item.kind == "date"
                    else float("nan")
                    if self.breaks("not a number")
                    else float(item.value)
                )
                packed = (
                    rk(number)
                    if isfinite(number) and not item.has_formula and self.choice.some(0.5)
                    else None
                )
                if packed is not None:
                    return raw._record(2, head + struct.pack("<I", packed))
                real = head + struct.pack("<d", number)
                return raw._record(9, real + after) if item.has_formula else raw._record(5, real)
            case "boolean":
                return raw._record(4, head + bytes([item.value]))
            case "error":
                code = bytes([ERRORS[item.value]])
                return (
                    raw._record(11, head + code + after) if item.has_formula else raw._record(3, head + code)
                )
            case "blank" | "formula":
                return raw._record(1, head)
            case _:
                if item.has_formula:
                    return raw._record(8, head + raw._wide(item.value) + after)
                if self.choice.odd("inline texts", 0.3):
                    if item.is_high:
                        return raw._record(62, head + _rich(item.value, True))
                    return raw._record(6, head + raw._wide(item.value))
                return raw._record(7, head + struct.pack("<I", self.index(item)))


class Xls(_Records):
    def written(self) -> bytes:
        sheet = self._sheet()
        globals_ = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
        if not self.choice.odd("never calculated"):
            globals_ += _biff(0x1C1, struct.pack("<HHI", 0x1C1, 0, 101_716))
        if self.choice.odd("a code page", 0.3):
            globals_ += _biff(0x42, struct.pack("<H", self.choice.of((367, 1252, 1200, 932))))
        globals_ += b"".join(
            _biff(0x31, struct.pack("<HHHHHBBBB", 220, flags, 0, 400, script, 0, 0, 0, 0) + _text("A", 1))
            for flags, script in FONTS
        )
        globals_ += b"".join(
            _biff(0x41E, struct.pack("<H", number) + _text(code, 2))
            for number, code in FORMATS
            if code is not None
        )
        globals_ += b"".join(
            _biff(0xE0, struct.pack("<HHHHHHII", font, number, 0, 0, 0, 0, 0, 0))
            for font in (0, STRUCK)
            for number, _ in FORMATS
        )
        texts = b"".join(
            _text(text, 2, wide=self.choice.some(0.3), is_high=is_high) for text, is_high in self.texts
        )
        shared = _biff(0xFC, struct.pack("<II", len(self.texts), len(self.texts)) + texts) + _biff(0x0A, b"")
        name = _text("Targets", 1)
        count = 1 + self.breaks("two sheets of one name")
        bound = len(globals_) + count * (4 + 6 + len(name)) + len(shared)
        stream = globals_ + count * _biff(0x85, struct.pack("<IBB", bound, 0, 0) + name) + shared + sheet
        return _compound(
            stream.ljust(4096, b"\0"), "WORKBOOK" if self.choice.odd("a large name") else "Workbook"
        )

    def _sheet(self) -> bytes:
        cells, rows = b"", b""
        for (number, column), item in sorted(self.table.items()):
            record = self._cell(number - 1, column, item)
            cells += record
            if number > 1 and self.breaks("a cell twice"):
                cells += record
        if self.choice.odd("a hidden row"):
            rows = _biff(0x208, struct.pack("<HHHHHHI", 1, 0, 4, 300, 0, 0, 0x20))
        columns = (
            _biff(0x7D, struct.pack("<HHHHHH", 1, 2, 2000, 0, 1, 0))
            if self.choice.odd("a hidden column")
            else b""
        )
        sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
        sheet += columns + _biff(0x200, struct.pack("<IIHHH", 0, 99, 0, 9, 0))
        sheet += rows + cells
        if self.choice.odd("hidden zeros"):
            sheet += _biff(0x23E, struct.pack("<HHHIHHI", 0x6A6, 0, 0, 64, 0, 0, 0))
        return sheet + (
            struct.pack("<HH", 0x203, 9_999) if self.breaks("a record that is cut off") else _biff(0x0A, b"")
        )

    def _cell(self, row: int, column: int, item: Item) -> bytes:
        head = struct.pack("<HHH", row, column, self.style(item))
        after = struct.pack("<HIH", 0, 0, 0)
        match item.kind:
            case "number" | "date":
                number = (
                    45_000.0
                    if item.kind == "date"
                    else float("nan")
                    if self.breaks("not a number")
                    else float(item.value)
                )
                packed = (
                    rk(number)
                    if isfinite(number) and not item.has_formula and self.choice.some(0.5)
                    else None
                )
                if packed is not None:
                    if self.choice.odd("several numbers in a record"):
                        return _biff(0xBD, head[:4] + head[4:] + struct.pack("<IH", packed, column))
                    return _biff(0x27E, head + struct.pack("<I", packed))
                real = head + struct.pack("<d", number)
                return (
                    _biff(0x06, real + after) if item.has_formula and isfinite(number) else _biff(0x203, real)
                )
            case "boolean":
                return _biff(0x205, head + bytes([item.value, 0]))
            case "error":
                code = ERRORS[item.value]
                if item.has_formula:
                    return _biff(0x06, head + bytes([2, 0, code, 0, 0, 0]) + b"\xff\xff" + after)
                return _biff(0x205, head + bytes([code, 1]))
            case "blank" | "formula":
                return _biff(0x201, head)
            case _:
                if item.has_formula:
                    value = _biff(0x06, head + bytes(6) + b"\xff\xff" + after)
                    return value + _biff(0x207, _text(item.value, 2))
                if not item.is_high and self.choice.odd("inline texts", 0.3):
                    return _biff(0x204, head + _text(item.value, 2))
                return _biff(0xFD, head + struct.pack("<I", self.index(item)))


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _rich(text: str, is_high: bool) -> bytes:
    """Encodes a text of xlsb. Its last letter may be superscript."""
    units = len(text.encode("utf-16-le")) // 2
    runs = struct.pack("<IHH", 1, units - 1, HIGH) if is_high else b""
    return bytes([is_high]) + raw._wide(text) + runs


def _text(text: str, size: int, *, wide: bool = False, is_high: bool = False) -> bytes:
    is_wide = wide or any(ord(each) > 0xFF for each in text)
    units = text.encode("utf-16-le" if is_wide else "latin-1")
    count = len(units) // 2 if is_wide else len(units)
    head = count.to_bytes(size, "little") + bytes([is_wide | is_high << 3])
    if is_high:  # no font has the number 4
        return head + struct.pack("<H", 1) + units + struct.pack("<HH", count - 1, HIGH + 1)
    return head + units


def _compound(stream: bytes, name: str) -> bytes:
    """Makes a compound file with one stream: the table of sectors, the directory, the stream."""
    stream = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    count = len(stream) // 512
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<IIII", 1, 1, 0, 0x1000) + struct.pack("<IIII", _END, 0, _END, 0)
    header += struct.pack("<I", 0) + b"\xff" * 4 * 108
    chain = [0xFFFFFFFD, _END, *range(3, 2 + count), _END]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    root = _entry("Root Entry", 5, 1, _END, 0)
    directory = (root + _entry(name, 2, 0xFFFFFFFF, 2, len(stream))).ljust(512, b"\0")
    return header + fat + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    return (
        head
        + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
