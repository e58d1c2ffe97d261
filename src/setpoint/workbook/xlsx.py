"""Reads xlsx and xlsm: fast if its bytes prove that a sheet is plain (`uniform`, `quick`), strictly otherwise (`walk`).

``docs/reference/workbooks.md`` describes the parts of a workbook for sheets, styles and shared texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from xml.etree import ElementTree

from python_calamine import CalamineError

from setpoint.core.ingest import Sheet
from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook import texts
from setpoint.workbook.conditional import changing, is_changing
from setpoint.workbook.grid import Grid, area
from setpoint.workbook.limits import check_names, damaged
from setpoint.workbook.package import Package
from setpoint.workbook.parts import NOT_XML, only, relations
from setpoint.workbook.quick import Plain, opened, proven
from setpoint.workbook.records import formats_of
from setpoint.workbook.texts import decoded, local
from setpoint.workbook.uniform import uniform
from setpoint.workbook.walk import walk

_WHITE = " \t\r\n"
_COUNT = re.compile("[0-9]{1,7}")
_BODY = (
    *("wholeTable", "firstColumn", "lastColumn"),
    *("firstRowStripe", "secondRowStripe", "firstColumnStripe", "secondColumnStripe"),
)
"""The parts of a style of tables that say how values look."""
_RELATION_IDS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


def read_xlsx(package: Package, main: str) -> list[Sheet]:
    """Every worksheet with its cells. Raises `WorkbookError` for everything outside the grammar."""
    return _Book(package, main).sheets()


def part_of_sheet(package: Package, main: str, name: str) -> str | None:
    """The part that holds the one sheet of this name; None if it is missing."""
    found = [part for grid, part in _Book(package, main)._entries() if grid.name == name]
    return found[0] if len(found) == 1 and found[0] in package else None


class _Book:
    def __init__(self, package: Package, main: str) -> None:
        self._package = package
        self._relations = relations(package, main)
        self._workbook = _root(package.xml(main), "workbook", main)

    def sheets(self) -> list[Sheet]:
        found: list[Sheet | Plain] = []
        entries = [*self._entries()]
        check_names(grid.name for grid, _ in entries)
        for grid, part in entries:
            if part not in self._package:
                raise damaged(f"sheet “{grid.name}” has no cells", grid.name)
            found.append(self._sheet(grid, self._package.xml(part)))
        parts = (part for _, part in entries)
        return [self._with_tables(*each) for each in zip(self._whole(found), parts, strict=True)]

    def _whole(self, found: Sequence[Sheet | Plain]) -> list[Sheet]:
        plain = [each for each in found if isinstance(each, Plain)]
        try:
            read = iter(opened(plain, self._texts) if plain else ())
            return [each.sheet(next(read)) if isinstance(each, Plain) else each for each in found]
        except CalamineError:  # the walk can say which cell it is
            return [
                self._walked(each.skeleton, each.xml) if isinstance(each, Plain) else each for each in found
            ]

    def _with_tables(self, sheet: Sheet, part: str) -> Sheet:
        """The sheet with the rows that are totals of its tables, and the areas of tables whose style may strike out a
        value (ECMA-376 part 1, 18.5.1.2 and 18.8.40)."""
        rows: set[int] = set()
        changed = [*sheet.conditional]
        for each in relations(self._package, part).values():
            if each.kind == "table" and each.target in self._package:
                table = _root(self._package.xml(each.target), "table", "table")
                rows.update(_total_rows(table))
                if not self._changing_tables.isdisjoint(_style_names(table)):
                    changed.append(area(table.get("ref", "").strip(_WHITE)))
        if not rows and len(changed) == len(sheet.conditional):
            return sheet
        return replace(sheet, total_rows=frozenset(rows), conditional=tuple(changed))

    def _sheet(self, grid: Grid, xml: bytes) -> Sheet | Plain:
        if self._has_plain_texts:
            alike = uniform(xml, grid, lambda: self._shared, self._formats, self._changing)
            if alike is not None:
                return alike
            plain = proven(
                xml, grid, self._formats, is_calculated=self._is_calculated, changing=self._changing
            )
            if plain is not None:
                return plain
        return self._walked(grid, xml)

    def _walked(self, grid: Grid, xml: bytes) -> Sheet:
        fresh = Grid(grid.name, grid.is_hidden, grid.is_active)
        walk(
            xml,
            fresh,
            self._shared,
            self._formats,
            is_calculated=self._is_calculated,
            changing=self._changing,
        )
        return fresh.sheet()

    def _entries(self) -> Iterator[tuple[Grid, str]]:
        """The worksheets in the order of their tabs, without charts, dialogs and macro sheets."""
        active = 0
        for view in _children(self._workbook, "bookViews", "workbookView"):
            number = view.get("activeTab", "0").strip(_WHITE)
            active = int(number) if number.isdecimal() and len(number) < 6 else 0
            break
        for place, element in enumerate(_children(self._workbook, "sheets", "sheet")):
            keys = [element.attrib[each] for each in _RELATION_IDS if each in element.attrib]
            if len(keys) > 1:
                raise damaged(NOT_XML)
            relation = self._relations.get(keys[0].strip(_WHITE)) if keys else None
            if relation is not None and relation.kind == "worksheet":
                is_hidden = element.get("state", "").strip(_WHITE) in ("hidden", "veryHidden")
                yield Grid(decoded(element.get("name", "")), is_hidden, place == active), relation.target

    @cached_property
    def _is_calculated(self) -> bool:
        """Whether the saved values of formulas count. Libraries that do not calculate save 0 and say so here."""
        found = (each for each in self._workbook if local(each.tag) == "calcPr")
        return not any(each.get("fullCalcOnLoad", "").strip(_WHITE) in ("1", "true") for each in found)

    @cached_property
    def _texts(self) -> bytes | None:
        return self._part("sharedStrings")

    @cached_property
    def _has_plain_texts(self) -> bool:
        return self._texts is None or texts.is_plain(self._texts)

    @cached_property
    def _shared(self) -> Sequence[str]:
        if self._texts is None:
            return ()
        return texts.shared_texts(self._texts, is_proven=self._has_plain_texts)

    @cached_property
    def _styles(self) -> ElementTree.Element | None:
        part = self._part("styles")
        return _root(part, "styleSheet", "styles") if part is not None else None

    @cached_property
    def _changing(self) -> frozenset[int]:
        """The formats of conditions that strike out a value, or show another."""
        return frozenset() if self._styles is None else changing(_children(self._styles, "dxfs", "dxf"))

    @cached_property
    def _changing_tables(self) -> frozenset[str]:
        """The styles of tables that may strike out a value below the header."""
        styles = () if self._styles is None else _children(self._styles, "tableStyles", "tableStyle")
        return frozenset(
            each.get("name", "")
            for each in styles
            for part in each
            if local(part.tag) == "tableStyleElement" and part.get("type", "").strip(_WHITE) in _BODY
            if is_changing(part.attrib, self._changing)
        )

    @cached_property
    def _formats(self) -> Sequence[NumberFormat] | None:
        """The formats of the cell styles; None if every cell is General."""
        root = self._styles
        if root is None:
            return None
        codes = {
            _number(each.get("numFmtId")): decoded(each.get("formatCode", ""))
            for each in _children(root, "numFmts", "numFmt")
        }
        looks = [texts.look_of(each) for each in _children(root, "fonts", "font")]
        styles = (
            (_number(each.get("numFmtId", "0")), _number(each.get("fontId", "0")), _is_repeated(each))
            for each in _children(root, "cellXfs", "xf")
        )
        return formats_of(styles, codes, looks) or None

    def _part(self, kind: str) -> bytes | None:
        target = only(self._relations, kind)
        return self._package.xml(target) if target is not None and target in self._package else None


def _is_repeated(style: ElementTree.Element) -> bool:
    """Whether what a cell shows is repeated to its width."""
    return any(
        local(each.tag) == "alignment" and each.get("horizontal", "").strip(_WHITE) == "fill"
        for each in style
    )


def _style_names(table: ElementTree.Element) -> Iterator[str]:
    return (each.get("name", "") for each in table if local(each.tag) == "tableStyleInfo")


def _total_rows(table: ElementTree.Element) -> range:
    count = table.get("totalsRowCount", "0").strip(_WHITE)
    if not _COUNT.fullmatch(count):
        raise damaged("one of its tables cannot be read")
    if not int(count):
        return range(0)
    first, _, last, _ = area(table.get("ref", "").strip(_WHITE))
    return range(max(first, last - int(count) + 1), last + 1)


def _root(part: bytes, name: str, what: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(part)
    except (ElementTree.ParseError, ValueError) as error:
        raise damaged(NOT_XML) from error
    if any(texts.has_prefix(each.attrib) for each in root.iter()):
        raise damaged(NOT_XML)
    if local(root.tag) != name:
        raise damaged(f"its part {what} holds something else")
    return root


def _children(root: ElementTree.Element, group: str, name: str) -> Iterator[ElementTree.Element]:
    for each in root:
        if local(each.tag) != group:
            continue
        for child in each:
            # Excel writes newer formats in two versions, the last of which is for all programs.
            versions = (
                [one for version in child for one in version] if child.tag == texts.ALTERNATE else [child]
            )
            yield from (one for one in versions if local(one.tag) == name)


def _number(text: str | None) -> int:
    plain = (text or "").strip(_WHITE)
    if not plain.isdecimal() or not plain.isascii() or len(plain) > 9:
        raise damaged(f"its styles have a format or a font with the number “{plain[:20]}”")
    return int(plain)
