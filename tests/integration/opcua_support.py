"""A plant over the nodes of `opcua_peer`, and the source to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from setpoint.core.plant import Plant, parse_plant
from setpoint.sources.opcua import OpcUaSource
from setpoint.sources.registry import make_sources

STACKS = ("asyncua", "node-opcua")

_PLANT = """
name = "Press shop"

[fields.speed]
unit = "rpm"
decimals = 1
[fields.temp]
unit = "°C"
decimals = 1
[fields.parts]
[fields.targetSpeed]
unit = "rpm"
min = 0
max = 9000
writable = true
actual = "speed"
[fields.feed]
unit = "mm"
decimals = 1
writable = true
[fields.mode]
type = "choice"
options = ["RUN", "IDLE", "MAINTENANCE"]
writable = true
[fields.locked]
writable = true

[sources.press]
kind = "opcua"
endpoint = "ENDPOINT"
security = "None"
SETTINGS

[sources.press.fields]
speed = "ns=SPACE;s=Press{id}.Speed"
temp = { node = "ns=SPACE;s=Press{id}.Temp", optional = true }
parts = "ns=SPACE;s=Press{id}.Parts"
targetSpeed = "ns=SPACE;s=Press{id}.Target"
feed = { node = "ns=SPACE;s=Press{id}.Feed", scale = 0.1 }
mode = { node = "ns=SPACE;s=Press{id}.Mode", map = { RUN = 1, IDLE = 2, MAINTENANCE = 3 } }
locked = "ns=SPACE;s=Press{id}.Locked"

[sources.press.status]
node = "ns=SPACE;s=Press{id}.State"
packml = true
cause = "ns=SPACE;s=Press{id}.Reason"
word = "ns=SPACE;s=Press{id}.Alarms"
bits = { EMERGENCY_STOP = { 0 = "button", 1 = "rope" }, FAULT = { 4 = "motor overload" }, MAINTENANCE_LOCK = [6] }
flags = { SAFETY_INTERLOCK = "ns=SPACE;s=Press{id}.Door" }

[[lines]]
id = "01"
machines = MACHINES
"""

_SPACE = {"asyncua": "2", "node-opcua": "1"}


def plant_text(
    stack: str, endpoint: str, *, machines: str = "[401, 402]", settings: str = "", security: str = "None"
) -> str:
    """The plant file for a peer of this stack; the two number their namespaces differently."""
    text = _PLANT.replace("SPACE", _SPACE[stack]).replace("ENDPOINT", endpoint).replace("MACHINES", machines)
    return text.replace('security = "None"', f'security = "{security}"').replace("SETTINGS", settings)


def press_plant(stack: str, endpoint: str, **words: Any) -> Plant:
    return parse_plant(plant_text(stack, endpoint, **words))


def source_of(
    plant: Plant, *, secrets: Mapping[str, str] | None = None, directory: Path = Path()
) -> OpcUaSource:
    [source] = make_sources(plant, secrets={"press": secrets or {}}, directory=directory).values()
    assert isinstance(source, OpcUaSource)
    return source


def keys(machines: Sequence[int]) -> list[str]:
    return [f"m_{number}" for number in machines]
