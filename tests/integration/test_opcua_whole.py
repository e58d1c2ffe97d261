"""A batch's way to real controllers and back, through commands, store and hub: the outcome of each target."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of
from tests.integration.source_server import Board, SourceServer

from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import Outcome
from setpoint.contract.values import Quality


@dataclass
class ServerAndPeer:
    server: SourceServer
    peer: Peer


@pytest.fixture(scope="module", params=STACKS)
def controller(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Peer]]:
    with start_peer(request.param, tmp_path_factory.mktemp("peer")) as peer:
        yield request.param, peer


@pytest.fixture
async def server_and_peer(controller: tuple[str, Peer]) -> AsyncIterator[ServerAndPeer]:
    stack, peer = controller
    peer.thaw()
    peer.reset()
    plant = press_plant(stack, peer.endpoint)
    async with SourceServer.open(plant, source_of(plant)) as server:
        yield ServerAndPeer(server, peer)
        peer.thaw()


@pytest.fixture
def server(server_and_peer: ServerAndPeer) -> SourceServer:
    return server_and_peer.server


@pytest.fixture
def peer(server_and_peer: ServerAndPeer) -> Peer:
    return server_and_peer.peer


@pytest.mark.rule("CMD-3")
async def test_a_target_is_applied_and_one_out_of_range_is_failed_with_the_controllers_reason(
    server: SourceServer,
) -> None:
    tx_id = await server.commit(m_401={"targetSpeed": 1500}, m_402={"targetSpeed": 4000})
    items = await server.until(tx_id, Outcome.APPLIED, Outcome.FAILED)
    assert "BadOutOfRange" in str(items["m_402"].message)
    assert server.value("m_401", "targetSpeed") == 1500
    assert server.value("m_402", "targetSpeed") == 1000


@pytest.mark.rule("CMD-3")
async def test_a_controller_that_resets_what_was_written_has_diverged_with_both_values(
    server: SourceServer, peer: Peer
) -> None:
    # The controller replaces the value at once, so it never reports the written value.
    peer.send_command("rule", node="Press401.Target", rule={"takes": 800.0})
    tx_id = await server.commit(m_401={"targetSpeed": 1500})
    items = await server.until(tx_id, Outcome.DIVERGED)
    assert (items["m_401"].asked, items["m_401"].reported) == (1500, 800)


@pytest.mark.rule("CMD-3", "CMD-6")
async def test_a_write_into_a_frozen_controller_is_unknown_and_its_late_landing_settles_it(
    server: SourceServer,
    peer: Peer,
) -> None:
    peer.freeze()
    tx_id = await server.commit(m_401={"targetSpeed": 1500})
    await server.until(tx_id, Outcome.UNKNOWN)
    peer.thaw()
    await server.until(tx_id, Outcome.APPLIED)
    await server.until_event(EventKind.LATE_LANDING)
    assert peer.written() == [["Press401.Target", 1500]]


STOPPED = {"first": {"Press401.Alarms": 1}, "holds": True}
"""The controller receives a write, reports its emergency stop, and only then decides about the write."""


@pytest.mark.rule("SAFE-1", "SAFE-2", "SAFE-3", "CMD-3", "CMD-6")
@pytest.mark.parametrize(
    ("release", "outcome", "target", "warnings"),
    [
        ({"lands": False, "answer": "BadInvalidState"}, Outcome.FAILED, 1000, []),
        ({"lands": True, "answer": "Good"}, Outcome.APPLIED, 1500, ["took effect, after EMERGENCY_STOP"]),
        ({"lands": False, "answer": "Good"}, Outcome.UNKNOWN, 1000, []),
    ],
    ids=["refused", "landed", "swallowed"],
)
async def test_a_stop_at_the_controller_during_a_write_cancels_the_target_and_its_late_effect_is_shown(
    server_and_peer: ServerAndPeer,
    release: dict[str, object],
    outcome: Outcome,
    target: float,
    warnings: list[str],
) -> None:
    server, peer = server_and_peer.server, server_and_peer.peer
    peer.send_command("rule", node="Press401.Target", rule=STOPPED)
    async with Board.open(server) as board:
        await board.until(targetSpeed=1000, status="RUNNING")
        tx_id = str(uuid.uuid4())
        board.commit(tx_id, 1500)
        assert board.views[-1].record["targetSpeed"] == 1500
        commit = asyncio.create_task(server.commit(tx_id, m_401={"targetSpeed": 1500}))
        await board.until(status="EMERGENCY_STOP")
        refused = await server.commit(m_401={"targetSpeed": 1600})
        await server.until(refused, Outcome.BLOCKED)
        peer.send_command("release", node="Press401.Target", **release)
        await commit
        items = await server.until(tx_id, outcome)
        await server.wait_for("m_401", "targetSpeed", target)
        peer.set(Press401__Alarms=0)
        await board.until(targetSpeed=target, status="RUNNING")
    if outcome is Outcome.FAILED:
        assert "BadInvalidState" in str(items["m_401"].message)
    assert peer.written() == [["Press401.Target", 1500]]
    assert await server.late_effects(tx_id) == warnings
    assert board.never_showed_a_target_after("EMERGENCY_STOP")


@pytest.mark.rule("SAFE-1", "SAFE-2", "SAFE-3", "CMD-3", "CMD-6")
async def test_a_write_that_lands_after_a_stop_and_after_its_time_settles_with_a_warning(
    server: SourceServer,
    peer: Peer,
) -> None:
    peer.send_command("rule", node="Press401.Target", rule=STOPPED)
    async with Board.open(server) as board:
        await board.until(targetSpeed=1000, status="RUNNING")
        tx_id = str(uuid.uuid4())
        board.commit(tx_id, 1500)
        commit = asyncio.create_task(server.commit(tx_id, m_401={"targetSpeed": 1500}))
        await board.until(status="EMERGENCY_STOP")
        await commit
        await server.until(tx_id, Outcome.UNKNOWN)
        assert board.views[-1].record["targetSpeed"] == 1000
        peer.send_command("release", node="Press401.Target", lands=True, answer="Good")
        items = await server.until(tx_id, Outcome.APPLIED)
        await board.until(targetSpeed=1500, status="EMERGENCY_STOP")
    assert items["m_401"].message == "took effect late"
    assert peer.written() == [["Press401.Target", 1500]]
    assert await server.late_effects(tx_id) == ["took effect late, after EMERGENCY_STOP"]
    assert board.never_showed_a_target_after("EMERGENCY_STOP")


@pytest.mark.rule("SAFE-3")
async def test_an_emergency_stop_at_the_controller_blocks_later_targets(
    server: SourceServer, peer: Peer
) -> None:
    peer.set(Press401__Alarms=1)
    await server.wait_for("m_401", "status", "EMERGENCY_STOP")
    tx_id = await server.commit(m_401={"targetSpeed": 1500}, m_402={"targetSpeed": 1500})
    items = await server.until(tx_id, Outcome.BLOCKED, Outcome.APPLIED)
    assert "EMERGENCY_STOP" in str(items["m_401"].message)
    assert peer.written() == [["Press402.Target", 1500]]


@pytest.mark.rule("SAFE-4")
async def test_a_machine_that_is_out_of_contact_is_not_written_to(server: SourceServer, peer: Peer) -> None:
    peer.freeze()
    await server.wait_for("m_401", "quality", Quality.STALE, within_s=3.0)
    tx_id = await server.commit(m_401={"targetSpeed": 1500})
    items = await server.items(tx_id)
    assert items["m_401"].outcome in (Outcome.BLOCKED, Outcome.REJECTED)
    peer.thaw()
    await server.wait_for("m_401", "quality", Quality.GOOD, within_s=3.0)
    assert peer.written() == []
