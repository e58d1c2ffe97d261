"""The fenced blocks and the commands that people copy from our documents.

A block that tests cannot run has a line ``*Not run by a test: REASON*`` above it, which readers see too.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_NOT_RUN = re.compile(r"^ *\*Not run by a test: (.+)\*\n+\Z", re.MULTILINE)
_INLINE = re.compile(r"`(setpoint [^`]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. ``reason`` says why no test runs it."""

    page: str
    line: int
    heading: str
    language: str
    text: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(slots=True)
class Command:
    """A command line, with the output that the page shows."""

    words: str
    prints: list[str] = field(default_factory=list)


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def all_blocks(page: str) -> list[Block]:
    return _blocks(page, text_of(page))


def _blocks(page: str, text: str) -> list[Block]:
    found = []
    for match in _FENCE.finditer(text):
        before = text[: match.start()]
        headings = _HEADING.findall(_FENCE.sub("", before))
        reason = _NOT_RUN.search(before)
        found.append(
            Block(
                page,
                before.count("\n") + 1,
                headings[-1] if headings else "",
                match[2].strip(),
                textwrap.dedent(match[3]),
                reason[1] if reason else None,
            )
        )
    return found


def blocks(page: str, language: str) -> list[str]:
    """Returns the blocks that a test must run: the page's blocks of a language, without those marked as not run."""
    found = [each for each in all_blocks(page) if each.language == language and each.reason is None]
    assert found, f"{page} has no block of {language} any more"
    return [each.text for each in found]


def commands(block: str) -> list[Command]:
    r"""Returns the commands of a ``console`` block. A command that ends with ``\`` continues on the next line."""
    found: list[Command] = []
    is_continued = False
    for line in block.splitlines():
        if is_continued:
            found[-1].words += " " + line.strip().removesuffix("\\")
        elif line.startswith("$ "):
            found.append(Command(line[2:].removesuffix("\\")))
        elif line:
            found[-1].prints.append(line)
        is_continued = (is_continued or line.startswith("$ ")) and line.endswith("\\")
    return found


def inline_commands(page: str) -> list[str]:
    """Returns the commands in sentences, such as ``setpoint check plant.toml``, in order."""
    return [" ".join(each.split()) for each in _INLINE.findall(_FENCE.sub("", text_of(page)))]
