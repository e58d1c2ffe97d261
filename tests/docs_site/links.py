"""Checks the links between our documents. Each must lead to an existing file, and to an existing heading in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
_FENCE = re.compile(r"^ *(```+|~~~+).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#* *$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|mailto:", re.IGNORECASE)


class Link(NamedTuple):
    line: int
    target: str


def links_of(text: str) -> Iterator[Link]:
    """Returns a document's links to our own files. Code contains no links."""
    blank = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)
    blank = _CODE.sub(lambda found: "\n" * found[0].count("\n") or "`", blank)
    for pattern in (_LINK, _HTML):
        for found in pattern.finditer(blank):
            if not _ELSEWHERE.match(found[1]):
                yield Link(blank.count("\n", 0, found.start()) + 1, found[1])


def anchor_of(heading: str) -> str:
    """Returns the anchor of a heading that occurs once on its page."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors_of(text: str) -> set[str]:
    """Returns the anchors of a page's headings, as renderers make them."""
    counts: dict[str, int] = {}
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        slug = anchor_of(heading)
        found.add(slug if slug not in counts else f"{slug}-{counts[slug]}")
        found.add(re.sub(r"-{2,}", "-", slug))
        counts[slug] = counts.get(slug, 0) + 1
    return found


def broken_links(root: Path, documents: list[Path]) -> list[str]:
    """Returns ``file:line: target`` for every broken link."""
    found = []
    for document in documents:
        for line, target in links_of(document.read_text("utf-8")):
            path, _, anchor = target.partition("#")
            linked_file = (document.parent / unquote(path)).resolve() if path else document
            is_there = linked_file.exists() and (linked_file == root or root in linked_file.parents)
            if is_there and anchor and linked_file.suffix == ".md":
                is_there = anchor in _anchors(linked_file)
            if not is_there:
                found.append(f"{document.relative_to(root)}:{line}: {target}")
    return found


@cache
def _anchors(document: Path) -> set[str]:
    return anchors_of(document.read_text("utf-8"))
