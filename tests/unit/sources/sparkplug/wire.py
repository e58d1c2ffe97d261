"""Makes Sparkplug B messages for tests, and a plant over one edge node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setpoint.core.plant import Plant, parse_plant
from setpoint.sources.sparkplug.sparkplug_b_pb2 import Payload

INT16, INT32, INT64, UINT16, FLOAT, DOUBLE, BOOLEAN, STRING, TEMPLATE = 2, 3, 4, 6, 9, 10, 11, 12, 19

PLANT = """
name = "Press shop"
[fields.speed]
[fields.targetSpeed]
min = 0
max = 99999
writable = true
[fields.note]
type = "text"

[sources.press]
kind = "sparkplug"
broker = "mqtt://127.0.0.1:1"
group = "G"
node = "N"
device = "D{id}"
[sources.press.fields]
speed = "Speed"
targetSpeed = { metric = "Target", command = "Set Target" }
note = { metric = "Note", optional = true }
[sources.press.status]
state = "State"
map = { 1 = "RUNNING", 2 = "EMERGENCY_STOP" }

[[lines]]
id = "01"
source = "press"
machines = [401, 402]
"""


def plant(text: str = PLANT) -> Plant:
    return parse_plant(text)


def message(
    seq: int | None, metrics: Mapping[str, Any] | list[dict[str, Any]], *, at_ms: int = 1_000_000
) -> bytes:
    """Makes a payload of ``{"Speed": (DOUBLE, 1.5)}``, or of a list of metrics with the definition's field names."""
    payload = Payload(timestamp=at_ms)
    if seq is not None:
        payload.seq = seq
    listed = metrics if isinstance(metrics, list) else [metric(name, *each) for name, each in metrics.items()]
    for each in listed:
        payload.metrics.add(**each)
    return payload.SerializeToString()


def metric(name: str, datatype: int, value: Any, **fields: Any) -> dict[str, Any]:
    """Returns the fields of one metric. A value of None is null."""
    words: dict[str, Any] = {"name": name, "datatype": datatype, **fields}
    if value is None:
        return {**words, "is_null": True}
    if isinstance(value, bool):
        return {**words, "boolean_value": value}
    if isinstance(value, str):
        return {**words, "string_value": value}
    if datatype == FLOAT:
        return {**words, "float_value": value}
    if isinstance(value, float):
        return {**words, "double_value": value}
    if datatype in (4, 8):
        return {**words, "long_value": value & 0xFFFF_FFFF_FFFF_FFFF}
    return {**words, "int_value": value & 0xFFFF_FFFF}


BIRTH = {
    "Speed": (DOUBLE, 1.5),
    "Target": (INT16, 100),
    "Set Target": (INT16, 0),
    "Note": (STRING, "a"),
    "State": (INT32, 1),
}
