"""The promises of every source, for Modbus with the servers of two makers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.contract.rig import RigOverNetwork
from tests.integration.child import Child, send_command
from tests.integration.fault_proxy import FaultProxy
from tests.integration.modbus_support import modbus_peer, modbus_plant, modbus_source

from setpoint.contract.values import Value
from setpoint.sources.base import Source
from setpoint.testing import SourceContract, SourceRig

Server = tuple[Child, int]


class _Rig(RigOverNetwork):
    bad: Value = 9_500

    def __init__(self, peer: Child, proxy: FaultProxy) -> None:
        self._peer = peer
        super().__init__(proxy)
        self._port = proxy.port

    def source(self) -> Source:
        return modbus_source(modbus_plant(self._port))

    async def freeze(self) -> None:
        self._peer.freeze()

    async def thaw(self) -> None:
        self._peer.thaw()

    async def assert_stop(self, machine: str) -> None:
        await send_command(self._peer, "set", unit=_unit(machine), values={"1": 1})

    async def clear_stop(self, machine: str) -> None:
        await send_command(self._peer, "set", unit=_unit(machine), values={"1": 0})

    async def garble(self, machine: str) -> None:
        """Makes the machine report a speed that is not a number, a recipe that is no text, and an unknown mode."""
        values = {"2": 0xFFFF, "3": 0x7FFF, "20": 0xFFFE, "13": 777}
        await send_command(self._peer, "set", unit=_unit(machine), values=values)

    async def mend(self, machine: str) -> None:
        await send_command(self._peer, "reset")


def _unit(machine: str) -> int:
    return int(machine.removeprefix("m_")) - 400


async def _over(server: Server) -> AsyncIterator[SourceRig]:
    peer, port = server
    peer.thaw()
    await send_command(peer, "reset")
    async with FaultProxy(port) as proxy:
        yield _Rig(peer, proxy)


@pytest.fixture(scope="module")
def modbus_serial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    peer, port = modbus_peer("modbus-serial", tmp_path_factory.mktemp("peer"))
    with peer:
        yield peer, port


@pytest.fixture(scope="module")
def pymodbus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    peer, port = modbus_peer("pymodbus", tmp_path_factory.mktemp("peer"))
    with peer:
        yield peer, port


class TestModbusOnModbusSerial(SourceContract):
    @pytest.fixture
    async def rig(self, modbus_serial: Server) -> AsyncIterator[SourceRig]:
        async for rig in _over(modbus_serial):
            yield rig


@pytest.mark.full
class TestModbusOnPymodbus(SourceContract):
    @pytest.fixture
    async def rig(self, pymodbus: Server) -> AsyncIterator[SourceRig]:
        async for rig in _over(pymodbus):
            # After a thaw, the server drops some requests of a connection that has ended, so a write may be lost.
            rig.can = rig.can - {"freeze"}
            yield rig
