"""The specification and the contract list the same deviations, and each ticked point names something that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference/live-data-architecture.md"
_HEAD = "| spec | here | why |"


def departures(file: Path) -> list[str]:
    """Returns the rows of the table of deviations."""
    _, _, rest = file.read_text("utf-8").partition(_HEAD)
    assert rest, f"{file.name} has no table of departures"
    lines = rest.strip().splitlines()[1:]
    return lines[: next((at for at, line in enumerate(lines) if not line.startswith("|")), len(lines))]


def test_the_reference_opens_with_the_departures_that_the_contract_lists() -> None:
    assert departures(REFERENCE) == departures(ROOT / "conformance/SPEC.md")


def test_the_seven_files_of_the_file_map_are_where_it_says() -> None:
    tree = REFERENCE.read_text("utf-8").split("```")[1]
    folder, files = "", []
    for line in tree.splitlines():
        if line.endswith("/"):
            folder = line
        elif name := re.match(r"[├└]── (\S+) ", line):
            files.append(ROOT / folder / name[1])
    assert len(files) == 7
    assert [file for file in files if not file.is_file()] == []


def test_every_point_of_the_checklist_is_ticked_and_names_what_holds_it() -> None:
    text = REFERENCE.read_text("utf-8")
    points = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    assert len(points) == 26
    for mark, point in points:
        link = re.search(r"\]\((\.\./[^)]+)\)\)$", point)
        assert mark == "x", point
        assert link is not None, point
        assert (REFERENCE.parent / link[1]).exists(), point
