"""The simulated plant behind real protocols, as `setpoint demo` runs it, read by the real sources."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Plant, SourceConfig, Write, demo_plant
from setpoint.errors import ConfigError
from setpoint.runtime.behind import behind
from setpoint.sources.base import Simulator, Source
from setpoint.sources.registry import make_sources
from setpoint.testing import Recorder

CALM = SourceConfig("simulator", "simulator", {"seed": 1, "stops": False})


class ReportedPlant:
    """The plant as its sources report it."""

    def __init__(self, plant: Plant, sources: dict[str, Source], simulators: dict[str, Simulator]) -> None:
        self.plant = plant
        self.recorder = Recorder()
        self._sources = sources
        self._simulators = simulators

    def simulator(self, machine: str) -> Simulator:
        return self._simulators[self.plant.machines[machine].source]

    async def write(self, machine: str, value: float) -> Answer:
        before = len(self.recorder.answers)
        source = self._sources[self.plant.machines[machine].source]
        await source.write([Write("t", machine, "targetSpeed", value)])
        await self.recorder.until(lambda: len(self.recorder.answers) > before)
        return self.recorder.answers[-1].answer


@asynccontextmanager
async def running_plant(*protocols: str) -> AsyncIterator[ReportedPlant]:
    plant = demo_plant()
    calm = Plant(plant.name, plant.lines, fields=plant.fields, sources=(CALM,))
    async with behind(calm, protocols) as (reported, simulators):
        sources = make_sources(reported)
        reported_plant = ReportedPlant(reported, dict(sources), dict(simulators))
        for source in sources.values():
            await source.start(reported_plant.recorder)
        try:
            await reported_plant.recorder.until(
                lambda: (
                    reported_plant.recorder.quality.keys() == plant.machines.keys()
                    and set(reported_plant.recorder.quality.values()) == {Quality.GOOD}
                ),
                within_s=15.0,
            )
            yield reported_plant
        finally:
            for source in sources.values():
                await source.stop()


@pytest.mark.parametrize(
    "protocols", [("modbus",), ("sparkplug",), ("opcua", "sparkplug", "modbus")], ids="+".join
)
async def test_every_machine_runs_and_takes_targets(protocols: Sequence[str]) -> None:
    async with running_plant(*protocols) as plant:
        recorder = plant.recorder
        assert {plant.plant.machines[key].source for key in plant.plant.machines} == set(protocols)
        for machine in ("m_401", "m_412", "m_423"):
            assert recorder.state[machine]["status"] == "RUNNING"
            assert await plant.write(machine, 1500) is Answer.TAKEN
            await recorder.until(lambda key=machine: recorder.state[key]["targetSpeed"] == 1500)  # type: ignore[misc]  # mypy knows no type of a lambda with defaults


@pytest.mark.parametrize("protocol", ["modbus", "sparkplug"])
async def test_stops_and_frozen_machines_are_seen_as_such(protocol: str) -> None:
    async with running_plant(protocol) as plant:
        recorder = plant.recorder
        plant.simulator("m_402").inject("m_402", "EMERGENCY_STOP")
        await recorder.until(lambda: recorder.state["m_402"]["status"] == "EMERGENCY_STOP")
        if protocol == "modbus":
            assert await plant.write("m_402", 900) is Answer.REFUSED
        plant.simulator("m_402").inject("m_402", None)
        await recorder.until(lambda: recorder.state["m_402"]["status"] != "EMERGENCY_STOP")
        plant.simulator("m_401").inject_fault("m_401", "freeze")
        await recorder.until(lambda: recorder.quality["m_401"] in (Quality.STALE, Quality.OFFLINE))
        assert recorder.quality["m_402"] is Quality.GOOD
        plant.simulator("m_401").inject_fault("m_401", None)
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD, within_s=20.0)


async def test_without_mosquitto_the_demo_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ConfigError, match="apt-get install mosquitto"):
        async with running_plant("sparkplug"):
            pass
