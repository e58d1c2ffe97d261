"""Adds the six columns to a sheet's own bytes, so that everything else in the person's workbook stays as it is.

openpyxl reads a workbook and writes another, without what it does not know: pictures in charts, form controls, slicers,
the saved values of formulas. So if the bytes of the sheet are plain (`setpoint.workbook.quick`), its part and the part
with the styles are amended, and all others are copied. Places and order of elements are those of ECMA-376 part 1,
18.3.1.99 (worksheet) and 18.8.39 (styleSheet).

`spliced` returns None for whatever it does not know: a sheet that is not plain, cells in the place of the new columns,
or a part that could act when the copy is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat
from xml.sax.saxutils import escape

from setpoint.contract.values import Value
from setpoint.core.ingest.cells import number_text
from setpoint.core.ingest.header import letters
from setpoint.workbook.grid import column_of
from setpoint.workbook.package import Package
from setpoint.workbook.parts import main_part, only, relations
from setpoint.workbook.quick import OPEN, rows_of
from setpoint.workbook.safe import cell_text
from setpoint.workbook.xlsx import part_of_sheet


@dataclass(frozen=True, slots=True)
class Added:
    """The additions to a sheet. Rows and columns count from 1.

    ``columns`` are the six places and ``widths`` their widths in characters; ``cells`` are their values by row.
    ``header_row`` is 0 if the sheet has none. ``rules`` are colours as ``AARRGGBB``, each with the formula that is true
    in the rows of ``area`` that have it.
    """

    columns: Sequence[int]
    widths: Sequence[int]
    header_row: int
    titles: Sequence[str]
    cells: Mapping[int, Sequence[Value]]
    area: str
    rules: Sequence[tuple[str, str]]


_PARTS = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|docprops/[^/]*|customxml/.*"
    r"|xl/(?:_rels/)?workbook\.xml(?:\.rels)?|xl/(?:styles|sharedstrings|calcchain|metadata)\.xml|xl/theme/[^/]*"
    r"|xl/(?:worksheets|chartsheets|drawings|charts|tables|comments|threadedcomments|persons|printersettings)/.*"
    r"|xl/(?:pivottables|pivotcache|slicers|slicercaches|timelines|timelinecaches)/.*"
    r"|xl/media/[^/]*\.(?:png|jpe?g|gif|bmp|emf|wmf|svg|tiff?)|xl/comments[0-9]*\.xml"
)
"""The parts that do nothing by themselves: no macros, connections, links to files, controls or embedded objects."""
_WORKBOOK_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_ROW = re.compile(rb'<row r="([0-9]+)"([^>]*?)(?:/>|>(.*?)</row>)', re.DOTALL)
_SPANS = re.compile(rb' spans="[^"]*"')
_PLACE = b'<c r="'
_LETTERS = re.compile(rb"[A-Z]+")
_PRIORITY = re.compile(rb'\bpriority="([0-9]{1,9})"')
_MERGED = re.compile(rb'<mergeCell ref="[A-Z]+[0-9]+:([A-Z]+)[0-9]+"')
_COLUMNS = re.compile(rb'<col [^>]*?\bmax="([0-9]+)"')
_DIMENSION = re.compile(rb'<dimension ref="[A-Z0-9:]*"/>')
_BEFORE_RULES = frozenset(
    (
        *("sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState"),
        *("dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting"),
    )
)
_AFTER_DXFS = frozenset(("tableStyles", "colors", "extLst"))


def spliced(original: bytes, sheet: str, added: Added) -> bytes | None:
    """The workbook with the columns, or None. Raises `WorkbookError` for a package that is damaged."""
    package = Package(original)
    if not all(_PARTS.fullmatch(name) for name in package.names):
        return None
    main = main_part(package)
    part, styles_part = part_of_sheet(package, main, sheet), only(relations(package, main), "styles")
    if part is None or styles_part is None or _WORKBOOK_TYPE not in package.xml("[content_types].xml"):
        return None
    styles = _styled(package.xml(styles_part), added)
    xml = styles and _sheet(package.xml(part), added, styles)
    return package.with_parts({part: xml, styles_part: styles.xml}) if styles and xml else None


@dataclass(frozen=True, slots=True)
class _Styles:
    """The part with the styles, and the numbers of those that were added to it."""

    xml: bytes
    bold: int
    quoted: int
    first_rule: int


@dataclass(frozen=True, slots=True)
class _Element:
    """A child of the root: where it starts, where its closing tag starts, where it ends, and how many children it has.
    ``<dxfs/>`` has no closing tag: it starts where the element ends."""

    name: str
    start: int
    closing: int
    end: int
    count: int


def _children(xml: bytes) -> list[_Element]:
    """The children of the root, in their order. Raises `expat.ExpatError`."""
    found: list[_Element] = []
    depth = count = start = 0
    parser = expat.ParserCreate()

    def opened(_name: str, _attributes: object) -> None:
        nonlocal depth, count, start
        depth += 1
        if depth == 2:
            count, start = 0, parser.CurrentByteIndex
        count += depth == 3

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 1:
            at = parser.CurrentByteIndex
            is_one_tag = count == 0 and xml[at - 2 : at] == b"/>"
            found.append(_Element(name, start, at, at if is_one_tag else xml.index(b">", at) + 1, count))

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.Parse(xml, True)
    return found


def _styled(xml: bytes, added: Added) -> _Styles | None:
    """The styles with a bold one, one for texts that look like formulas, and the colours of rows."""
    parts = {each.name: each for each in _children(xml)}
    if not {"fonts", "cellXfs"} <= parts.keys() or b"<!" in xml:
        return None
    fills = "".join(
        f'<dxf><fill><patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor rgb="{colour}"/></patternFill>'
        "</fill></dxf>"
        for colour, _ in added.rules
    )
    style = '<xf numFmtId="0" fontId="{}" fillId="0" borderId="0" xfId="0" {}/>'
    both = style.format(parts["fonts"].count, 'applyFont="1"') + style.format(0, 'quotePrefix="1"')
    first = parts["cellXfs"].count
    changes = [
        _appended(xml, parts["fonts"], _bold_font(xml, parts["fonts"]), 1),
        _appended(xml, parts["cellXfs"], both.encode(), 2),
    ]
    if "dxfs" in parts:
        changes.append(_appended(xml, parts["dxfs"], fills.encode(), len(added.rules)))
    else:
        later = [each.start for each in parts.values() if each.name in _AFTER_DXFS]
        at = min(later, default=xml.rindex(b"</"))
        changes.append((at, at, f'<dxfs count="{len(added.rules)}">{fills}</dxfs>'.encode()))
    first_rule = parts["dxfs"].count if "dxfs" in parts else 0
    return _Styles(_changed(xml, changes), first, first + 1, first_rule)


def _bold_font(xml: bytes, fonts: _Element) -> bytes:
    """The workbook's first font, bold."""
    found = re.search(rb"<font>(.*?)</font>", xml[fonts.start : fonts.closing], re.DOTALL)
    inner = re.sub(rb"<b(?: [^>]*)?/>", b"", found[1]) if found else b'<sz val="11"/>'
    return b"<font><b/>" + inner + b"</font>"


