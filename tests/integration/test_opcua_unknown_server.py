"""From a server that nobody has seen to a plant file, and every line of it tried; on two stacks."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest
from tests.integration.opcua_peer import NODES, Peer, free_port, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of
from tests.integration.running_server import SETPOINT, RunningServer, running_server
from typer.testing import CliRunner

from setpoint.cli.opcua import opcua
from setpoint.core.plant import Quality, parse_plant
from setpoint.errors import SourceError
from setpoint.sources.opcua.browse import propose, walk
from setpoint.sources.opcua.config import OpcUaSettings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.opcua.probe import Finding, probe
from setpoint.testing import Recorder
from setpoint.testing.patience import patient


@pytest.fixture(scope="module", params=STACKS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Peer]]:
    with start_peer(request.param, tmp_path_factory.mktemp("peer")) as peer:
        yield request.param, peer


async def test_the_proposed_plant_file_works_as_it_is(server: tuple[str, Peer]) -> None:
    _, peer = server
    async with connect(OpcUaSettings(peer.endpoint), {}) as session:
        plant = parse_plant(propose(await walk(session), peer.endpoint, session.namespaces))
    assert list(plant.machines) == ["m_401", "m_402"]
    source, recorder = source_of(plant), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: recorder.quality == {"m_401": Quality.GOOD, "m_402": Quality.GOOD})
        assert recorder.state["m_402"]["speed"] == 120.5
        assert recorder.state["m_402"]["status"] == "RUNNING"
    finally:
        await source.stop()


async def test_every_node_is_tried_and_told_with_type_value_quality_and_access(
    server: tuple[str, Peer],
) -> None:
    stack, peer = server
    peer.set(Press402__Temp=(None, "BadSensorFailure"))
    space = {"asyncua": 2, "node-opcua": 1}[stack]
    machines = f'[401, {{ id = 402, nodes = {{ speed = "ns={space};s=Nowhere", mode = "nsu=urn:no;s=x" }} }}]'
    plant = press_plant(stack, peer.endpoint, machines=machines)
    findings = await probe(plant.sources[0], list(plant.machines.values()), plant)
    assert len(findings) == 2 * 11
    found = {(each.machine, each.field): each for each in findings}
    assert found["m_401", "feed"] == Finding(
        "m_401", "feed", f"ns={space};s=Press401.Feed", "Int16", 12.5, Quality.GOOD, True
    )
    assert "does not let this user write" in found["m_401", "locked"].problem
    assert "BadNodeIdUnknown" in found["m_402", "speed"].problem
    assert "namespace" in found["m_402", "mode"].problem
    assert "BadSensorFailure" in found["m_402", "temp"].problem
    assert sum(bool(each.problem) for each in findings) == 5
    assert str(found["m_401", "mode"]).endswith("Int32 'RUN', GOOD, writable")


async def test_a_server_that_is_not_there_says_so_with_its_address(tmp_path: Path) -> None:
    plant = press_plant("asyncua", f"opc.tcp://127.0.0.1:{free_port()}")
    with pytest.raises(SourceError, match=r"opc\.tcp://127\.0\.0\.1:\d+ cannot be reached"):
        await probe(plant.sources[0], list(plant.machines.values()), plant)


@pytest.mark.parametrize("stack", STACKS)
def test_by_the_how_to_a_set_point_of_an_unknown_server_is_changed_from_a_workbook(
    stack: str, tmp_path: Path
) -> None:
    """The five steps of docs/howto/connect-opcua.md, each with its command, and what a person edits between them."""
    plant_file, workbook = tmp_path / "plant.toml", tmp_path / "targets.xlsx"
    nodes = {"CurMachSpeed": NODES["Speed"], "MachSpeed": NODES["Feed"], "StateCurrent": NODES["State"]}
    with start_peer(stack, tmp_path, machines=[3, 11], nodes=nodes) as peer:
        assert "setpoint check --connect" in _setpoint("opcua", "browse", peer.endpoint, "--out", plant_file)
        proposed = plant_file.read_text("utf-8")
        assert "writable = true   # Int16, now 125; give min and max" in proposed
        plant_file.write_text(proposed.replace("; give min and max", "\nmin = 0\nmax = 2000"), "utf-8")
        tried = _setpoint("check", "--connect", plant_file)
        assert "m:11 targetSpeed" in tried
        assert "Int16 125, GOOD, writable" in tried
        assert "No mistakes" in tried
        with running_server(tmp_path / "data", "--plant", str(plant_file), command="serve") as server:
            token = _first_token(server)
            there = ("--url", server.url, "--token", token)
            _setpoint("template", workbook, *there)
            _fill_in(workbook, "m:11", "Target Speed", 900)
            told = _setpoint("upload", workbook, "--yes", *there)
        assert "applied" in told
        assert peer.written() == [["Press11.MachSpeed", 900]]


def _setpoint(*words: str | Path) -> str:
    """What the command says; it ends well."""
    done = subprocess.run(
        [*SETPOINT, *map(str, words)], capture_output=True, text=True, timeout=patient(60), check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _first_token(server: RunningServer) -> str:
    """The administrator comes in by the link that the server printed, and makes a token for a program."""
    link = re.search(r"#link=(\S+)", server.log.read_text("utf-8"))
    assert link is not None
    headers = {"origin": server.url, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=patient(20)) as browser:
        words = {"secret": link[1], "name": "anna", "password": "a sentence of some length"}
        browser.put("/api/invite", json=words).raise_for_status()
    made = _setpoint(
        "token", "create", "anna", "terminal", "--role", "operator", "--json", "--data-dir", server.data_dir
    )
    token: str = json.loads(made)["token"]
    return token


def _fill_in(workbook: Path, machine: str, column: str, value: float) -> None:
    """As a person does: one cell, in the row of the machine; the others are left as they came."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(str(cell.value).startswith(column) for cell in row))
    place = next(at for at, cell in enumerate(header, 1) if str(cell.value).startswith(column))
    number = next(at for at, row in enumerate(sheet.iter_rows(), 1) if row[0].value == machine)
    sheet.cell(number, place, value)
    book.save(workbook)


def test_the_commands_make_a_certificate_fetch_one_and_propose_a_plant_file(tmp_path: Path) -> None:
    run = CliRunner()
    made = run.invoke(opcua, ["certificate", str(tmp_path / "pki")])
    assert made.exit_code == 0
    assert "fingerprint" in made.output
    with start_peer("node-opcua", tmp_path) as peer:
        trusted = run.invoke(opcua, ["trust", peer.endpoint, str(tmp_path / "pki" / "press.der"), "--yes"])
        assert trusted.exit_code == 0, trusted.output
        assert (tmp_path / "pki" / "press.der").read_bytes() == peer.certificate
        browsed = run.invoke(opcua, ["browse", peer.endpoint, "--out", str(tmp_path / "plant.toml")])
        assert browsed.exit_code == 0, browsed.output
    assert len(parse_plant((tmp_path / "plant.toml").read_text()).machines) == 2
