"""The reference that is generated from the code: everything is in it, and says something."""

from __future__ import annotations

import re

import pytest
from tests.docs_site.reference import pages

from setpoint.cli.commands import COMMANDS
from setpoint.contract.http.machines import EventKind

PARTS = (
    "alarms",
    "command-line",
    "events",
    "http",
    "licences",
    "live",
    "metrics",
    "plant-file-keys",
    "python",
    "settings",
    "typescript",
)


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def rows(page: str) -> list[list[str]]:
    found = [re.split(r"(?<!\\) \| ", line[2:-2]) for line in page.splitlines() if line.startswith("| `")]
    assert found
    return found


def test_there_is_a_page_for_each_part(made: dict[str, str]) -> None:
    assert sorted(made) == list(PARTS)
    assert all(page.startswith("# ") and len(page) > 300 for page in made.values())


def test_every_command_and_option_says_what_it_does(made: dict[str, str]) -> None:
    page = made["command-line"]
    for each in COMMANDS:
        assert re.search(rf"^## setpoint {each.name}\n\n\S", page, re.MULTILINE), each.name
    assert [cells[0] for cells in rows(page) if not cells[1].strip()] == []


@pytest.mark.parametrize("part", ["alarms", "events", "metrics", "settings"])
def test_no_row_is_without_its_words(made: dict[str, str], part: str) -> None:
    assert [cells[0] for cells in rows(made[part]) if not cells[-1].strip()] == []


def test_every_kind_of_event_is_there(made: dict[str, str]) -> None:
    assert {cells[0].strip("`") for cells in rows(made["events"])} == {kind.value for kind in EventKind}


def test_every_public_class_and_function_is_described(made: dict[str, str]) -> None:
    parts = re.split(r"^### ", made["python"], flags=re.MULTILINE)[1:]
    bare = [
        part.split("\n")[0]
        for part in parts
        if "```python" in part and not part.partition("```\n\n")[2].strip()
    ]
    assert bare == []
