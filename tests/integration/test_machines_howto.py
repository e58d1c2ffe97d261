"""The plant files of docs/howto work as they stand, from `check --connect` to the first applied target."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from pathlib import Path
from typing import Self

from aiomqtt import Client
from tests.documentation.blocks import blocks, commands
from tests.integration.modbus_support import modbus_peer
from tests.integration.mqtt_support import Broker, sparkplug_peer
from tests.integration.opcua_howto import set_by_workbook

_WALKED = [
    "setpoint check --connect plant.toml",
    "setpoint serve --plant plant.toml --data-dir data",
    "setpoint template targets.xlsx && setpoint upload targets.xlsx",
]
"""The commands of each page, which `set_by_workbook` runs."""


def _blocks(name: str) -> list[str]:
    page = f"docs/howto/{name}"
    shown = [command.words for block in blocks(page, "console") for command in commands(block)]
    assert shown == _WALKED
    return blocks(page, "toml")


def _replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Replaces the addresses, as a person would."""
    for old, new in pairs:
        text, count = re.subn(old, new, text)
        assert count == 1, f"{old} is not in the how-to any more"
    return text


def test_the_modbus_how_to_leads_from_registers_to_an_applied_target(tmp_path: Path) -> None:
    fields, source = _blocks("connect-modbus.md")
    peer, port = modbus_peer("modbus-serial", tmp_path, units=(1,))
    with peer:
        for base in (0, 200):  # both machines run: RUNNING, mode RUN
            peer.send_command("set", unit=1, values={str(base): 1, str(base + 13): 1})
        file = tmp_path / "plant.toml"
        file.write_text(
            fields
            + _replaced(source, (r"192\.168\.7\.30", "127.0.0.1"), (r"(?m)^port = 502$", f"port = {port}")),
            "utf-8",
        )
        tried = set_by_workbook(file, tmp_path, "m:401")
    assert "m:402 heating: coil 203 of unit 1" in tried


_METRICS = {
    "Drive/Speed": ["Double", 118.5], "Rpm": ["Double", 119.5], "Drive/Speed SP": ["Int16", 0],
    "Drive/Set SP": ["Int16", 0], "Temp": ["Int32", 205], "Mode": ["Int32", 1], "State": ["String", "RUNNING"],
    "Stop reason": ["String", ""], "Alarms": ["Int32", 0], "Door open": ["Boolean", False],
}  # fmt: skip


def test_the_sparkplug_how_to_leads_from_a_broker_to_an_applied_target(tmp_path: Path) -> None:
    fields, broker_block, _, cells, _ = _blocks("connect-mqtt.md")
    with Broker(tmp_path) as broker:
        address = f"mqtt://127.0.0.1:{broker.port}"
        connection = _replaced(
            broker_block,
            (r"mqtts://broker\.plant\.local:8883", address),
            (r"(?m)^ca = .*\n", ""),
            (r"(?m)^certificate = .*\n", ""),
            (r"(?m)^private_key = .*\n", ""),
        )
        file = tmp_path / "plant.toml"
        file.write_text(fields + connection + _replaced(cells, (r"\[sources\.cells\]\n# …\n", "")), "utf-8")
        devices = tuple(f"Press {number}" for number in range(401, 412))
        follows = {"Drive/Set SP": "Drive/Speed SP"}
        with sparkplug_peer(
            broker.port, tmp_path, node="Line 01", devices=devices, metrics=_METRICS, follows=follows
        ):
            tried = set_by_workbook(file, tmp_path, "m:401")
    assert "m:411 speed: Rpm: Double 119.5, GOOD" in tried
    assert "m:401 targetSpeed: Drive/Speed SP: Int16 0, GOOD, writable" in tried


class _Press401:
    """Press 401 on the how-to's topics, in a thread of its own. It reports its state, applies targets and acknowledges
    them.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    async def _run(self) -> None:
        above = "site/line01/press401"
        async with Client("127.0.0.1", self._port) as client:
            await client.subscribe(f"{above}/speed-sp/set", qos=1)
            await client.publish(f"{above}/online", "true", qos=1, retain=True)
            await client.publish(f"{above}/speed-sp", "0", qos=1, retain=True)
            taking = asyncio.create_task(self._take(client, above))
            while not self._is_over.is_set():
                state = {"state": "RUNNING", "drive": {"temps": [20.5]}, "ts": time.time(), "q": "good"}
                await client.publish(f"{above}/state", json.dumps(state))
                await client.publish(f"{above}/speed", "118.5")
                await asyncio.sleep(0.2)
            while not taking.done():  # a cancellation may arrive together with the end of the connection
                taking.cancel()
                await asyncio.wait([taking], timeout=1)

    async def _take(self, client: Client, above: str) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            target = json.loads(message.payload)
            await client.publish(f"{above}/speed-sp", json.dumps(target["value"]), qos=1, retain=True)
            await client.publish(f"{above}/ack", json.dumps({"ok": True, "id": target["id"]}), qos=1)


def test_the_plain_json_how_to_leads_from_a_broker_to_an_applied_target(tmp_path: Path) -> None:
    fields, _, _, _, hall = _blocks("connect-mqtt.md")
    with Broker(tmp_path) as broker:
        address = f"mqtt://127.0.0.1:{broker.port}"
        lines = '\n[[lines]]\nid = "01"\nsource = "hall"\nmachines = [401]\n'
        file = tmp_path / "plant.toml"
        connection = _replaced(hall, (r"mqtts://broker\.plant\.local:8883", address))
        file.write_text(fields + connection + lines, "utf-8")
        with _Press401(broker.port):
            tried = set_by_workbook(file, tmp_path, "m:401")
    assert "m:401 speed: site/line01/press401/speed" in tried
    assert "20.5" in tried
