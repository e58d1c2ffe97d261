"""The promises of every source, for the simulator, OPC UA over two stacks, and the test double."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from tests.contract.rig import RigOverNetwork
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_proxy import OpcUaProxy, replace_114
from tests.integration.opcua_support import press_plant, source_of

from setpoint.contract.values import Value
from setpoint.core.plant import Plant, demo_plant
from setpoint.sources.base import Sink, Source
from setpoint.sources.simulator import SimulatorSettings, SimulatorSource
from setpoint.testing import FakeMachine, Recorder, SourceContract, SourceRig, source_contract
from setpoint.testing.source_contract import stopped


class _SimulatorRig:
    machines: Sequence[str] = ("m_401", "m_402", "m_403")
    field = "targetSpeed"
    good: Value = 1200
    other: Value = 800
    bad: Value = 99_999
    can = frozenset(("freeze", "stop"))

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._source = self._new_source()

    def _new_source(self) -> SimulatorSource:
        machines = self._plant.lines[0].machines
        return SimulatorSource(machines, self._plant.fields, SimulatorSettings(stops=False))

    def source(self) -> Source:
        self._source = self._new_source()
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


class _OpcUaRig(RigOverNetwork):
    bad: Value = 8_000.0

    def __init__(self, stack: str, peer: Peer, proxy: OpcUaProxy) -> None:
        self._plant = press_plant(stack, proxy.endpoint)
        self._peer = peer
        super().__init__(proxy)
        proxy.spoil = replace_114(_UNKNOWN_STRUCTURE)

    def source(self) -> Source:
        return source_of(self._plant)

    async def freeze(self) -> None:
        self._peer.freeze()

    async def thaw(self) -> None:
        self._peer.thaw()

    async def assert_stop(self, machine: str) -> None:
        self._set(machine, "Alarms", 1)

    async def clear_stop(self, machine: str) -> None:
        self._set(machine, "Alarms", 0)

    async def garble(self, machine: str) -> None:
        self._set(machine, "Speed", 114.0)

    async def mend(self, machine: str) -> None:
        self._set(machine, "Speed", 7.0)

    def _set(self, machine: str, name: str, value: float) -> None:
        self._peer.send_command("set", values={f"Press{machine.removeprefix('m_')}.{name}": [value, "Good"]})


_UNKNOWN_STRUCTURE = bytes((22, 1, 3, 99, 9, 1, 4, 0, 0, 0, 1, 2, 3, 4))


@pytest.fixture(scope="module")
def asyncua_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("asyncua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture(scope="module")
def node_opcua_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with start_peer("node-opcua", tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@asynccontextmanager
async def _rig(stack: str, peer: Peer) -> AsyncIterator[SourceRig]:
    peer.thaw()
    peer.reset()
    async with OpcUaProxy(int(peer.endpoint.rpartition(":")[2])) as proxy:
        yield _OpcUaRig(stack, peer, proxy)


@pytest.mark.full
class TestOpcUaOnAsyncua(SourceContract):
    @pytest.fixture
    async def rig(self, asyncua_peer: Peer) -> AsyncIterator[SourceRig]:
        async with _rig("asyncua", asyncua_peer) as rig:
            yield rig


class TestOpcUaOnNodeOpcua(SourceContract):
    @pytest.fixture
    async def rig(self, node_opcua_peer: Peer) -> AsyncIterator[SourceRig]:
        async with _rig("node-opcua", node_opcua_peer) as rig:
            yield rig


async def test_the_suite_ends_a_source_that_does_not_stop_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source_contract, "patient", lambda seconds: 0.1)

    async def stubborn() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

    class Stubborn(FakeMachine):
        async def start(self, sink: Sink) -> None:
            await super().start(sink)
            self.task = asyncio.create_task(stubborn())

        async def stop(self) -> None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    source = Stubborn("m_401")
    await source.start(Recorder())
    await asyncio.sleep(0)
    with pytest.raises(AssertionError, match="did not end within 3 s"):
        await stopped(source)
    await asyncio.wait([source.task], timeout=1)
    assert source.task.done()
