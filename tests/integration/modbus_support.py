"""Plants behind Modbus TCP servers of two makers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.child import Child, node_child
from tests.integration.source_support import only_source
from tests.ports import free_port

from setpoint.core.plant import Plant, parse_plant
from setpoint.sources.modbus import ModbusSource

STACKS = ("modbus-serial", "pymodbus")
STACK_PARAMS = ("modbus-serial", pytest.param("pymodbus", marks=pytest.mark.full))
"""`make test` uses the server that shares no code with our client, which is pymodbus's."""
PLANT = """
name = "Press shop"
[fields.speed]
[fields.temp]
[fields.recipe]
type = "text"
writable = true
[fields.targetSpeed]
min = 0
max = 99999
writable = true
actual = "speed"
[fields.feed]
writable = true
[fields.mode]
type = "choice"
options = ["RUN", "IDLE"]
writable = true
[fields.heating]
writable = true

[sources.press]
kind = "modbus"
host = "127.0.0.1"
port = PORT
unit = "{unit}"
poll_ms = 100
timeout_ms = 700
SETTINGS

[sources.press.fields]
speed = { holding = 2, type = "float32", order = "CDAB" }
temp = { holding = 40, type = "int16", scale = 0.1, optional = true }
recipe = { holding = 20, type = "string", length = 4 }
targetSpeed = { holding = 10 }
feed = { holding = 11, type = "int32", scale = 0.01 }
mode = { holding = 13, map = { RUN = 1, IDLE = 2 } }
heating = { coil = 3 }

[sources.press.status]
state = { holding = 0 }
map = { 0 = "STOPPED", 1 = "RUNNING" }
word = { holding = 1 }
bits = { EMERGENCY_STOP = { 0 = "button" }, FAULT = { 4 = "motor overload" } }

[[lines]]
id = "01"
source = "press"
machines = [{ id = 401, unit = 1 }, { id = 402, unit = 2 }]
"""


def modbus_plant(port: int, *, settings: str = "", text: str = PLANT) -> Plant:
    return parse_plant(text.replace("PORT", str(port)).replace("SETTINGS", settings))


def modbus_source(plant: Plant) -> ModbusSource:
    return only_source(ModbusSource, plant)


def modbus_peer(
    stack: str, folder: Path, *, port: int = 0, units: tuple[int, ...] = (1, 2)
) -> tuple[Child, int]:
    """Runs a server. Yields it and its port. Each of ``units`` is a device with 400 registers and 64 coils."""
    port = port or free_port()
    options: dict[str, Any] = {"port": port, "units": list(units)}
    if stack == "modbus-serial":
        return node_child("modbus.mjs", options, folder), port
    program = Path(__file__).parent / "modbus_peer.py"
    return Child([sys.executable, str(program), json.dumps(options)], folder, "pymodbus"), port
