"""Finds an example of a public name: the first program on our pages that uses it. Tests run all of these programs."""

from __future__ import annotations

import re
from functools import cache

from tests.docs_site.links import anchor_of
from tests.documentation.blocks import all_blocks

PYTHON = (
    "docs/reference/python-by-example.md",
    "docs/howto/write-a-client.md",
    "docs/howto/embed.md",
    "docs/howto/write-a-source.md",
)
TYPESCRIPT = ("docs/reference/typescript-by-example.md", "docs/howto/use-the-layer.md")


def example(name: str, pages: tuple[str, ...]) -> str:
    """Returns a link to it from a generated page, or an empty text if no program uses the name."""
    for page, heading, names in _programs(pages):
        if name in names:
            return f"[{heading}](../../{page.removeprefix('docs/')}#{anchor_of(heading)})"
    return ""


@cache
def _programs(pages: tuple[str, ...]) -> list[tuple[str, str, frozenset[str]]]:
    return [
        (page, block.heading, frozenset(re.findall(r"\w+", block.text)))
        for page in pages
        for block in all_blocks(page)
        if block.language in ("python", "ts", "tsx")
    ]
