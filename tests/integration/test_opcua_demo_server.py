"""The simulated plant behind a real OPC UA server, seen through the real client: what `setpoint demo --opcua` runs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write, demo_plant
from setpoint.sources.base import Source
from setpoint.sources.opcua.server import SimulatorServer, plant_of
from setpoint.sources.registry import make_sources
from setpoint.sources.simulator import Simulation, SimulatorSettings
from setpoint.testing import Recorder


class Demo:
    def __init__(self) -> None:
        self.plant = demo_plant()
        simulation = Simulation(list(self.plant.machines), self.plant.fields, SimulatorSettings(stops=False))
        self.server = SimulatorServer(simulation, tuple(self.plant.machines.values()), self.plant.fields)
        self.recorder = Recorder()
        self.source: Source | None = None

    async def write(self, *writes: Write) -> None:
        assert self.source is not None
        await self.source.write(writes)


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    demo = Demo()
    await demo.server.start()
    [source] = make_sources(plant_of(demo.plant, demo.server.endpoint)).values()
    demo.source = source
    await source.start(demo.recorder)
    try:
        await demo.recorder.until(lambda: demo.recorder.quality.keys() == demo.plant.machines.keys())
        yield demo
    finally:
        await source.stop()
        await demo.server.stop()


async def test_every_machine_runs_and_takes_targets(demo: Demo) -> None:
    recorder = demo.recorder
    assert set(recorder.quality.values()) == {Quality.GOOD}
    assert recorder.state["m_402"]["status"] == "RUNNING"
    await demo.write(*(Write("t", machine, "targetSpeed", 1500) for machine in demo.plant.machines))
    await recorder.until(lambda: len(recorder.answers) == 9)
    assert {each.answer for each in recorder.answers} == {Answer.TAKEN}
    await recorder.until(lambda: {state["targetSpeed"] for state in recorder.state.values()} == {1500})


async def test_what_is_injected_behind_the_server_arrives_through_it(demo: Demo) -> None:
    recorder = demo.recorder
    demo.server.inject("m_402", "EMERGENCY_STOP")
    await recorder.until(lambda: recorder.state["m_402"]["status"] == "EMERGENCY_STOP", within_s=2)
    await demo.write(Write("t", "m_402", "targetSpeed", 1500), Write("t", "m_401", "targetSpeed", 9999))
    await recorder.until(lambda: len(recorder.answers) == 2)
    assert {each.machine: each.message.partition(":")[0] for each in recorder.answers} == {
        "m_402": "BadInvalidState",
        "m_401": "BadOutOfRange",
    }
    demo.server.inject("m_402", None)
    await recorder.until(lambda: recorder.state["m_402"]["status"] == "STOPPED", within_s=2)


async def test_a_frozen_machine_is_offline_and_a_write_to_it_lands_when_it_thaws(demo: Demo) -> None:
    recorder = demo.recorder
    demo.server.inject_fault("m_402", "freeze")
    await recorder.until(lambda: recorder.quality["m_402"] is Quality.OFFLINE, within_s=2)
    assert recorder.quality["m_401"] is Quality.GOOD
    await demo.write(Write("t", "m_402", "targetSpeed", 1500))
    await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN)
    demo.server.inject_fault("m_402", None)
    await recorder.until(lambda: recorder.state["m_402"]["targetSpeed"] == 1500, within_s=5)
    assert recorder.quality["m_402"] is Quality.GOOD