Change = tuple[int, int, bytes]
"""Start and end of the replaced bytes, and their replacement."""


def _appended(xml: bytes, element: _Element, children: bytes, count: int) -> Change:
    """An element with more children and their new count."""
    start, _, inner = xml[element.start : element.closing].partition(b">")
    opening = start.removesuffix(b"/") + b">"
    opening = re.sub(rb' count="[^"]*"', b' count="%d"' % (element.count + count), opening)
    return (
        element.start,
        element.end,
        b"".join((opening, inner, children, b"</", element.name.encode(), b">")),
    )


def _changed(xml: bytes, changes: Sequence[Change]) -> bytes:
    out, at = [], 0
    for start, end, new in sorted(changes):
        out += [xml[at:start], new]
        at = end
    return b"".join([*out, xml[at:]])


def _sheet(xml: bytes, added: Added, styles: _Styles) -> bytes | None:
    rows = rows_of(xml)
    if rows is None or b"<!" in xml:
        return None
    head, tail = xml[: rows.start], xml[rows.stop :]
    if any(column_of(last.decode()) >= added.columns[0] - 1 for last in _MERGED.findall(tail)):
        return None
    body = _rows(xml[rows.start : rows.stop], added, styles)
    if body is None:
        return None
    skeleton = head + tail
    places = (each.start for each in _children(skeleton) if each.name not in _BEFORE_RULES)
    at = next((each for each in places if each >= len(head)), skeleton.rindex(b"</")) - len(head)
    rules = _rules(added, styles, above=max(map(int, _PRIORITY.findall(tail)), default=0))
    return b"".join((_with_widths(head, added), body, tail[:at], rules, tail[at:]))


