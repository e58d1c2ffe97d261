"""The plant file's JSON Schema and ``setpoint check`` agree."""

from __future__ import annotations

import copy
import json
import random
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.schemas import draft7
from typer.testing import CliRunner

from setpoint.cli import app, source_schema
from setpoint.cli.plant_schema import plant_schema
from setpoint.core.plant import parse_plant
from setpoint.errors import PlantError
from setpoint.sources.modbus import registers
from setpoint.sources.opcua import config as opcua
from setpoint.sources.registry import make_sources

ROOT = Path(__file__).parents[3]
DOCUMENTS = (
    "reference/plant-file.md",
    "howto/connect-opcua.md",
    "howto/connect-mqtt.md",
    "howto/connect-modbus.md",
)

WHOLE = """
name = "North plant"
timezone = "Europe/Berlin"
letters_in_ids = true
workbook = { id_column = "Machine", id_aliases = ["Asset"] }

[fields.speed]
unit = "rpm"
decimals = 1
history = { deviation = 0.5, every = "1 s", keep = "90 d" }
[fields.parts]
[fields.scrap]
[fields.targetSpeed]
unit = "rpm"
units = { "1/min" = 1, "Hz" = 60 }
min = 0
max = 3000
tolerance = 0.5
writable = true
column = "Target Speed"
aliases = ["Setpoint"]
required = true
actual = "speed"
needs_reason = true
needs_second_person = false
history = false
[fields.mode]
type = "choice"
options = ["RUN", "IDLE"]
writable = true

[kpis.meanSpeed]
field = "speed"
of = "mean"
label = "Mean speed"
decimals = 2
[kpis.runs]
field = "mode"
of = "count"
value = "RUN"

[[alarm]]
name = "too-fast"
field = "speed"
above = 95
dead_band = 3
on_delay = "5 s"
suppressed_in = ["MAINTENANCE_LOCK"]
lines = ["01"]
[[alarm]]
name = "faulty"
status = "FAULT"
priority = "high"
machines = [401, "A7"]

[shifts]
total = "parts"
scrap = "scrap"
ideal_cycle_s = { "line:01" = 1.25 }
micro_stop = "2 min"
states = { WARMUP = "setup" }
[[shifts.pattern]]
name = "Early"
days = ["mon", "tue"]
from = "06:00"
to = "14:00"
breaks = ["10:00-10:15"]
[[shifts.exceptions]]
date = 2026-12-25
shifts = ["Early"]
[shifts.reasons.technical]
[shifts.reasons.motor]
name = "Motor"
in = "technical"
causes = ["motor overload"]
state = "setup"

[sources.simulator]
kind = "simulator"
seed = 3
stops = false
[sources.press]
kind = "opcua"
endpoint = "opc.tcp://192.0.2.7:4840"
security = "None"
publishing_ms = 500
[sources.press.fields]
speed = "ns=2;s=Press{id}.Speed"
targetSpeed = { node = "ns=2;s=Press{id}.Target", scale = 0.1, method = "ns=2;s=Press{id}.Set" }
mode = { node = "ns=2;s=Press{id}.Mode", map = { RUN = 1, IDLE = 3 } }
[sources.press.status]
node = "ns=2;s=Press{id}.State"
packml = true
word = { node = "ns=2;s=Press{id}.Alarms", array = true }
bits = { EMERGENCY_STOP = { 0 = "button" }, FAULT = [4, 5] }
flags = { SAFETY_INTERLOCK = "ns=2;s=Press{id}.Door" }
[sources.cells]
kind = "sparkplug"
broker = "mqtts://broker.example:8883"
group = "Plant 1"
node = "Line {line}"
device = "Press {id}"
silent_after_s = 60
[sources.cells.fields]
speed = "Drive/Speed"
targetSpeed = { metric = "Drive/Speed SP", command = "Drive/Set Speed", scale = 0.1 }
[sources.cells.status]
state = "State"
map = { 3 = "RUNNING" }
[sources.hall]
kind = "mqtt"
broker = "mqtt://127.0.0.1"
time = "ts"
alive = { topic = "hall/{id}/online" }
[sources.hall.fields]
speed = "hall/{id}/speed"
[sources.hall.fields.targetSpeed]
topic = "hall/{id}/sp"
set = "hall/{id}/sp/set"
payload = { value = "{value}", id = "{tx}" }
ack = { topic = "hall/{id}/ack", path = "ok", id = "id" }
[sources.gateway]
kind = "modbus"
host = "192.0.2.30"
unit = 3
poll_ms = 500
[sources.gateway.fields]
speed = { input = 100, type = "float32", order = "CDAB" }
targetSpeed = "holding 10"
[sources.gateway.status]
state = { holding = 0 }
map = { 1 = "RUNNING" }
word = { holding = 1 }
bits = { FAULT = 4 }

[[lines]]
id = "01"
name = "Pressing"
source = "simulator"
machines = [401, "A7", "B01-B03", { id = 403, name = "Big press", source = "press" }]
[[lines]]
id = "02"
machines = [{ id = 5, source = "cells" }, { id = 6, source = "hall" }, { id = 7, source = "gateway" }]
"""


@cache
def schema() -> Any:
    return draft7(plant_schema())


def check_accepts(document: dict[str, Any]) -> bool:
    try:
        make_sources(parse_plant(as_toml(document)))
    except PlantError:
        return False
    return True


