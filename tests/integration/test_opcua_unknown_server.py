"""Turns an unknown server into a plant file, and tries every line of the file, on two stacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.opcua_howto import walk_the_howto
from tests.integration.opcua_peer import NODES, Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of
from tests.ports import free_port
from typer.testing import CliRunner

from setpoint.cli.opcua import opcua
from setpoint.contract.values import Quality
from setpoint.core.plant import parse_plant
from setpoint.errors import SourceError
from setpoint.sources.opcua.browse import propose, walk
from setpoint.sources.opcua.config import OpcUaSettings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.opcua.probe import Finding, probe
from setpoint.testing import Recorder


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


async def test_every_node_is_tried_and_listed_with_type_value_quality_and_access(
    server: tuple[str, Peer],
) -> None:
    stack, peer = server
    peer.set(Press402__Temp=(None, "BadSensorFailure"))
    space = {"asyncua": 2, "node-opcua": 1}[stack]
    machines = f'[401, {{ id = 402, nodes = {{ speed = "ns={space};s=Nowhere", mode = "nsu=urn:no;s=x" }} }}]'
    plant = press_plant(stack, peer.endpoint, machines=machines)
    findings = await probe(plant.sources[0], list(plant.machines.values()), plant)
    assert len(findings) == 2 * 11
    by_field = {(each.machine, each.field): each for each in findings}
    assert by_field["m_401", "feed"] == Finding(
        "m_401", "feed", f"ns={space};s=Press401.Feed", "Int16", 12.5, Quality.GOOD, True
    )
    assert "does not let this user write" in by_field["m_401", "locked"].problem
    assert "BadNodeIdUnknown" in by_field["m_402", "speed"].problem
    assert "namespace" in by_field["m_402", "mode"].problem
    assert "BadSensorFailure" in by_field["m_402", "temp"].problem
    assert sum(bool(each.problem) for each in findings) == 5
    mode = by_field["m_401", "mode"]
    assert (mode.type, mode.value, mode.quality, mode.is_writable) == ("Int32", "RUN", Quality.GOOD, True)


async def test_a_server_that_is_not_there_says_so_with_its_address(tmp_path: Path) -> None:
    plant = press_plant("asyncua", f"opc.tcp://127.0.0.1:{free_port()}")
    with pytest.raises(SourceError, match=r"opc\.tcp://127\.0\.0\.1:\d+ cannot be reached"):
        await probe(plant.sources[0], list(plant.machines.values()), plant)


@pytest.mark.full  # tests/documentation/test_opcua.py runs the page itself
@pytest.mark.parametrize("stack", STACKS)
def test_by_the_how_to_a_set_point_of_an_unknown_server_is_changed_from_a_workbook(
    stack: str, tmp_path: Path
) -> None:
    """Follows the five steps of docs/howto/connect-opcua.md: their commands, and what a person edits between them."""
    nodes = {"CurMachSpeed": NODES["Speed"], "MachSpeed": NODES["Feed"], "StateCurrent": NODES["State"]}
    with start_peer(stack, tmp_path, machines=[3, 11], nodes=nodes) as peer:
        walk_the_howto(peer.endpoint, tmp_path)
        assert peer.written() == [["Press11.MachSpeed", 900]]


def test_the_commands_make_a_certificate_fetch_one_and_propose_a_plant_file(tmp_path: Path) -> None:
    run = CliRunner()
    result = run.invoke(opcua, ["certificate", str(tmp_path / "pki")])
    assert result.exit_code == 0
    assert "fingerprint" in result.output
    with start_peer("node-opcua", tmp_path) as peer:
        trusted = run.invoke(opcua, ["trust", peer.endpoint, str(tmp_path / "pki" / "press.der"), "--yes"])
        assert trusted.exit_code == 0, trusted.output
        assert (tmp_path / "pki" / "press.der").read_bytes() == peer.certificate
        browsed = run.invoke(opcua, ["browse", peer.endpoint, "--out", str(tmp_path / "plant.toml")])
        assert browsed.exit_code == 0, browsed.output
    assert len(parse_plant((tmp_path / "plant.toml").read_text()).machines) == 2