def _rows(xml: bytes, added: Added, styles: _Styles) -> bytes | None:
    """The rows with their new cells; None if the place of a new cell is taken, or a row is missing."""
    places = [letters(column - 1) for column in added.columns]
    missing = {*added.cells} | ({added.header_row} if added.header_row else set())
    out = []
    for found in _ROW.finditer(xml):
        number, attributes, cells = int(found[1]), found[2], found[3] or b""
        last = _LETTERS.match(cells, cells.rfind(_PLACE) + len(_PLACE))
        if last and column_of(last[0].decode()) >= added.columns[0] - 1:
            return None
        if number not in missing:
            out.append(found[0])
            continue
        missing.discard(number)
        is_header = number == added.header_row
        values = added.titles if is_header else added.cells[number]
        new = "".join(
            _cell(f"{place}{number}", value, styles, is_bold=is_header)
            for place, value in zip(places, values, strict=True)
            if value is not None
        )
        out += [
            b'<row r="',
            found[1],
            b'"',
            _SPANS.sub(b"", attributes),
            b">",
            cells,
            new.encode(),
            b"</row>",
        ]
    return None if missing else b"".join(out)


def _cell(place: str, value: Value, styles: _Styles, *, is_bold: bool) -> str:
    if isinstance(value, str):
        text, starts_formula = _inline(value)
        style = styles.bold if is_bold else styles.quoted if starts_formula else None
        look = "" if style is None else f' s="{style}"'
        return f'<c r="{place}"{look} t="inlineStr">{text}</c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    return f'<c r="{place}"><v>{number_text(value or 0)}</v></c>'


@lru_cache(maxsize=64)
def _inline(value: str) -> tuple[str, bool]:
    """A text as an element, and whether it could start a formula. Most texts repeat."""
    text, starts_formula = cell_text(value)
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    escaped = escape(text, {"\r": "&#13;"})
    return f"<is><t{space}>{escaped}</t></is>", starts_formula


def _with_widths(head: bytes, added: Added) -> bytes:
    """The part before the rows, without the area of all cells, which has grown, and with widths for the new columns if
    they have none."""
    head = _DIMENSION.sub(b"", head)
    if any(int(last) >= added.columns[0] for last in _COLUMNS.findall(head)):
        return head
    widths = "".join(
        f'<col min="{column}" max="{column}" width="{width}" customWidth="1"/>'
        for column, width in zip(added.columns, added.widths, strict=True)
    ).encode()
    if b"</cols>" in head:
        return head.replace(b"</cols>", widths + b"</cols>")
    return head.removesuffix(OPEN) + b"<cols>" + widths + b"</cols>" + OPEN


def _rules(added: Added, styles: _Styles, *, above: int) -> bytes:
    rules = "".join(
        f'<cfRule type="expression" dxfId="{styles.first_rule + place}" priority="{above + place + 1}">'
        f"<formula>{escape(formula)}</formula></cfRule>"
        for place, (_, formula) in enumerate(added.rules)
    )
    area = f'<conditionalFormatting sqref="{added.area}">{rules}</conditionalFormatting>'
    return area.encode() if rules else b""
