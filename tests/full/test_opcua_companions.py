"""Machines that follow companion specifications. The proposal knows their types and names, and they become live."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.opcua_peer import node_program
from typer.testing import CliRunner

from setpoint.cli.opcua import opcua
from setpoint.contract.values import Quality
from setpoint.core.plant import parse_plant
from setpoint.sources.base import Probing
from setpoint.sources.registry import make_sources
from setpoint.testing import Recorder
from setpoint.testing.patience import patient


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("companions")
    process = subprocess.Popen(
        [*node_program("companions.mjs"), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    timer = threading.Timer(patient(50), process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        endpoint_url = ""
        while not endpoint_url and (line := process.stdout.readline()):
            with contextlib.suppress(json.JSONDecodeError):
                hello = json.loads(line)
                endpoint_url = hello.get("endpoint", "") if isinstance(hello, dict) else ""
        timer.cancel()
        assert endpoint_url, "the server with the companion specifications did not start"
        yield endpoint_url
    finally:
        timer.cancel()
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


async def test_packml_machinery_and_machine_tool_are_known_by_their_types_and_are_live(
    endpoint: str, tmp_path: Path
) -> None:
    arguments = ["browse", endpoint, "--out", str(tmp_path / "plant.toml")]
    result = await asyncio.to_thread(CliRunner().invoke, opcua, arguments)
    assert result.exit_code == 0, result.output
    plant = parse_plant((tmp_path / "plant.toml").read_text("utf-8"))
    machines = {each.name: each for each in plant.machines.values()}
    assert machines.keys() == {"Filler", "Capper", "Lathe", "Washer"}
    assert machines["Filler"].source == machines["Capper"].source != machines["Lathe"].source
    assert "targetSpeed" in {each.name for each in plant.writable}
    sources, recorder = make_sources(plant), Recorder()
    for source in sources.values():
        assert isinstance(source, Probing)
        assert all(not each.problem for each in await source.probe()), "a proposal passes check --connect"
        await source.start(recorder)
    try:
        await recorder.until(
            lambda: len(recorder.quality) == 4 and set(recorder.quality.values()) == {Quality.GOOD},
            within_s=10,
        )
    finally:
        for source in sources.values():
            await source.stop()
    assert recorder.state[machines["Filler"].key]["speed"] == 118.5
    assert recorder.state[machines["Filler"].key]["status"] == "RUNNING", (
        "the innermost state that is active: Execute"
    )
    assert recorder.state[machines["Capper"].key]["status"] == "FAULT", "Aborted has no state inside"
