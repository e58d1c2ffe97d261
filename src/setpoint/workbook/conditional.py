"""The conditional formats of an xlsx sheet that strike out a value, hide it, or show it as something else.

ECMA-376 part 1, 18.3.1.18 and 18.8.15; those that Excel 2010 added are at the end of the sheet, with their formats
(MS-XLSX 2.6.3). Only a spreadsheet program can tell which of them apply. Twin of
``frontend/src/workers/xlsx/conditional.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from xml.etree import ElementTree

from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook.grid import Grid, area
from setpoint.workbook.texts import MAIN_NAMESPACES, decoded, is_struck, local

_NEWER = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_CELLS = "http://schemas.microsoft.com/office/excel/2006/main}sqref"
_NAMES = {
    f"{namespace}{name}": name
    for namespace in ("", *(f"{each}}}" for each in (*MAIN_NAMESPACES, _NEWER)))
    for name in ("conditionalFormatting", "cfRule", "strike", "numFmt", "iconSet", "dataBar")
}


_WHITE = " \t\r\n"
_AREA = re.compile(r"[^ \t\r\n]+")
_PLACE = re.compile(r"[ \t\r\n]*([0-9]{1,9})[ \t\r\n]*")


def changing(formats: Iterable[ElementTree.Element]) -> frozenset[int]:
    """The places of the formats (``dxf``) that strike out a value, or may show another."""
    return frozenset(place for place, each in enumerate(formats) if any(map(_changes, each)))


def is_changing(attributes: Mapping[str, str], places: Container[int]) -> bool:
    """Whether a rule or a part of a style has one of these formats."""
    place = _PLACE.fullmatch(attributes.get("dxfId", ""))
    return place is not None and int(place[1]) in places


def _changes(part: ElementTree.Element) -> bool:
    name = local(part.tag)
    if name == "font":
        return any(local(each.tag) == "strike" and is_struck(each.attrib) for each in part)
    return name == "numFmt" and _shows_another(part.attrib)


def _shows_another(attributes: Mapping[str, str]) -> bool:
    return not NumberFormat(0, decoded(attributes.get("formatCode", ""))).is_plain


class Rules:
    """Reads the conditional formats of a sheet, and puts their areas into its grid."""

    def __init__(self, grid: Grid, changing: Container[int]) -> None:
        self._grid = grid
        self._changing = changing
        self._is_open = self._is_area = self._changes = False
        self._areas: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _NAMES.get(tag)
        if name == "conditionalFormatting":
            self._is_open, self._changes = True, False
            self._areas = [attributes.get("sqref", "")]
        elif not self._is_open:
            return
        elif tag == _CELLS:
            self._is_area = True
        elif name == "cfRule":
            self._changes |= is_changing(attributes, self._changing)
        elif name == "strike":
            self._changes |= is_struck(attributes)
        elif name == "numFmt":
            self._changes |= _shows_another(attributes)
        elif name in ("iconSet", "dataBar"):
            self._changes |= attributes.get("showValue", "1").strip(_WHITE) in ("0", "false")

    def end(self, tag: str) -> None:
        if tag == _CELLS:
            self._is_area = False
        elif _NAMES.get(tag) == "conditionalFormatting":
            if self._is_open and self._changes:
                self._grid.conditional += map(area, _AREA.findall("".join(self._areas)))
            self._is_open = False

    def characters(self, data: str) -> None:
        if self._is_area:
            self._areas.append(data)
