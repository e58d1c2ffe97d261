"""A plant over the nodes of `opcua_peer`, and its source."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.opcua_peer import Peer
from tests.integration.opcua_proxy import OpcUaProxy
from tests.integration.source_support import all_are, only_source

from setpoint.contract.values import Quality
from setpoint.core.plant import Plant, parse_plant
from setpoint.sources.opcua import OpcUaSource
from setpoint.testing import Recorder

STACKS = (pytest.param("asyncua", marks=pytest.mark.full), "node-opcua")
"""`make test` uses the server that shares no code with our client, which is asyncua's."""

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
    """Returns the plant file for a peer of this stack. The two stacks number their namespaces differently."""
    text = _PLANT.replace("SPACE", _SPACE[stack]).replace("ENDPOINT", endpoint).replace("MACHINES", machines)
    return text.replace('security = "None"', f'security = "{security}"').replace("SETTINGS", settings)


def press_plant(stack: str, endpoint: str, **options: Any) -> Plant:
    return parse_plant(plant_text(stack, endpoint, **options))


def source_of(
    plant: Plant, *, secrets: Mapping[str, str] | None = None, directory: Path = Path()
) -> OpcUaSource:
    return only_source(OpcUaSource, plant, secrets=secrets, directory=directory)


@asynccontextmanager
async def running(
    server: Peer | OpcUaProxy, *, is_good: bool = True, **options: Any
) -> AsyncIterator[tuple[OpcUaSource, Recorder]]:
    """Runs a source over the two live machines of an asyncua peer. ``options`` are those of `plant_text`."""
    source, recorder = source_of(press_plant("asyncua", server.endpoint, **options)), Recorder()
    await source.start(recorder)
    try:
        if is_good:
            await recorder.until(lambda: all_are(recorder, Quality.GOOD), within_s=10)
        yield source, recorder
    finally:
        await source.stop()


def keys(machines: Sequence[int]) -> list[str]:
    return [f"m_{number}" for number in machines]
