"""How the styles of an ods show a text: struck out or raised, and in rows and columns that are too small to read
(OpenDocument 1.3 part 3, 16 and 20).

Twin of ``frontend/src/workers/ods/styles.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from setpoint.core.ingest import Kind
from setpoint.workbook.grid import LEAST_HEIGHT
from setpoint.workbook.looks import Look
from setpoint.workbook.package import Package

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
_RAISED = re.compile(r"[ \t\r\n]*(?:super|[1-9][0-9.]*%)")
_WHITE = " \t\r\n"
_MOST_PARENTS = 20
_SIZE = re.compile(r"[ \t\r\n]*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(cm|mm|in|pt|pc|px)[ \t\r\n]*")
_POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_KINDS = {
    "percentage-style": Kind.PERCENT,
    "date-style": Kind.DATE,
    "time-style": Kind.DATE,
    "boolean-style": Kind.SHOWN,
}
"""The kind of cell that a format makes of a number, whatever the cell's type is (LibreOffice, and 16.29)."""
_SIZES = {
    "table-row": ("table-row-properties", "row-height"),
    "table-column": ("table-column-properties", "column-width"),
}


class Styles:
    """The styles of cells and of parts of texts by their families and names. A style has the looks of its parent,
    unless it says otherwise."""

    def __init__(self, package: Package) -> None:
        self._known: dict[tuple[str, str], ElementTree.Element] = {}
        self._may_change: dict[str, bool] = {"": False}
        self._struck: dict[str, bool] = {"": False}
        self._repeated: dict[str, bool] = {"": False}
        self._odd_formats: set[str] = set()
        self._format_kinds: dict[str, Kind | None] = {}
        self._kinds: dict[str, Kind | None] = {"": None}
        if "styles.xml" in package:
            root = ElementTree.fromstring(package.xml("styles.xml"))
            for each in root.iterfind(f"{_OFFICE}styles/{_STYLE}style"):
                self.add(each)
            for group in (root.find(f"{_OFFICE}styles"), root.find(f"{_OFFICE}automatic-styles")):
                self._odd_formats |= {
                    each.get(f"{_STYLE}name", "").strip(_WHITE)
                    for each in (() if group is None else group)
                    if each.tag.startswith(_NUMBER) and _is_odd(each)
                }
                for each in () if group is None else group:
                    self.add_format(each)

    def add(self, style: ElementTree.Element) -> None:
        family, name = (style.get(f"{_STYLE}{each}", "").strip(_WHITE) for each in ("family", "name"))
        self._known[family, name] = style

    def add_format(self, element: ElementTree.Element) -> None:
        """Notes a format that shows each number as something else, such as 1.2 as 120 %."""
        if element.tag.startswith(_NUMBER):
            kind = _KINDS.get(element.tag.removeprefix(_NUMBER))
            if any(each.get(f"{_NUMBER}display-factor") is not None for each in element):
                kind = kind or Kind.SHOWN
            self._format_kinds[element.get(f"{_STYLE}name", "").strip(_WHITE)] = kind

    def kind(self, name: str) -> Kind | None:
        """The kind of cell that a style makes of a number; None if it shows the number itself."""
        if name not in self._kinds:
            self._kinds[name] = self._format_kinds.get(self._format(name))
        return self._kinds[name]

    def look(self, family: str, name: str) -> Look:
        """How a style shows a text; a style that is not known shows it as it is."""
        position, line = None, None
        for style in self._chain(family, name):
            if position is not None and line is not None:
                break
            for each in style.iterfind(f"{_STYLE}text-properties"):
                position = each.get(f"{_STYLE}text-position", position) if position is None else position
                line = _line(each) if line is None else line
        return Look(
            position is not None and _RAISED.match(position) is not None,
            line is not None and line.strip(_WHITE) != "none",
        )

    def is_struck(self, name: str) -> bool:
        """Whether a style of cells has a line through their contents."""
        if name not in self._struck:
            self._struck[name] = self.look("table-cell", name).is_struck
        return self._struck[name]

    def is_repeated(self, name: str) -> bool:
        """Whether a style of cells repeats their content to fill their width."""
        if name not in self._repeated:
            properties = (
                each.get(f"{_STYLE}repeat-content")
                for style in self._chain("table-cell", name)
                for each in style.iterfind(f"{_STYLE}table-cell-properties")
            )
            value = next((each for each in properties if each is not None), "")
            self._repeated[name] = value.strip(_WHITE) == "true"
        return self._repeated[name]

    def changes(self, name: str) -> bool:
        """Whether a style that a condition applies to cells strikes out a value, or may show another."""
        name = name.strip(_WHITE)
        if self.is_struck(name):
            return True
        return self._format(name) in self._odd_formats

    def _format(self, name: str) -> str:
        formats = (each.get(f"{_STYLE}data-style-name") for each in self._chain("table-cell", name))
        return next((each for each in formats if each is not None), "").strip(_WHITE)

    def may_change(self, name: str) -> bool:
        """Whether a condition of a style of cells may strike out a value, or show another (16.3)."""
        if name not in self._may_change:
            maps = (
                each for style in self._chain("table-cell", name) for each in style.iterfind(f"{_STYLE}map")
            )
            self._may_change[name] = any(
                self.changes(each.get(f"{_STYLE}apply-style-name", "")) for each in maps
            )
        return self._may_change[name]

    def is_too_small(self, family: str, name: str) -> bool:
        """Whether a row or a column of this style is too small to read."""
        properties, size = _SIZES[family]
        for style in self._chain(family, name):
            for each in style.iterfind(f"{_STYLE}{properties}"):
                found = _SIZE.fullmatch(each.get(f"{_STYLE}{size}", ""))
                if found is not None:
                    return float(found[1]) * _POINTS[found[2]] < LEAST_HEIGHT
        return False

    def _chain(self, family: str, name: str) -> Iterator[ElementTree.Element]:
        """A style and its parents."""
        for _ in range(_MOST_PARENTS):
            style = self._known.get((family, name))
            if style is None:
                return
            yield style
            name = style.get(f"{_STYLE}parent-style-name", "").strip(_WHITE)


def _is_odd(style: ElementTree.Element) -> bool:
    """Whether a format shows anything other than a number without a unit."""
    parts = [*style]
    return (
        style.tag != f"{_NUMBER}number-style"
        or [each.tag for each in parts] != [f"{_NUMBER}number"]
        or (len(parts[0]) > 0 or parts[0].get(f"{_NUMBER}display-factor") is not None)
    )


def _line(properties: ElementTree.Element) -> str | None:
    """The kind of the line through a text, ``none`` for a text without a line; None if the properties do not say."""
    names = (f"{_STYLE}text-line-through-style", f"{_STYLE}text-line-through-type")
    return next((found for each in names if (found := properties.get(each)) is not None), None)
