"""A plant whose machines have letters in their ids: on the wire, in a commit and in a workbook."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from tests.integration.giving import commit
from tests.integration.running_server import SETPOINT, RunningServer
from tests.ports import free_port

from setpoint.client import Client, Phase
from setpoint.testing.patience import patient

PLANT = """
name = "Letters"
letters_in_ids = true
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ["A7", "A08-A10", 401]
"""


@pytest.mark.rule("ID-1", "ID-2")
async def test_a_target_of_a_workbook_reaches_a_machine_with_letters_in_its_id(tmp_path: Path) -> None:
    plant = tmp_path / "plant.toml"
    plant.write_text(PLANT, "utf-8")
    workbook = tmp_path / "plan.csv"
    workbook.write_text("Machine ID,Target Speed\na7,910\nA08-A09,920\nM_401,930\n", "utf-8")
    program = (sys.executable, "-m", "tests.integration.plant_server", str(plant))
    server = RunningServer(tmp_path / "data", program=program, port=free_port()).start()
    try:
        async with Client(server.url, user="anna") as client:
            for topic in ("line:01", "m:A7", "dashboard:global"):
                await client.subscribe(topic)
            batch = await commit(client, {"m_A7": {"targetSpeed": 900}})
            assert await batch.done() == {Phase.RECONCILED: 1}
            assert client.view["m_A7"].record["targetSpeed"] == 900
            assert client.view["m_A10"].record["quality"] == "GOOD"
        arguments = [*SETPOINT, "upload", str(workbook), "--yes", "--json", "--url", server.url]
        upload = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(patient(60)):
            printed, _ = await upload.communicate()
        results = json.loads(printed)["batch"]["results"]
        assert {(each["machine"], each["value"], each["outcome"]) for each in results} == {
            ("m_A7", 910, "applied"),
            ("m_A08", 920, "applied"),
            ("m_A09", 920, "applied"),
            ("m_401", 930, "applied"),
        }
    finally:
        server.kill()
