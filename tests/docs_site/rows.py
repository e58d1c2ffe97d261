"""Tables of the reference, in Markdown."""

from __future__ import annotations


def row(*cells: object) -> str:
    return "| " + " | ".join(" ".join(str(each).split()).replace("|", "\\|") for each in cells) + " |"


def head(*cells: str) -> str:
    return f"\n{row(*cells)}\n{row(*('---' for _ in cells))}"
