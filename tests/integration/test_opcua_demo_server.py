"""The simulated plant behind a real OPC UA server, as `setpoint demo --opcua` runs it, read by the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write, demo_plant
from setpoint.sources.base import Source
from setpoint.sources.opcua.server import SimulatorServer, plant_of
from setpoint.sources.registry import make_sources
from setpoint.sources.simulator import Simulation, SimulatorSettings
from setpoint.testing import Recorder

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLANT = demo_plant()


class DemoSource:
    """The server, which all tests share, and this test's source. Each test uses another machine."""

    def __init__(self, server: SimulatorServer, source: Source) -> None:
        self.plant, self.server, self.source = PLANT, server, source
        self.recorder = Recorder()

    async def write(self, *writes: Write) -> None:
        await self.source.write(writes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[SimulatorServer]:
    simulation = Simulation(list(PLANT.machines), PLANT.fields, SimulatorSettings(stops=False))
    server = SimulatorServer(simulation, tuple(PLANT.machines.values()), PLANT.fields)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def demo(server: SimulatorServer) -> AsyncIterator[DemoSource]:
    [source] = make_sources(plant_of(PLANT, server.endpoint)).values()
    demo = DemoSource(server, source)
    await source.start(demo.recorder)
    try:
        await demo.recorder.until(lambda: demo.recorder.quality.keys() == PLANT.machines.keys())
        yield demo
    finally:
        await source.stop()


async def test_every_machine_runs_and_takes_targets(demo: DemoSource) -> None:
    recorder = demo.recorder
    assert set(recorder.quality.values()) == {Quality.GOOD}
    assert recorder.state["m_402"]["status"] == "RUNNING"
    await demo.write(*(Write("t", machine, "targetSpeed", 1500) for machine in demo.plant.machines))
    await recorder.until(lambda: len(recorder.answers) == 9)
    assert {each.answer for each in recorder.answers} == {Answer.TAKEN}
    await recorder.until(lambda: {state["targetSpeed"] for state in recorder.state.values()} == {1500})


async def test_a_stop_that_is_caused_behind_the_server_arrives_through_it(demo: DemoSource) -> None:
    recorder = demo.recorder
    demo.server.inject("m_411", "EMERGENCY_STOP")
    await recorder.until(lambda: recorder.state["m_411"]["status"] == "EMERGENCY_STOP", within_s=2)
    await demo.write(Write("t", "m_411", "targetSpeed", 1500), Write("t", "m_412", "targetSpeed", 9999))
    await recorder.until(lambda: len(recorder.answers) == 2)
    assert {each.machine: each.message.partition(":")[0] for each in recorder.answers} == {
        "m_411": "BadInvalidState",
        "m_412": "BadOutOfRange",
    }
    demo.server.inject("m_411", None)
    await recorder.until(lambda: recorder.state["m_411"]["status"] == "STOPPED", within_s=2)


async def test_a_frozen_machine_is_offline_and_a_write_to_it_lands_when_it_thaws(demo: DemoSource) -> None:
    recorder = demo.recorder
    demo.server.inject_fault("m_421", "freeze")
    await recorder.until(lambda: recorder.quality["m_421"] is Quality.OFFLINE, within_s=2)
    assert recorder.quality["m_422"] is Quality.GOOD
    await demo.write(Write("t", "m_421", "targetSpeed", 1400))
    await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN)
    demo.server.inject_fault("m_421", None)
    await recorder.until(lambda: recorder.state["m_421"]["targetSpeed"] == 1400, within_s=5)
    await recorder.until(lambda: recorder.quality["m_421"] is Quality.GOOD)
