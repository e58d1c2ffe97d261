"""A test runs every block of our documents, or the document says why none does. Every command in them exists."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.docs_site.build import documents
from tests.documentation.blocks import ROOT, Block, all_blocks, commands, inline_commands, text_of
from tests.documentation.usage import unknown_words

SPECIFICATION = "docs/reference/live-data-architecture.md"
"""The specification, which is not our text. It shows shapes, and our deviations from it have a test of their own.
"""
SHOWN = "text"
"""Blocks that nobody runs: drawings, trees of files, output of programs."""
TYPES = "tests/documentation/test_layer_types.py"
WALKS = "tests/documentation/test_walks.py"
SERVERS = "tests/documentation/test_servers.py"
DATA = "tests/documentation/test_data.py"
MACHINES = "tests/integration/test_machines_howto.py"
SCHEMA = "tests/unit/cli/test_plant_schema.py"
SOURCE = "tests/contract/test_source_howto.py"
HISTORY = "tests/integration/test_history_howto.py"
RUN_BY = {
    ("README.md", "console"): SERVERS,
    ("README.md", "python"): WALKS,
    ("conformance/README.md", "console"): WALKS,
    ("conformance/SPEC.md", "jsonc"): DATA,
    ("frontend/package/README.md", "tsx"): TYPES,
    ("docs/tutorial.md", "console"): "tests/documentation/test_tutorial.py",
    ("docs/tutorial.md", "python"): "tests/documentation/test_tutorial.py",
    ("docs/tutorial.md", "toml"): "tests/documentation/test_tutorial.py",
    ("docs/howto/assistants.md", "json"): DATA,
    ("docs/howto/change-many-machines.md", "console"): WALKS,
    ("docs/howto/check-a-server.md", "console"): WALKS,
    ("docs/howto/connect-modbus.md", "console"): MACHINES,
    ("docs/howto/connect-modbus.md", "toml"): MACHINES,
    ("docs/howto/connect-mqtt.md", "console"): MACHINES,
    ("docs/howto/connect-mqtt.md", "toml"): MACHINES,
    ("docs/howto/connect-opcua.md", "console"): "tests/documentation/test_opcua.py",
    ("docs/howto/connect-opcua.md", "toml"): "tests/documentation/test_opcua.py",
    ("docs/howto/embed.md", "python"): DATA,
    ("docs/howto/many-servers.md", "console"): SERVERS,
    ("docs/howto/notify.md", "json"): DATA,
    ("docs/howto/notify.md", "toml"): DATA,
    ("docs/howto/read-a-shift.md", "console"): WALKS,
    ("docs/howto/run-a-server.md", "console"): SERVERS,
    ("docs/howto/use-the-layer.md", "ts"): TYPES,
    ("docs/howto/use-the-layer.md", "tsx"): TYPES,
    ("docs/howto/write-a-client.md", "python"): "tests/integration/test_howto_client.py",
    ("docs/howto/write-a-source.md", "python"): SOURCE,
    ("docs/howto/write-a-source.md", "toml"): SOURCE,
    ("docs/reference/history.md", "python"): HISTORY,
    ("docs/reference/history.md", "sql"): HISTORY,
    ("docs/reference/plant-file.md", "toml"): SCHEMA,
    ("docs/reference/typescript-by-example.md", "ts"): TYPES,
    ("docs/reference/typescript-by-example.md", "tsx"): TYPES,
    ("docs/reference/python-by-example.md", "python"): "tests/integration/test_howto_client.py",
}
"""The file that runs the blocks of a page in a language."""


def pages() -> list[str]:
    return [str(each.relative_to(ROOT)) for each in documents()]


@cache
def every_block() -> list[Block]:
    return [each for page in pages() if page != SPECIFICATION for each in all_blocks(page)]


def test_every_block_is_run_by_a_test_or_says_above_it_why_none_runs_it() -> None:
    found = [each for each in every_block() if each.language != SHOWN]
    assert len(found) > 50
    nobodys = [str(each) for each in found if not each.reason and (each.page, each.language) not in RUN_BY]
    assert nobodys == []


def test_every_page_in_the_list_has_blocks_to_run() -> None:
    run = {(each.page, each.language) for each in every_block() if not each.reason}
    assert set(RUN_BY) - run == set()


@pytest.mark.parametrize("file", sorted(set(RUN_BY.values())))
def test_the_test_that_runs_a_page_names_it(file: str) -> None:
    text = text_of(file)
    for (page, _), test in RUN_BY.items():
        if test == file:
            assert re.search(rf"{re.escape(Path(page).name)}\b", text), f"{file} does not mention {page}"


def test_a_reason_for_not_running_a_block_is_a_sentence() -> None:
    reasons = [each.reason for each in every_block() if each.reason]
    assert all(len(each.split()) >= 4 for each in reasons)
    marks = sum(len(re.findall(r"^ *\*Not run by a test", text_of(page), re.MULTILINE)) for page in pages())
    assert len(reasons) == marks, "each mark is above a block"


def setpoint_commands() -> list[tuple[str, str]]:
    found = [(page, command) for page in pages() for command in inline_commands(page)]
    for block in every_block():
        if block.language == "console":
            for command in commands(block.text):
                parts = re.split(r"\s(?:&&|\|)\s", re.sub(r"(\s#\s.*|\s&)$", "", command.words))
                found += [(str(block), part) for part in parts if part.startswith("setpoint ")]
    return found


def test_every_command_of_a_page_is_one_that_setpoint_has() -> None:
    found = setpoint_commands()
    assert len(found) > 80
    assert [(place, each, unknown_words(each)) for place, each in found if unknown_words(each)] == []


def test_an_unknown_command_or_option_is_found() -> None:
    assert unknown_words("setpoint paint it") == ["paint"]
    assert unknown_words("setpoint user add anna --colour red --role admin") == ["--colour"]
    assert unknown_words("setpoint --lang de") == []


def test_every_target_of_make_and_every_module_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = 0
    for page in pages():
        text = text_of(page)
        for target in re.findall(r"(?:`|^\$ )make ([a-z][a-z-]*)", text, re.MULTILINE):
            assert target in targets, f"{page}: make {target}"
            named += 1
        for module in re.findall(r"python -m ((?:tests|benches|setpoint)[\w.]*)", text):
            assert find_spec(module), f"{page}: python -m {module}"
            named += 1
    assert named > 30
