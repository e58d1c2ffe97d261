"""The public surface, on which other programs rely. ``python -m tests.release.surface`` writes it to surface.json.

It has wire, HTTP, Python, TypeScript, plant file and command line. Removing or renaming a part breaks other programs,
so a test fails, and docs/reference/stability.md says what to do. A release needs an up-to-date file.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.documents import documents

from setpoint.cli.commands import COMMANDS, loaded
from setpoint.cli.plant_schema import plant_schema

FILE = Path(__file__).with_name("surface.json")
LAYER = Path(__file__).parents[2] / "frontend/src/layer.ts"
MODULES = ("setpoint", "setpoint.client", "setpoint.testing")

Surface = dict[str, list[str]]


def surface() -> Surface:
    generated = documents()
    found = {
        "http": _http(generated["openapi"]),
        "wire": _wire(generated["asyncapi"]),
        "python": _python(),
        "typescript": _typescript(LAYER.read_text("utf-8")),
        "plant": _keys(plant_schema(), ""),
        "command": _commands(),
    }
    return {part: sorted(set(names)) for part, names in found.items()}


def _http(document: dict[str, Any]) -> Iterator[str]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}"
            for parameter in operation.get("parameters", ()):
                yield f"{method.upper()} {path} ?{parameter['name']}"
            for kind in operation.get("requestBody", {}).get("content", {}).values():
                for name in kind["schema"].get("properties", {}):
                    yield f"{method.upper()} {path} body.{name}"
    for name, schema in document["components"]["schemas"].items():
        for key in schema.get("properties", {}):
            yield f"{name.rsplit('.', 1)[-1].strip('_')}.{key}"


def _wire(document: dict[str, Any]) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        yield name
        for key in schema.get("properties", {}):
            yield f"{name}.{key}"


def _python() -> Iterator[str]:
    for module in MODULES:
        namespace = import_module(module)
        for name in namespace.__all__:
            yield f"{module}.{name}"
            found = getattr(namespace, name)
            if inspect.isclass(found):
                yield from (f"{module}.{name}.{each}" for each in _members(found))
            elif inspect.isfunction(found):
                for parameter in inspect.signature(found).parameters:
                    yield f"{module}.{name}({parameter})"


def _members(found: type) -> Iterator[str]:
    """Returns a class's public members, with those of our own base classes."""
    for base in found.__mro__:
        if base.__module__.startswith("setpoint"):
            names = {
                *vars(base),
                *getattr(base, "__struct_fields__", ()),
                *getattr(base, "__annotations__", ()),
            }
            yield from (each for each in names if not each.startswith("_"))


def _typescript(source: str) -> Iterator[str]:
    for names in re.findall(r"^export (?:type )?\{([^}]*)\}", source, re.MULTILINE):
        for each in names.split(","):
            name = each.strip().removeprefix("type ").rpartition(" as ")[2]
            if name:
                yield name


def _keys(schema: dict[str, Any], place: str) -> Iterator[str]:
    for key, each in schema.get("properties", {}).items():
        yield f"{place}{key}"
        yield from _keys(each, f"{place}{key}.")
        yield from _keys(each.get("items", {}), f"{place}{key}[].")
    for name, each in schema.get("definitions", {}).items():
        yield from _keys(each, f"{name}: ")


def _commands() -> Iterator[str]:
    for listed in COMMANDS:
        command = loaded(listed)
        yield from _options(listed.name, command)
        for name, each in getattr(command, "commands", {}).items():
            yield from _options(f"{listed.name} {name}", each)


def _options(name: str, command: Any) -> Iterator[str]:
    yield name
    for parameter in command.params:
        yield from (f"{name} {option}" for option in parameter.opts if option.startswith("--"))


def main() -> None:
    FILE.write_text(json.dumps(surface(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
