"""Puts the demo's simulated machines behind real protocols: ``setpoint demo --opcua`` and similar."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from setpoint.core.plant import Plant
from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.sources.base import Simulator
from setpoint.sources.simulator import SimulatorSettings
from setpoint.sources.simulator.model import Simulation

EXTRAS: Mapping[str, str] = {"opcua": "opcua", "sparkplug": "mqtt", "modbus": "modbus"}
"""The protocols, and the extra of each."""


@asynccontextmanager
async def behind(
    plant: Plant, protocols: Sequence[str]
) -> AsyncIterator[tuple[Plant, Mapping[str, Simulator]]]:
    """The plant as its clients see it, and the simulators that can cause faults in it. Several protocols get lines in
    turn.
    """
    config = SimulatorSettings.read(plant.sources[0].settings, where="sources.simulator")
    shown: list[Plant] = []
    simulators: dict[str, Simulator] = {}
    async with AsyncExitStack() as stack:
        for turn, protocol in enumerate(protocols):
            part = replace(plant, lines=plant.lines[turn :: len(protocols)])
            if part.lines:
                seen, simulator = await stack.enter_async_context(_served(part, protocol, config))
                shown.append(seen)
                simulators[seen.sources[0].name] = simulator
        lines = {line.id: line for part in shown for line in part.lines}
        sources = tuple(source for part in shown for source in part.sources)
        yield replace(plant, lines=tuple(lines[line.id] for line in plant.lines), sources=sources), simulators


@asynccontextmanager
async def _served(
    plant: Plant, protocol: str, config: SimulatorSettings
) -> AsyncIterator[tuple[Plant, Simulator]]:
    simulation = Simulation(list(plant.machines), plant.fields, config)
    machines, fields = tuple(plant.machines.values()), plant.fields
    try:
        if protocol == "opcua":
            from setpoint.sources.opcua import server as opcua  # noqa: PLC0415  # an extra

            ua = opcua.SimulatorServer(simulation, machines, fields)
            await ua.start()
            try:
                yield opcua.plant_of(plant, ua.endpoint), ua
            finally:
                await ua.stop()
        elif protocol == "sparkplug":
            from setpoint.sources.sparkplug import server as sparkplug  # noqa: PLC0415  # an extra

            nodes = sparkplug.SparkplugDemo(simulation, machines, fields)
            try:
                await nodes.start()
                yield sparkplug.plant_of(plant, nodes), nodes
            finally:
                await nodes.stop()
        else:
            from setpoint.sources.modbus import server as modbus  # noqa: PLC0415  # an extra

            units = modbus.ModbusDemo(simulation, machines, fields)
            try:
                await units.start()
                yield modbus.plant_of(plant, units), units
            finally:
                await units.stop()
    except ImportError as error:
        raise ConfigError(
            sentence(
                "words-demo-over-needs-library-not-installed",
                'the demo over {protocol} needs a library that is not installed: pip install "setpoint[{value}]"',
                protocol=protocol,
                value=EXTRAS[protocol],
            )
        ) from error
