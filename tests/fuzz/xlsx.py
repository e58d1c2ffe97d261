"""Writes a table as xlsx. Sometimes it breaks the format a little."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

from tests.fuzz.choice import Choice
from tests.fuzz.tables import FORMATS, Item, Table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NEWER = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
CELLS = "http://schemas.microsoft.com/office/excel/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ILLEGAL = (
    "a cell twice", "an empty type", "an unknown type", "an index with a zero before it",
    "an index that is no whole number", "an index beyond the last", "a number with a comma", "a number with dots",
    "a number in words", "an infinite number", "a style beyond the last", "a reference to another row",
    "a reference that is none", "two values", "a row twice", "two sheets of cells", "an open element",
    "a document type", "an unknown entity", "a text of a number's type", "a boolean that is none", "a part twice",
    "no relationship of the sheet", "another encoding", "invalid bytes", "a version of cells", "a merge that is none",
    "a column beyond the last", "a null character", "letters between rows", "letters between cells",
    "letters in a cell", "letters in a text", "an element in a value", "an element in a text",
)  # fmt: skip


class Writer:
    """Writes one file. Afterwards ``is_legal`` says whether the file is well formed."""

    def __init__(self, choice: Choice, table: Table) -> None:
        self._choice = choice
        self._table = table
        self._texts: list[str] = []
        self._illegal = choice.of(ILLEGAL) if choice.odd("illegal", 0.35) else ""
        self._prefix = "x:" if choice.odd("a prefix") else ""
        self._namespace = STRICT if choice.odd("the strict namespace", 0.05) else MAIN
        self._quote = "'" if choice.odd("single quotes") else '"'
        self._gap = "\r\n  " if choice.odd("line breaks between attributes") else " "
        self._pretty = "\n    " if choice.odd("pretty printed") else ""
        self._done = ""

    @property
    def is_legal(self) -> bool:
        return not self._done

    def written(self) -> bytes:
        choice = self._choice
        folder = "abc" if choice.odd("another folder", 0.05) else "xl"
        main = f"{folder}/{'Book2.xml' if choice.odd('another main part', 0.05) else 'workbook.xml'}"
        sheet_name = "Sheet1.XML" if choice.odd("another case of a part", 0.05) else "sheet1.xml"
        sheet = self._sheet()
        parts = {
            "[Content_Types].xml": _types(main, f"{folder}/worksheets/{sheet_name}", folder),
            "_rels/.rels": self._relations(
                [("m", "officeDocument", f"/{main}" if choice.odd("an absolute target") else main)]
            ),
            main: self._workbook(),
            f"{folder}/_rels/{main.rpartition('/')[2]}.rels": self._relations(
                [
                    *(
                        []
                        if self._breaks("no relationship of the sheet")
                        else [("r1", "worksheet", "worksheets/sheet1.xml")]
                    ),
                    ("r2", "styles", "styles.xml"),
                    ("r3", "sharedStrings", "sharedStrings.xml"),
                    ("r4", "chartsheet", "chartsheets/sheet1.xml"),
                ]
            ),
            f"{folder}/styles.xml": self._styles(),
            f"{folder}/sharedStrings.xml": self._shared(),
            f"{folder}/worksheets/{sheet_name}": sheet,
        }
        return self._zip(parts)

    def _zip(self, parts: dict[str, str]) -> bytes:
        choice = self._choice
        out = io.BytesIO()
        method = zipfile.ZIP_STORED if choice.odd("stored", 0.2) else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(out, "w", method) as package:
            for name, text in (
                choice.shuffled([*parts.items()]) if choice.odd("parts in another order") else parts.items()
            ):
                content = text.encode(
                    "utf-16" if "worksheets" in name and self._breaks("another encoding") else "utf-8"
                )
                if "worksheets" in name and self._breaks("invalid bytes"):
                    content = content.replace(b"m:4", b"m:\xff4", 1)
                if choice.odd("a byte order mark", 0.05):
                    content = b"\xef\xbb\xbf" + content
                name_in_zip = name.replace("/", "\\") if choice.odd("backslashes in names", 0.05) else name
                with package.open(name_in_zip, "w", force_zip64=choice.odd("zip64", 0.05)) as part:
                    part.write(content)
                if "worksheets" in name and self._breaks("a part twice"):
                    with warnings.catch_warnings(action="ignore"):
                        package.writestr(name_in_zip, content)
        return out.getvalue()

    def _breaks(self, mistake: str) -> bool:
        """Says whether this is the file's single mistake."""
        if self._illegal == mistake:
            self._done = mistake
            self._choice.taken.add(mistake)
            return True
        return False

    def _element(self, name: str, attributes: Iterable[tuple[str, object]], inside: str | None = None) -> str:
        pairs = [*attributes]
        if self._choice.odd("attributes in another order"):
            pairs = self._choice.shuffled(pairs)
        text = "".join(f"{self._gap}{key}={self._quote}{value}{self._quote}" for key, value in pairs)
        tag = f"{self._prefix}{name}"
        return f"<{tag}{text}/>" if inside is None else f"<{tag}{text}>{inside}</{tag}>"

    def _relations(self, relations: list[tuple[str, str, str]]) -> str:
        found = "".join(
            f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for key, kind, target in relations
        )
        return f'<Relationships xmlns="{PACKAGE}">{found}</Relationships>'

    def _root(self, name: str, inside: str, more: str = "") -> str:
        colon = f":{self._prefix[:-1]}" if self._prefix else ""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n' if self._choice.some(0.8) else ""
        tag = f"{self._prefix}{name}"
        return f'{head}<{tag} xmlns{colon}="{self._namespace}"{more}>{inside}</{tag}>'

    def _workbook(self) -> str:
        choice = self._choice
        state = f' state="{choice.of(("hidden", "visible", "show"))}"' if choice.odd("a state") else ""
        name = "Plan_x0020_48" if choice.odd("an escape in a name") else "Plan &amp; more"
        p = self._prefix
        gap = "\n " if choice.odd("white space around an id") else ""
        sheets = f'<{p}sheet name="{name}" sheetId="1"{state} r:id="{gap}r1"/>'
        if choice.odd("a chart before it"):
            sheets = (
                f'<{p}sheet name="Chart" sheetId="2" r:id="r4"/><{p}sheet name="None" sheetId="3"/>' + sheets
            )
        before = f'<{p}workbookPr date1904="1"/>' if choice.odd("date1904") else ""
        behind = f'<{p}calcPr fullCalcOnLoad="true"/>' if choice.odd("never calculated") else ""
        inside = f"{before}<{p}sheets>{sheets}</{p}sheets>{behind}"
        return self._root("workbook", inside, f' xmlns:r="{OFFICE}"')

    def _styles(self) -> str:
        codes = "".join(
            self._element(
                "numFmt", [("numFmtId", number), ("formatCode", escape(code, {'"': "&quot;", "'": "&apos;"}))]
            )
            for number, code in FORMATS
            if code is not None
        )
        fonts = self._element("font", [], "") + self._element("font", [], self._element("strike", []))
        xfs = "".join(
            self._element("xf", [("numFmtId", number), ("fontId", font)])
            for font in (0, 1)
            for number, _ in FORMATS
        )
        conditions = "".join(self._element("dxf", [], self._condition(place)) for place in range(4))
        groups = (("numFmts", codes), ("fonts", fonts), ("cellXfs", xfs), ("dxfs", conditions))
        return self._root("styleSheet", "".join(self._element(name, [], inside) for name, inside in groups))

    def _condition(self, place: int) -> str:
        """Chooses a conditional format: bold, struck through, another size, or nothing."""
        inside = ("b", "strike")[place] if place < 2 else ""
        if inside:
            return self._element("font", [], self._element(inside, []))
        number = [("numFmtId", 200), ("formatCode", "0,")]
        return self._element("numFmt", number) if place == 2 else ""

    def _rules(self) -> str:
        """Writes a conditional format in Excel's old form, or in the form since 2010."""
        place = self._choice.number(0, 4)
        area = self._choice.of(("B2", "A1:C4 D5", "B:B", "3:4", "C9:B1"))
        if self._choice.some(0.7):
            rule = self._element("cfRule", [("type", "expression"), ("dxfId", place)])
            return self._element("conditionalFormatting", [("sqref", area)], rule)
        condition = self._condition(place) if place < 4 else ""
        return self._element(
            "extLst",
            [],
            f'<e:ext xmlns:e="{NEWER}" xmlns:m="{CELLS}"><e:conditionalFormatting><e:cfRule><e:dxf>{condition}</e:dxf>'
            f"</e:cfRule><m:sqref>{area}</m:sqref></e:conditionalFormatting></e:ext>",
        )

    def _shared(self) -> str:
        items = "".join(
            self._element("si", [], each) if each else self._element("si", []) for each in self._texts
        )
        return self._root("sst", items)

    def _sheet(self) -> str:
        choice = self._choice
        rows: dict[int, list[tuple[int, Item]]] = {}
        for (row, column), item in sorted(self._table.items()):
            rows.setdefault(row, []).append((column, item))
        row_texts = [self._row(row, cells) for row, cells in rows.items()]
        if self._breaks("a row twice"):
            row_texts.append(self._element("row", [("r", max(rows))], ""))
        if choice.odd("rows in another order") and not choice.odd("no references", 0.05):
            row_texts = choice.shuffled(row_texts)
        if self._breaks("a version of cells"):
            row_texts.append(
                '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"/>'
            )
        comment = "<!-- <row r='9'><c r='A9'><v>1</v></c></row> -->" if choice.odd("a comment") else ""
        data = self._element(
            "sheetData",
            [],
            comment
            + ("x" if self._breaks("letters between rows") else "")
            + self._pretty.join(row_texts)
            + ("&nbsp;" if self._breaks("an unknown entity") else ""),
        )
        if self._breaks("two sheets of cells"):
            data += self._element("sheetData", [], "")
        columns = ""
        if choice.odd("a hidden column"):
            columns = self._element(
                "cols", [], self._element("col", [("min", 2), ("max", 3), ("hidden", "true")])
            )
        merges = ""
        if choice.odd("merged columns") or self._illegal == "a merge that is none":
            reference = "A1B2" if self._breaks("a merge that is none") else "H:I"
            merges = self._element("mergeCells", [], self._element("mergeCell", [("ref", reference)]))
        doctype = "<!DOCTYPE worksheet>" if self._breaks("a document type") else ""
        tail = f"<{self._prefix}open>" if self._breaks("an open element") else ""
        after = "<!-- the end -->\n" if choice.odd("a comment after the sheet") else ""
        views = ""
        if choice.odd("hidden zeros"):
            views = self._element("sheetViews", [], self._element("sheetView", [("showZeros", "false")]))
        rules = self._rules() if choice.odd("conditional formats") else ""
        sheet = self._root("worksheet", views + columns + data + merges + rules + tail)
        return (sheet.replace("?>\n", f"?>\n{doctype}", 1) if "?>\n" in sheet else doctype + sheet) + after

    def _row(self, row: int, cells: list[tuple[int, Item]]) -> str:
        choice = self._choice
        attributes: list[tuple[str, object]] = [("r", row)]
        if choice.odd("a hidden row") and choice.some(0.3):
            attributes.append(("hidden", choice.of(("1", "true", "0", "false"))))
        cell_texts = [self._cell(row, column, item) for column, item in cells]
        if row > 1 and self._breaks("a cell twice"):
            cell_texts.append(self._cell(row, *cells[-1]))
        if choice.odd("cells in another order"):
            cell_texts = choice.shuffled(cell_texts)
        letters = "x" if row > 1 and self._breaks("letters between cells") else ""
        return self._element("row", attributes, self._pretty.join(cell_texts) + self._pretty + letters)

    def _cell(self, row: int, column: int, item: Item) -> str:
        choice = self._choice
        letters = "ABCDEFGH"[column]
        reference = f"{letters.lower() if choice.odd('lower-case references') else letters}{row}"
        if column == 1 and row > 1 and item.kind == "number":
            for how, other in (
                ("a reference to another row", f"B{row + 1}"),
                ("a reference that is none", "B"),
                ("a column beyond the last", f"XFE{row}"),
            ):
                reference = other if self._breaks(how) else reference
        kind, inside = self._value(row, item)
        style = item.style + item.is_struck * len(FORMATS)
        if item.kind == "number" and row > 1 and self._breaks("a style beyond the last"):
            style = 2 * len(FORMATS)
        attributes: list[tuple[str, object]] = [("r", reference)]
        attributes += [("s", style)] if style else []
        if item.kind == "number" and row > 1 and (self._illegal in ("an empty type", "an unknown type")):
            kind = "" if self._breaks("an empty type") else "x"
            self._breaks("an unknown type")
            attributes.append(("t", kind))
        elif kind:
            attributes.append(("t", kind))
        return self._element("c", attributes, inside)

    def _v(self, text: str) -> str:
        if self._choice.odd("white space in values"):
            text = f"\n      {text}\n    "
        if self._breaks("an element in a value"):
            text += "<y/>"
        return ("x" if self._breaks("letters in a cell") else "") + self._element("v", [], text)

    def _value(self, row: int, item: Item) -> tuple[str, str | None]:
        choice = self._choice
        formula = self._element("f", [], _formula(item)) if item.has_formula or item.kind == "formula" else ""
        match item.kind:
            case "number":
                return self._number(row, item, formula)
            case "boolean":
                text = (
                    "yes"
                    if self._breaks("a boolean that is none")
                    else choice.of(("1", "true") if item.value else ("0", "false"))
                )
                return "b", formula + self._v(text)
            case "error":
                return "e", formula + self._v(item.value)
            case "date":
                return "d", self._v("2026-11-28")
            case "formula":
                return "", formula + choice.of(("", self._element("v", []), self._element("v", [], "")))
            case "blank":
                return "", None
            case _ if item.is_high:
                return self._high_text(item.value)
            case _:
                return self._text(item.value, formula)

    def _number(self, row: int, item: Item, formula: str) -> tuple[str, str]:
        choice = self._choice
        text = repr(item.value)
        for how, wrong in (
            ("a number with a comma", "150,5"), ("a number with dots", "1.2.3"), ("a number in words", "NaN"),
            ("an infinite number", "1e999"),
        ):  # fmt: skip
            text = wrong if row > 1 and self._breaks(how) else text
        twice = self._v("1") if row > 1 and self._breaks("two values") else ""
        if choice.odd("numbers with an exponent") and choice.some(0.5) and text == repr(item.value):
            text = f"{item.value:e}"
        if row > 1 and self._breaks("a text of a number's type"):
            return "", self._element("is", [], self._element("t", [], "7"))
        return choice.of(("", "", "n")), formula + self._v(text) + twice

    def _text(self, text: str, formula: str) -> tuple[str, str]:
        choice = self._choice
        if self._breaks("a null character"):
            text = f"{text}&#0;"
        escaped = text if "&#0;" in text else escape(text)
        if choice.odd("numeric references") and "&" not in escaped:
            escaped = "".join(f"&#x{ord(each):x};" if choice.some(0.3) else each for each in escaped)
        if choice.odd("escapes in texts") and "&" not in escaped and escaped.isascii():
            escaped = "".join(f"_x{ord(each):04X}_" if choice.some(0.2) else each for each in escaped)
        if formula:
            return "str", formula + self._element("v", [], escaped)
        return self._own_text(escaped)

    def _high_text(self, text: str) -> tuple[str, str]:
        high = self._element("rPr", [], self._element("vertAlign", [("val", "superscript")]))
        pieces = (("", text[:-1]), (high, text[-1]))
        runs = "".join(
            self._element("r", [], look + self._element("t", [], escape(piece))) for look, piece in pieces
        )
        return self._stored_text(runs)

    def _own_text(self, inner: str) -> tuple[str, str]:
        choice = self._choice
        if choice.odd("CDATA") and "&" not in inner:
            inner = f"<![CDATA[{inner}]]>"
        if self._breaks("an element in a text"):
            inner += "<y/>"
        t = self._element("t", [("xml:space", "preserve")] if choice.some(0.3) else [], inner)
        t += "x" if self._breaks("letters in a text") else ""
        if choice.odd("rich texts") and choice.some(0.5):
            t = self._element("r", [], self._element("rPr", [], "") + t)
        if choice.odd("phonetic texts", 0.05):
            t += self._element("rPh", [("sb", 0), ("eb", 1)], self._element("t", [], "zzz"))
        return self._stored_text(t)

    def _stored_text(self, t: str) -> tuple[str, str]:
        """Writes a text in its cell, or as a shared text. Returns the type and the content of the cell."""
        choice = self._choice
        if choice.odd("inline texts", 0.3):
            return "inlineStr", self._element("is", [], t)
        if choice.odd("empty shared texts", 0.2) and choice.some(0.3):
            self._texts.append("")
        if t not in self._texts:
            self._texts.append(t)
        index = str(self._texts.index(t))
        if self._breaks("an index with a zero before it"):
            index = f"0{index}"
        elif self._breaks("an index that is no whole number"):
            index = f"{index}.0"
        elif self._breaks("an index beyond the last"):
            index = "99999"
        return "s", self._v(index)


def _types(main: str, sheet: str, folder: str) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = (
        (main, "sheet.main"), (sheet, "worksheet"), (f"{folder}/styles.xml", "styles"),
        (f"{folder}/sharedStrings.xml", "sharedStrings"),
    )  # fmt: skip
    found = "".join(f'<Override PartName="/{name}" ContentType="{kind}.{each}+xml"/>' for name, each in parts)
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{found}</Types>'
    )


def _formula(item: Item) -> str:
    """Writes a formula that gives the saved value, also for a program that calculates it again."""
    if item.kind == "formula":
        return "1+1"
    return escape(f'"{item.value}"') if item.kind == "text" else str(item.value)
