"""Finds the parts of an Office package by their relationships and types (ECMA-376 part 2)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree

from setpoint.workbook.limits import damaged
from setpoint.workbook.package import Package

_WHITE = " \t\r\n"
_NAMESPACE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
NOT_XML = "its XML is not what it should be"


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind`` is the last word of its type, such as ``worksheet``; ``target`` names a part, which may be missing."""

    kind: str
    target: str


def main_part(package: Package) -> str:
    """The name of the part that everything starts from. Raises `WorkbookError` unless there is exactly one."""
    if "_rels/.rels" not in package:
        raise damaged("nothing in it names its workbook")
    return only(relations(package, ""), "officeDocument") or _none()


def _none() -> str:
    raise damaged("nothing in it names its workbook")


def relations(package: Package, part: str) -> Mapping[str, Relation]:
    """The relationships of a part by their ids; those of the package for ``""``. External ones name no part."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in package:
        return {}
    try:
        root = ElementTree.fromstring(package.xml(rels))
    except ElementTree.ParseError as error:
        raise damaged(NOT_XML) from error
    found = {}
    if any(name.startswith(_NAMESPACE) for each in root.iter() for name in each.attrib):
        raise damaged(NOT_XML)
    for each in root:
        key, kind, target, mode = (
            each.get(name, "").strip(_WHITE) for name in ("Id", "Type", "Target", "TargetMode")
        )
        if mode != "External":
            if key in found:
                raise damaged(f"two of its relationships have the id “{key[:20]}”")
            found[key] = Relation(kind.rpartition("/")[2], _resolved(package, folder, target))
    return found


def only(found: Mapping[str, Relation], kind: str) -> str | None:
    """The one target of a kind; None if there is none. Raises `WorkbookError` for two that differ."""
    targets = {each.target for each in found.values() if each.kind == kind}
    if len(targets) > 1:
        raise damaged(f"it names two parts of the kind {kind}")
    return targets.pop() if targets else None


def _resolved(package: Package, folder: str, target: str) -> str:
    path = target.replace("\\", "/")
    name = posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
    return name if name in package else unquote(name)
