"""Controllers that vanish, freeze and come back, on two independent stacks. All times are the promised bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.integration.fault_proxy import FaultProxy
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of
from tests.ports import free_port

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write
from setpoint.sources.opcua import OpcUaSource
from setpoint.testing import Recorder

MACHINES = {"m_401", "m_402"}


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    name = request.param
    assert isinstance(name, str)
    return name


class ControllerAndSource:
    """A controller on its own port, its source, and the source's reports."""

    def __init__(self, stack: str, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.port = free_port()
        self.peer = self.start()
        self.source: OpcUaSource = source_of(press_plant(stack, self.peer.endpoint))
        self.recorder = Recorder()

    def start(self) -> Peer:
        self.peer = start_peer(self.stack, self.folder, port=self.port)
        return self.peer

    def all_are(self, quality: Quality) -> bool:
        return _all_are(self.recorder, quality)


@pytest.fixture
async def shop(stack: str, tmp_path: Path) -> AsyncIterator[ControllerAndSource]:
    shop = ControllerAndSource(stack, tmp_path)
    await shop.source.start(shop.recorder)
    try:
        await shop.recorder.until(lambda: shop.all_are(Quality.GOOD), within_s=10)
        yield shop
    finally:
        await shop.source.stop()
        shop.peer.kill()


@pytest.mark.rule("SAFE-4")
async def test_a_server_that_restarts_is_stale_at_once_and_live_again_with_what_is_true_now(
    shop: ControllerAndSource,
) -> None:
    shop.peer.set(Press401__Alarms=1, Press401__Speed=42.0)
    await shop.recorder.until(lambda: shop.recorder.state["m_401"]["status"] == "EMERGENCY_STOP")
    shop.peer.kill()
    await shop.recorder.until(lambda: shop.all_are(Quality.STALE), within_s=1.0)
    assert shop.recorder.state["m_401"]["status"] == "EMERGENCY_STOP"
    assert shop.recorder.state["m_401"]["speed"] == 42
    lost = len(shop.recorder.reports)
    shop.start()
    await shop.recorder.until(lambda: shop.all_are(Quality.GOOD), within_s=3.0)
    first = {
        report.machine: report
        for report in reversed(shop.recorder.reports[lost:])
        if report.quality is Quality.GOOD
    }
    assert first["m_401"].values["speed"] == 120.5, (
        "the first good report carries the new values, not the old ones"
    )
    assert shop.recorder.state["m_401"]["status"] == "RUNNING"
    shop.peer.set(Press402__Speed=7.0)
    await shop.recorder.until(lambda: shop.recorder.state["m_402"]["speed"] == 7, within_s=1.0)


@pytest.mark.rule("SAFE-4")
async def test_a_frozen_server_is_noticed_within_three_seconds_and_live_again_within_three_of_its_return(
    shop: ControllerAndSource,
) -> None:
    shop.peer.set(Press401__Speed=42.0)
    await shop.recorder.until(lambda: shop.recorder.state["m_401"]["speed"] == 42)
    shop.peer.freeze()
    await shop.recorder.until(lambda: shop.all_are(Quality.STALE), within_s=3.0)
    assert shop.recorder.state["m_401"]["speed"] == 42
    shop.peer.thaw()
    await shop.recorder.until(lambda: shop.all_are(Quality.GOOD), within_s=3.0)


async def test_a_server_that_is_frozen_for_long_gets_a_new_connection_when_it_returns(
    shop: ControllerAndSource,
) -> None:
    shop.peer.freeze()
    await shop.recorder.until(lambda: shop.all_are(Quality.STALE), within_s=3.0)
    began = time.monotonic()
    await shop.recorder.until(lambda: time.monotonic() - began > 12, within_s=13)
    assert shop.all_are(Quality.STALE)
    shop.peer.thaw()
    await shop.recorder.until(lambda: shop.all_are(Quality.GOOD), within_s=3.0)
    shop.peer.set(Press401__Speed=43.0)
    await shop.recorder.until(lambda: shop.recorder.state["m_401"]["speed"] == 43, within_s=1.0)


@pytest.mark.rule("CMD-3", "CMD-6")
async def test_a_write_to_a_frozen_server_is_unknown_in_three_seconds_and_its_landing_is_seen(
    shop: ControllerAndSource,
) -> None:
    shop.peer.freeze()
    began = time.monotonic()
    await shop.source.write([Write("t", machine, "targetSpeed", 1500) for machine in sorted(MACHINES)])
    await shop.recorder.until(lambda: len(shop.recorder.answers) == 2, within_s=3.5)
    assert time.monotonic() - began > 2.5
    assert {each.answer for each in shop.recorder.answers} == {Answer.UNKNOWN}
    assert {shop.recorder.state[machine]["targetSpeed"] for machine in MACHINES} == {1000}
    shop.peer.thaw()
    await shop.recorder.until(
        lambda: {shop.recorder.state[machine]["targetSpeed"] for machine in MACHINES} == {1500}, within_s=3.0
    )
    assert len(shop.recorder.answers) == 2
    assert sorted(shop.peer.written()) == [["Press401.Target", 1500], ["Press402.Target", 1500]]


@pytest.mark.rule("CMD-3")
async def test_a_write_that_a_dying_server_took_along_is_unknown_and_never_repeated(
    shop: ControllerAndSource,
) -> None:
    shop.peer.freeze()
    await shop.source.write([Write("t", "m_401", "targetSpeed", 1500)])
    await asyncio.sleep(0.2)
    shop.peer.kill()
    await shop.recorder.until(lambda: shop.recorder.answer("t") is Answer.UNKNOWN, within_s=1.0)
    shop.start()
    await shop.recorder.until(lambda: shop.all_are(Quality.GOOD), within_s=3.0)
    assert shop.peer.written() == []
    assert len(shop.recorder.answers) == 1


@pytest.mark.rule("SAFE-4")
async def test_a_cut_in_the_network_is_stale_at_once_and_the_first_good_report_has_all_changes_since(
    stack: str, tmp_path: Path
) -> None:
    with start_peer(stack, tmp_path) as peer:
        async with _behind_a_network(stack, peer) as (network, source, recorder):
            lost = len(recorder.reports)
            network.is_refusing = True
            network.cut()
            await recorder.until(lambda: _all_are(recorder, Quality.STALE), within_s=1.0)
            peer.set(Press401__Alarms=1, Press401__Target=900.0, Press402__Speed=7.0)
            network.mend()
            await recorder.until(lambda: _all_are(recorder, Quality.GOOD), within_s=3.0)
            since = [report for report in recorder.reports[lost:] if report.quality is Quality.GOOD]
            first = {report.machine: report.values for report in reversed(since)}
            assert (first["m_401"]["status"], first["m_401"]["targetSpeed"]) == ("EMERGENCY_STOP", 900)
            assert first["m_402"]["speed"] == 7
            assert source.statistics.gaps == 0
            peer.set(Press402__Speed=8.0)
            await recorder.until(lambda: recorder.state["m_402"]["speed"] == 8, within_s=2.0)


@pytest.mark.rule("SAFE-4", "TICK-2")
async def test_values_that_a_hanging_network_holds_back_are_not_shown_as_live_and_arrive_in_order(
    stack: str, tmp_path: Path
) -> None:
    with start_peer(stack, tmp_path) as peer:
        async with _behind_a_network(stack, peer) as (network, source, recorder):
            network.is_deaf_down = True
            peer.set(Press401__Alarms=1)
            await recorder.until(lambda: _all_are(recorder, Quality.STALE), within_s=4.0)
            assert recorder.state["m_401"]["status"] == "RUNNING"
            peer.set(Press401__Alarms=0)
            network.mend()
            await recorder.until(lambda: _all_are(recorder, Quality.GOOD), within_s=3.0)
            await recorder.until(
                lambda: recorder.said("m_401", "status") == ["RUNNING", "EMERGENCY_STOP", "RUNNING"]
            )
            assert source.statistics.gaps == 0
            assert network.connections == 1


def _all_are(recorder: Recorder, quality: Quality) -> bool:
    return {recorder.quality.get(machine) for machine in MACHINES} == {quality}


@asynccontextmanager
async def _behind_a_network(
    stack: str, peer: Peer
) -> AsyncIterator[tuple[FaultProxy, OpcUaSource, Recorder]]:
    """A controller with live machines, its source, and a network between them that a test can disturb."""
    async with FaultProxy(int(peer.endpoint.rpartition(":")[2])) as network:
        recorder = Recorder()
        source = source_of(press_plant(stack, f"opc.tcp://127.0.0.1:{network.port}"))
        await source.start(recorder)
        try:
            await recorder.until(lambda: _all_are(recorder, Quality.GOOD), within_s=10)
            yield network, source, recorder
        finally:
            network.mend()
            await source.stop()


async def test_a_server_that_comes_late_is_found(stack: str, tmp_path: Path) -> None:
    port = free_port()
    source = source_of(press_plant(stack, f"opc.tcp://127.0.0.1:{port}"))
    recorder = Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: _all_are(recorder, Quality.NEVER_SEEN))
        assert all("cannot be reached" in report.reason and not report.values for report in recorder.reports)
        with start_peer(stack, tmp_path, port=port):
            await recorder.until(lambda: _all_are(recorder, Quality.GOOD), within_s=3.0)
    finally:
        await source.stop()