def schema_accepts(document: dict[str, Any]) -> bool:
    return bool(schema().is_valid(json.loads(json.dumps(document, default=str))))


def as_toml(document: dict[str, Any]) -> str:
    """Writes only inline tables: at the top of the file, each line is a key."""
    return "\n".join(f"{json.dumps(key)} = {_inline(value)}" for key, value in document.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each) for each in value) + "]"
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # a date


def test_the_schema_is_a_valid_json_schema_of_draft_7() -> None:
    validator = draft7(plant_schema())
    assert not validator.is_valid({})  # a plant has lines


def test_a_file_with_everything_in_it_is_accepted_by_both() -> None:
    document = tomllib.loads(WHOLE)
    assert check_accepts(document)
    assert list(schema().iter_errors(json.loads(json.dumps(document, default=str)))) == []


def test_the_example_that_a_new_server_writes_is_accepted_and_names_the_schema() -> None:
    text = files("setpoint.cli").joinpath("example_plant.toml").read_text("utf-8")
    assert text.splitlines()[0] == "#:schema ./plant.schema.json"
    assert schema_accepts(tomllib.loads(text))
    uncommented = "\n".join(re.sub(r"^# (?=\[|\w+ = )", "", line) for line in text.splitlines())
    assert "[fields.mode]" in uncommented.splitlines()
    assert schema_accepts(tomllib.loads(uncommented) | {"sources": {}})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_examples_of_the_documentation_are_accepted(name: str) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / name).read_text("utf-8"), re.S)
    of_plants = [
        block for block in blocks if "password =" not in block
    ]  # otherwise it belongs to the secrets file
    assert of_plants
    for block in of_plants:
        document = {"lines": [{"id": "01", "machines": [1]}]} | tomllib.loads(block)
        document["sources"] = {key: _whole(each, name) for key, each in document.get("sources", {}).items()}
        assert list(schema().iter_errors(json.loads(json.dumps(document, default=str)))) == [], block


def _whole(source: dict[str, Any], name: str) -> dict[str, Any]:
    """Adds what a source needs but a shortened example omits."""
    by_document = {
        "connect-opcua": "opcua",
        "connect-modbus": "modbus",
        "connect-mqtt": "sparkplug" if "group" in source else "mqtt",
    }
    kind = source.get("kind", by_document.get(Path(name).stem, "simulator"))
    rest: dict[str, dict[str, Any]] = {
        "opcua": {"endpoint": "opc.tcp://192.0.2.7:4840", "security": "None", "fields": {}},
        "sparkplug": {"broker": "mqtt://127.0.0.1"},
        "mqtt": {"broker": "mqtt://127.0.0.1"},
    }
    return {"kind": kind} | rest.get(kind, {}) | source


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in entries:
        yield from _places(each, (*path, key))


def _changed(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Returns a copy with another value at this place. `...` removes the entry."""
    found = copy.deepcopy(document)
    inner: Any = found
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return found


WRONG: tuple[Any, ...] = (..., True, -1, 7, 2.5, 70_000, "", "x", [], ["x"], [{}], {}, {"x": []})


def test_the_schema_accepts_whatever_check_accepts_for_every_changed_value() -> None:
    document = tomllib.loads(WHOLE)
    rng = random.Random(7)
    refused_by_check = refused_by_both = 0
    for path in _places(document):
        for value in rng.sample(WRONG, 3):
            changed = _changed(document, path, value)
            if check_accepts(changed):
                assert schema_accepts(changed), (path, value)
            else:
                refused_by_check += 1
                refused_by_both += not schema_accepts(changed)
    assert refused_by_both > 0.75 * refused_by_check


@pytest.mark.parametrize(
    "path", [path for path in _places(tomllib.loads(WHOLE)) if path[-1] != "payload"], ids=str
)
def test_both_refuse_an_unknown_key(path: tuple[str | int, ...]) -> None:
    document = tomllib.loads(WHOLE)
    inner: Any = document
    for key in path:
        inner = inner[key]
    if not isinstance(inner, dict) or not _has_fixed_keys(path):
        return
    inner["nobody_knows"] = "x"
    assert not check_accepts(document)
    assert not schema_accepts(document)


def _has_fixed_keys(path: tuple[str | int, ...]) -> bool:
    """Excludes tables by name, and a machine's table, which has settings for its source."""
    names = (
        "fields",
        "kpis",
        "sources",
        "reasons",
        "states",
        "map",
        "units",
        "ideal_cycle_s",
        "bits",
        "flags",
        "payload",
    )
    return (
        path[-1] not in names
        and "machines" not in path
        and "payload" not in path
        and path[-2:-1] != ("bits",)
    )


def test_the_schema_and_the_sources_know_the_same_words() -> None:
    assert source_schema.SECURITY_POLICIES == opcua.SECURITY_POLICIES
    assert source_schema.SECURITY_MODES == opcua.SECURITY_MODES
    assert source_schema.REGISTER_TABLES == registers.TABLES
    assert source_schema.REGISTER_TYPES == registers.TYPES
    assert source_schema.REGISTER_ORDERS == registers.ORDERS
    assert source_schema.MAX_TEXT_REGISTERS == registers.MAX_TEXT_REGISTERS


def test_the_command_prints_the_schema() -> None:
    printed = CliRunner().invoke(app, ["plant", "schema"])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == plant_schema()
