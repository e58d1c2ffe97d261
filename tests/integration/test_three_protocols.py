"""One workbook sets an OPC UA, a Sparkplug B and a Modbus machine in one batch. Each reports its true state."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from tests.integration.child import Child
from tests.integration.modbus_support import modbus_peer
from tests.integration.mqtt_support import Broker, sparkplug_peer
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.running_server import RunningServer
from tests.integration.terminal import line_with, terminal

from setpoint.client import Client
from setpoint.testing.patience import patient

PLANT = """
name = "Mixed"
[fields.speed]
[fields.targetSpeed]
label = "Target Speed"
column = "Target Speed"
min = 0
max = 99999
writable = true

[sources.ua]
kind = "opcua"
endpoint = "ENDPOINT"
security = "None"
[sources.ua.fields]
speed = "ns=2;s=Press{id}.Speed"
targetSpeed = "ns=2;s=Press{id}.Target"
[sources.ua.status]
node = "ns=2;s=Press{id}.State"
packml = true

[sources.sp]
kind = "sparkplug"
broker = "mqtt://127.0.0.1:BROKER"
group = "Plant 1"
node = "Line01"
device = "Press{id}"
[sources.sp.fields]
speed = "Speed"
targetSpeed = "Target"
[sources.sp.status]
state = "State"
packml = true

[sources.mb]
kind = "modbus"
host = "127.0.0.1"
port = MODBUS
[sources.mb.fields]
speed = { holding = 2, type = "float32" }
targetSpeed = { holding = 10 }
[sources.mb.status]
state = { holding = 0 }
map = { 0 = "STOPPED" }

[[lines]]
id = "01"
machines = [{ id = 401, source = "ua" }, { id = 411, source = "sp" }, { id = 421, source = "mb" }]
"""


@dataclass
class Plant:
    server: RunningServer
    ua: Peer
    sp: Child
    mb: Child

    def machines(self) -> dict[str, dict[str, Any]]:
        """Returns each machine's values on the live socket."""

        async def read_values() -> dict[str, dict[str, Any]]:
            async with Client(self.server.url) as client:
                await client.subscribe("line:01")
                return {key: dict(view.record) for key, view in client.view.items()}

        return asyncio.run(read_values())

    def items(self, tx_id: str) -> dict[str, dict[str, Any]]:
        batch = httpx.get(f"{self.server.url}/api/batches/{tx_id}").raise_for_status().json()
        return {each["machine"]: each for each in batch["results"]}


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with ExitStack() as stack:
        ua = stack.enter_context(start_peer("asyncua", tmp_path))
        broker = stack.enter_context(Broker(tmp_path))
        sp = stack.enter_context(sparkplug_peer(broker.port, tmp_path, devices=("Press411",)))
        mb, port = modbus_peer("modbus-serial", tmp_path)
        stack.enter_context(mb)
        file = tmp_path / "plant.toml"
        text = (
            PLANT.replace("ENDPOINT", ua.endpoint)
            .replace("BROKER", str(broker.port))
            .replace("MODBUS", str(port))
        )
        file.write_text(text, "utf-8")
        program = (sys.executable, "-m", "tests.integration.plant_server", str(file))
        server = RunningServer(tmp_path / "data", program=program).start()
        stack.callback(server.kill)
        yield Plant(server, ua, sp, mb)


def _until(holds: Any, *, within_s: float = 15.0) -> None:
    give_up = time.monotonic() + patient(within_s)
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.1)


@contextmanager
def page(url: str) -> Iterator[Client]:
    """What an open page knows. The client runs in a thread of its own, so that a freeze can be short."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(patient(20))

    client = Client(url)
    try:
        run(client.__aenter__())
        run(client.subscribe("line:01"))
        yield client
    finally:
        run(client.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _batch(output: str) -> str:
    match = re.search(r"Batch ([0-9a-f-]{36})", output)
    assert match is not None
    return match[1]


@pytest.mark.rule("CMD-3", "CMD-6")
def test_one_batch_goes_over_three_protocols_while_one_refuses_and_one_freezes(
    plant: Plant, tmp_path: Path
) -> None:
    file, result_file = tmp_path / "targets.xlsx", tmp_path / "done.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (("Machine ID", "Target Speed"), ("m:401", 1300), ("m:411", 1200), ("m:421", 9_500)):
        sheet.append(row)
    book.save(file)
    _until(lambda: [each["quality"] for each in plant.machines().values()] == ["GOOD"] * 3)

    with (
        page(plant.server.url) as board,
        terminal(plant.server, "upload", file, "--result", result_file) as session,
    ):
        session.until("Send ")
        plant.ua.freeze()
        try:
            session.type("y")
            assert session.end() == 1
            items = plant.items(_batch(session.output))
            _until(lambda: board.view["m_401"].record["quality"] != "GOOD")
            records = {key: dict(view.record) for key, view in board.view.items()}
        finally:
            plant.ua.thaw()
    assert "✓ applied" in line_with(session.output, "m:411", "targetSpeed", "applied")
    assert "illegal value" in line_with(session.output, "m:421", "illegal value")
    tx_id = _batch(session.output)

    # While a machine is frozen, the page shows its last values as in doubt, and the others as they are.
    assert [records[each]["targetSpeed"] for each in ("m_401", "m_411", "m_421")] == [1000, 1200, 0]
    assert [records[each]["quality"] == "GOOD" for each in ("m_401", "m_411", "m_421")] == [False, True, True]
    assert [items[each]["outcome"] for each in ("m_401", "m_411", "m_421")] == [
        "unknown",
        "applied",
        "failed",
    ]
    assert "may still land" in items["m_401"]["message"]

    # What each machine knows about itself.
    lines = httpx.get(f"{plant.server.url}/api/plant").raise_for_status().json()["lines"]
    descriptions = {each["key"]: each["tells"] for each in lines[0]["machines"]}
    assert descriptions == {
        "m_401": ["time", "quality", "refusal"], "m_411": ["time", "quality"], "m_421": ["refusal"],
    }  # fmt: skip

    # The annotated workbook.
    back = openpyxl.load_workbook(result_file).worksheets[0]
    header, *rows = back.iter_rows(values_only=True)
    by_machine = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_machine["m:411"]["Status"] == "applied"
    assert (by_machine["m:421"]["Status"], "illegal value" in str(by_machine["m:421"]["Reason"])) == (
        "failed",
        True,
    )
    assert by_machine["m:401"]["Status"] == "unknown"

    # The API: a refused target does not happen, and a frozen machine applies its target when it thaws.
    items = plant.items(tx_id)
    assert (items["m_411"]["outcome"], items["m_421"]["outcome"]) == ("applied", "failed")
    _until(lambda: plant.machines()["m_401"]["targetSpeed"] == 1300)
    assert [each["targetSpeed"] for each in plant.machines().values()] == [1300, 1200, 0]
    _until(lambda: plant.items(tx_id)["m_401"]["outcome"] == "applied")
