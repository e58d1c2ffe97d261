"""Writes a table as ods or as csv."""

from __future__ import annotations

import csv
import io
from xml.sax.saxutils import escape

from tests.fuzz.choice import Choice
from tests.fuzz.tables import Item, Table
from tests.workbooks import raw

_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
_NO_ZEROS = (
    '<office:document-settings xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"><config:config-item-set>'
    '<config:config-item config:name="ShowZeroValues">false</config:config-item>'
    "</config:config-item-set></office:document-settings>"
)
_STYLES = (
    '<office:automatic-styles><style:style style:name="high" style:family="text"><style:text-properties '
    'style:text-position="super 58%"/></style:style><style:style style:name="struck" style:family="table-cell" '
    'style:parent-style-name="line"/></office:automatic-styles>'
)
_COMMON = (
    f'<office:document-styles {_NAMES}><office:styles><style:style style:name="line" style:family="table-cell">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style></office:styles>'
    "</office:document-styles>"
)
_RULES = (
    '<calcext:conditional-formats><calcext:conditional-format calcext:target-range-address="Targets.B2:Targets.C4 '
    '\'a b\'.D1"><calcext:condition calcext:apply-style-name="struck"/></calcext:conditional-format>'
    "</calcext:conditional-formats>"
)
ILLEGAL = (
    "a number with a comma",
    "an unknown type",
    "a boolean that is none",
    "a count that is none",
    "an open element",
    "a document type",
)


class Ods:
    def __init__(self, choice: Choice, table: Table) -> None:
        self._choice, self._table = choice, table
        self._illegal = choice.of(ILLEGAL) if choice.odd("illegal", 0.3) else ""
        self._done = ""

    @property
    def is_legal(self) -> bool:
        return not self._done

    def _breaks(self, mistake: str) -> bool:
        if self._illegal == mistake:
            self._done = mistake
            self._choice.taken.add(mistake)
            return True
        return False

    def written(self) -> bytes:
        choice = self._choice
        rows: dict[int, dict[int, Item]] = {}
        for (row, column), item in self._table.items():
            rows.setdefault(row, {})[column] = item
        rows_xml, last = "", 0
        for row, cells in sorted(rows.items()):
            if row > last + 1:
                blank = row - last - 1
                count = "x" if self._breaks("a count that is none") else str(blank)
                repeated = f'table:number-rows-repeated="{count}"'
                rows_xml += f"<table:table-row {repeated}><table:table-cell/></table:table-row>"
            last = row
            visibility = (
                ' table:visibility="collapse"' if choice.odd("a hidden row") and choice.some(0.3) else ""
            )
            inside = "".join(self._cell(cells.get(column)) for column in range(max(cells) + 1))
            row_xml = f"<table:table-row{visibility}>{inside}</table:table-row>"
            if row == min(rows) and choice.odd("header rows"):
                row_xml = f"<table:table-header-rows>{row_xml}</table:table-header-rows>"
            elif choice.odd("groups of rows"):
                row_xml = f"<table:table-row-group>{row_xml}</table:table-row-group>"
            rows_xml += row_xml
        columns = (
            '<table:table-column/><table:table-column table:visibility="collapse"/>'
            if choice.odd("a hidden column")
            else ""
        )
        shapes = ""
        if choice.odd("a shape with a table"):
            shapes = (
                '<table:shapes><table:table table:name="x"><table:table-row><table:table-cell/></table:table-row>'
                "</table:table></table:shapes>"
            )
        rules = _RULES if choice.odd("conditional formats") else ""
        tail = "<table:open>" if self._breaks("an open element") else ""
        doctype = "<!DOCTYPE x>" if self._breaks("a document type") else ""
        content = (
            f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<office:document-content {_NAMES} {_CALC}>{_STYLES}'
            "<office:body>"
            f'<office:spreadsheet><table:table table:name="Targets">{shapes}{columns}{rows_xml}{rules}'
            f"</table:table>{tail}"
            "</office:spreadsheet></office:body></office:document-content>"
        )
        mimetype = "application/vnd.oasis.opendocument.spreadsheet"
        mimetype += "-template" if choice.odd("a template") else ""
        settings = {"settings.xml": _NO_ZEROS} if choice.odd("hidden zeros") else {}
        if choice.odd("common styles", 0.5):
            settings["styles.xml"] = _COMMON
        return raw.zipped({"mimetype": mimetype, "content.xml": content, **settings})

    def _cell(self, item: Item | None) -> str:
        if item is None or item.kind == "blank":
            return "<table:table-cell/>"
        formula = ' table:formula="of:=1+1"' if item.has_formula or item.kind == "formula" else ""
        tag = "table:table-cell"
        kind, attributes, text = "", "", ""
        match item.kind:
            case "number":
                kind = "percentage" if self._choice.odd("percentages") and self._choice.some(0.5) else "float"
                value = "150,5" if self._breaks("a number with a comma") else repr(item.value)
                attributes, text = f' office:value="{value}"', repr(item.value)
            case "boolean":
                value = "yes" if self._breaks("a boolean that is none") else str(bool(item.value)).lower()
                kind, attributes, text = "boolean", f' office:boolean-value="{value}"', value.upper()
            case "date":
                kind, attributes, text = "date", ' office:date-value="2026-11-28"', "28.11.26"
            case "error":
                return (
                    f'<{tag} table:formula="of:=NA()" office:value-type="string" office:string-value="" '
                    f'calcext:value-type="error"><text:p>{item.value}</text:p></{tag}>'
                )
            case "formula":
                return f"<{tag}{formula}/>"
            case _:
                kind, text = "string", escape(item.value)
                if item.is_high:
                    high = escape(item.value[-1])
                    text = f'{escape(item.value[:-1])}<text:span text:style-name="high">{high}</text:span>'
                if self._choice.odd("runs of text"):
                    text = f"<text:span>{text}</text:span>"
        if item.kind == "number" and self._breaks("an unknown type"):
            kind = "fraction"
        note = (
            "<office:annotation><text:p>note</text:p></office:annotation>"
            if self._choice.odd("notes")
            else ""
        )
        formula += ' table:style-name="struck"' if item.is_struck else ""
        return f'<{tag}{formula} office:value-type="{kind}"{attributes}>{note}<text:p>{text}</text:p></{tag}>'


_OLD = ("cp1250", "cp850", "gb18030", "big5", "shift_jis", "mac_roman")


class Csv:
    """Writes everything as text. The reader decides what a number is."""

    is_legal = True

    def __init__(self, choice: Choice, table: Table) -> None:
        self._choice, self._table = choice, table

    def written(self) -> bytes:
        choice = self._choice
        delimiter = choice.of((",", ";", "\t", "|"))
        last = max(row for row, _ in self._table)
        out = io.StringIO()
        dialect = csv.unix_dialect if choice.odd("quotes everywhere", 0.2) else csv.excel
        writer = csv.writer(out, dialect, delimiter=delimiter, lineterminator=choice.of(("\r\n", "\n")))
        for row in range(1, last + 1):
            cells = [self._table.get((row, column)) for column in range(4)]
            writer.writerow(["" if cell is None or cell.value is None else str(cell.value) for cell in cells])
        first_line = f"sep={delimiter}\r\n" if choice.odd("the delimiter is said") else ""
        text = first_line + out.getvalue() + ("\x1a" if choice.odd("an end of file") else "")
        if choice.odd("an open quote", 0.05):
            text += '"open'
        encoding = choice.of(("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252", *_OLD))
        try:
            return text.encode(encoding)
        except UnicodeEncodeError:
            return text.encode()
