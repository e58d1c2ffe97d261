"""The generated reference is complete, and describes everything."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.docs_site.examples import PYTHON, TYPESCRIPT, example
from tests.docs_site.names import (
    MODULES,
    comment,
    doc,
    exported,
    field_doc,
    fields_of,
    members,
    value_doc,
)
from tests.docs_site.reference import pages
from tests.documents import documents

import setpoint.core
from setpoint.cli.commands import COMMANDS
from setpoint.contract.describe import short_name
from setpoint.contract.http.alarms import AlarmActRequest
from setpoint.contract.http.batches import AgainRequest, NotSentRequest
from setpoint.contract.http.machines import EventKind, SimulatorEvent
from setpoint.contract.http.people import PersonRequest
from setpoint.contract.http.sign_in import LinkRequest, LinkUseRequest, SignInRequest, TokenRequest
from setpoint.contract.meanings import MEANINGS, PARAMETERS

PARTS = (
    "alarms",
    "command-line",
    "events",
    "http",
    "licences",
    "live",
    "metrics",
    "plant-file-keys",
    "problems",
    "python",
    "settings",
    "typescript",
)


@pytest.fixture(scope="module")
def reference_pages() -> dict[str, str]:
    return pages()


def rows(page: str) -> list[list[str]]:
    found = [re.split(r"(?<!\\) \| ", line[2:-2]) for line in page.splitlines() if line.startswith("| `")]
    assert found
    return found


def test_there_is_a_page_for_each_part(reference_pages: dict[str, str]) -> None:
    assert sorted(reference_pages) == list(PARTS)
    assert all(page.startswith("# ") and len(page) > 300 for page in reference_pages.values())


def test_every_command_and_option_says_what_it_does(reference_pages: dict[str, str]) -> None:
    page = reference_pages["command-line"]
    for each in COMMANDS:
        assert re.search(rf"^## setpoint {each.name}\n\n\S", page, re.MULTILINE), each.name
    assert [cells[0] for cells in rows(page) if not cells[1].strip()] == []


@pytest.mark.parametrize("part", ["alarms", "events", "metrics", "settings"])
def test_every_row_has_a_description(reference_pages: dict[str, str], part: str) -> None:
    assert [cells[0] for cells in rows(reference_pages[part]) if not cells[-1].strip()] == []


def test_every_kind_of_event_is_there(reference_pages: dict[str, str]) -> None:
    assert {cells[0].strip("`") for cells in rows(reference_pages["events"])} == {
        kind.value for kind in EventKind
    }


@pytest.mark.parametrize("part", ["http", "live", "problems"])
def test_every_field_and_parameter_says_what_it_means(reference_pages: dict[str, str], part: str) -> None:
    """Most tables end with a description. `problems` ends with arguments, which not every problem has."""
    at = 2 if part == "problems" else -1
    found = rows(reference_pages[part])
    assert len(found) > 50
    assert [cells[0] for cells in found if not cells[at].strip()] == []


def test_every_description_belongs_to_an_existing_field_or_parameter() -> None:
    fields, parameters = set(), set()
    for name, schema in schemas():
        fields |= {each for field in schema.get("properties", {}) for each in (field, f"{name}.{field}")}
    for path, operations in documents()["openapi"]["paths"].items():
        for operation in operations.values():
            named = {each["name"] for each in operation.get("parameters", ())}
            parameters |= {each for name in named for each in (name, f"{path} {name}")}
    assert set(PARAMETERS) - parameters == set()
    assert set(MEANINGS) - fields == set()


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents().values():
        for name, schema in document["components"]["schemas"].items():
            yield short_name(name), schema
    for request in READ_BY_HAND:
        yield request.__name__, msgspec.json.schema(request)["$defs"][request.__name__]


READ_BY_HAND = (
    AgainRequest,
    AlarmActRequest,
    LinkRequest,
    LinkUseRequest,
    NotSentRequest,
    PersonRequest,
    SignInRequest,
    SimulatorEvent,
    TokenRequest,
)
"""Types of bodies. The document has them without names."""


def public() -> Iterator[tuple[str, Any, Any]]:
    for module in MODULES:
        namespace = import_module(module)
        for name in namespace.__all__:
            yield f"{module}.{name}", namespace, getattr(namespace, name)


def test_every_public_name_of_python_is_described() -> None:
    bare = []
    for name, namespace, found in public():
        is_value = not (inspect.isclass(found) or inspect.isfunction(found) or inspect.ismodule(found))
        if not (value_doc(namespace, name.rpartition(".")[2]) if is_value else doc(found)):
            bare.append(name)
        if inspect.isclass(found):
            bare += [f"{name}.{field}" for field, _ in fields_of(found) if not field_doc(found, field)]
            public_members = (each for each in members(found) if not each[0].startswith("test_"))
            bare += [f"{name}.{member}" for member, value in public_members if not doc(value)]
    assert bare == []


def test_every_public_name_of_python_is_shown_in_a_program() -> None:
    assert [name for name, *_ in public() if not example(name.rpartition(".")[2], PYTHON)] == []


CORE = Path(setpoint.core.__file__).parent


def core_names() -> Iterator[tuple[str, Any, Any]]:
    """Returns the public names of the core's packages."""
    for package in sorted(each.parent.name for each in CORE.glob("*/__init__.py")):
        namespace = import_module(f"setpoint.core.{package}")
        for name in getattr(namespace, "__all__", ()):
            yield (
                f"{package}.{name}",
                namespace,
                inspect.unwrap(getattr(namespace, name)),
            )  # the function under a cache


def test_every_public_name_of_the_core_and_each_of_its_methods_is_described() -> None:
    bare = []
    for name, namespace, found in core_names():
        is_value = not (inspect.isclass(found) or inspect.isfunction(found) or inspect.ismodule(found))
        if not (value_doc(namespace, name.rpartition(".")[2]) if is_value else doc(found)):
            bare.append(name)
        if inspect.isclass(found):
            bare += [f"{name}.{member}" for member, value in members(found) if not doc(value)]
    assert bare == []


def test_every_public_name_of_typescript_is_described() -> None:
    assert [name for name, _, file in exported() if not comment(file, name)] == []


def test_every_public_name_of_typescript_is_shown_in_a_program() -> None:
    assert [name for name, *_ in exported() if not example(name, TYPESCRIPT)] == []
