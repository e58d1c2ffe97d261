"""Every source keeps the same promises: the simulator, OPC UA over two stacks, and the double that tests use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import press_plant, source_of

from setpoint.core.plant import Plant, Value, demo_plant
from setpoint.sources.base import Source
from setpoint.sources.simulator import SimulatorSettings, SimulatorSource
from setpoint.testing import SourceContract, SourceRig


class _SimulatorRig:
    machines: Sequence[str] = ("m_401", "m_402", "m_403")
    field = "targetSpeed"
    good: Value = 1200
    other: Value = 800
    bad: Value = 99_999
    can = frozenset(("freeze", "stop"))

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._source = self._made()

    def _made(self) -> SimulatorSource:
        machines = self._plant.lines[0].machines
        return SimulatorSource(machines, self._plant.fields, SimulatorSettings(stops=False))

    def source(self) -> Source:
        self._source = self._made()
        return self._source

    async def freeze(self) -> None:
        for machine in self.machines:
            self._source.inject_fault(machine, "freeze")

    async def thaw(self) -> None:
        for machine in self.machines:
            self._source.inject_fault(machine, None)

    async def assert_stop(self, machine: str) -> None:
        self._source.inject(machine, "EMERGENCY_STOP")

    async def clear_stop(self, machine: str) -> None:
        self._source.inject(machine, None)


class TestSimulator(SourceContract):
    @pytest.fixture
    def rig(self) -> SourceRig:
        return _SimulatorRig(demo_plant())


class _OpcUaRig:
    machines: Sequence[str] = ("m_401", "m_402")
    field = "targetSpeed"
    good: Value = 1200.0
    other: Value = 800.0
    bad: Value = 8_000.0
    can = frozenset(("freeze", "stop"))

    def __init__(self, stack: str, peer: Peer) -> None:
        self._plant = press_plant(stack, peer.endpoint)
        self._peer = peer

    def source(self) -> Source:
        return source_of(self._plant)

    async def freeze(self) -> None:
        self._peer.freeze()

    async def thaw(self) -> None:
        self._peer.thaw()

    async def assert_stop(self, machine: str) -> None:
        self._peer.tell("set", values={f"Press{machine.removeprefix('m_')}.Alarms": [1, "Good"]})

    async def clear_stop(self, machine: str) -> None:
        self._peer.tell("set", values={f"Press{machine.removeprefix('m_')}.Alarms": [0, "Good"]})


@pytest.fixture(scope="module")
def asyncua_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("asyncua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture(scope="module")
def node_opcua_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("node-opcua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


class TestOpcUaOnAsyncua(SourceContract):
    @pytest.fixture
    def rig(self, asyncua_peer: Peer) -> SourceRig:
        asyncua_peer.thaw()
        asyncua_peer.reset()
        return _OpcUaRig("asyncua", asyncua_peer)


class TestOpcUaOnNodeOpcua(SourceContract):
    @pytest.fixture
    def rig(self, node_opcua_peer: Peer) -> SourceRig:
        node_opcua_peer.thaw()
        node_opcua_peer.reset()
        return _OpcUaRig("node-opcua", node_opcua_peer)
