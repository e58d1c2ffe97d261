"""How the styles of an ods show a text: what is struck out or high (OpenDocument 1.3 part 3, 16 and 20).

Twin of ``frontend/src/workers/ods/styles.ts``.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from setpoint.workbook.looks import Look
from setpoint.workbook.package import Package

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_RAISED = re.compile(r"[ \t\r\n]*(?:super|[1-9][0-9.]*%)")
_WHITE = " \t\r\n"
_MOST_PARENTS = 20


class Styles:
    """The styles of cells and of parts of texts by their families and names. A style has the looks of its parent,
    unless it says otherwise."""

    def __init__(self, package: Package) -> None:
        self._known: dict[tuple[str, str], ElementTree.Element] = {}
        if "styles.xml" in package:
            root = ElementTree.fromstring(package.xml("styles.xml"))
            for each in root.iterfind(f"{_OFFICE}styles/{_STYLE}style"):
                self.add(each)

    def add(self, style: ElementTree.Element) -> None:
        family, name = (style.get(f"{_STYLE}{each}", "").strip(_WHITE) for each in ("family", "name"))
        self._known[family, name] = style

    def look(self, family: str, name: str) -> Look:
        """How a style shows a text; a style that is not known shows it as it is."""
        position, line = None, None
        for _ in range(_MOST_PARENTS):
            style = self._known.get((family, name))
            if style is None or (position is not None and line is not None):
                break
            for each in style.iterfind(f"{_STYLE}text-properties"):
                position = each.get(f"{_STYLE}text-position", position) if position is None else position
                line = _line(each) if line is None else line
            name = style.get(f"{_STYLE}parent-style-name", "").strip(_WHITE)
        return Look(
            position is not None and _RAISED.match(position) is not None,
            line is not None and line.strip(_WHITE) != "none",
        )


def _line(properties: ElementTree.Element) -> str | None:
    """The kind of the line through a text, ``none`` for one that has none."""
    names = (f"{_STYLE}text-line-through-style", f"{_STYLE}text-line-through-type")
    return next((found for each in names if (found := properties.get(each)) is not None), None)
