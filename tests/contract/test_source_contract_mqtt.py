"""The promises of every source, for the MQTT sources with mosquitto and the clients of other makers."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.contract.rig import RigOverNetwork
from tests.integration.child import Child, send_command
from tests.integration.fault_proxy import FaultProxy
from tests.integration.mqtt_support import (
    Broker,
    PlainPeer,
    plain_plant,
    plain_source,
    sparkplug_peer,
    sparkplug_plant,
    sparkplug_source,
)

from setpoint.contract.values import Value
from setpoint.sources.base import Source
from setpoint.testing import SourceContract, SourceRig


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def peer(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with sparkplug_peer(broker.port, tmp_path_factory.mktemp("peer")) as peer:
        yield peer


class _SparkplugRig(RigOverNetwork):
    """Freezes the broker. An edge node that is frozen still looks alive to everybody."""

    bad: Value = 99_999

    def __init__(self, broker: Broker, peer: Child, proxy: FaultProxy) -> None:
        self._broker = broker
        self._peer = peer
        super().__init__(proxy)
        self._port = proxy.port

    def source(self) -> Source:
        return sparkplug_source(sparkplug_plant(self._port))

    async def freeze(self) -> None:
        self._broker.freeze()

    async def thaw(self) -> None:
        self._broker.thaw()

    async def assert_stop(self, machine: str) -> None:
        await self._set(machine, Alarms=1)

    async def clear_stop(self, machine: str) -> None:
        await self._set(machine, Alarms=0)

    async def garble(self, machine: str) -> None:
        text = base64.b64encode(b"\xff no payload").decode()
        await send_command(self._peer, "send", verb="DDATA", device=_device(machine), text=text)

    async def mend(self, machine: str) -> None:
        await send_command(self._peer, "reset")

    async def _set(self, machine: str, **values: Value) -> None:
        await send_command(self._peer, "set", device=_device(machine), values=values)


def _device(machine: str) -> str:
    return f"Press{machine.removeprefix('m_')}"


class TestSparkplug(SourceContract):
    @pytest.fixture
    async def rig(self, broker: Broker, peer: Child) -> AsyncIterator[SourceRig]:
        broker.thaw()
        await send_command(peer, "reset")
        async with FaultProxy(broker.port) as proxy:
            yield _SparkplugRig(broker, peer, proxy)


class _PlainRig(RigOverNetwork):
    bad: Value = 9_999

    def __init__(self, broker: Broker, peer: PlainPeer, proxy: FaultProxy) -> None:
        self._broker = broker
        self._peer = peer
        super().__init__(proxy)
        self._port = proxy.port

    def source(self) -> Source:
        return plain_source(plain_plant(self._port))

    async def freeze(self) -> None:
        self._broker.freeze()

    async def thaw(self) -> None:
        self._broker.thaw()

    async def assert_stop(self, machine: str) -> None:
        self._peer.states[machine.removeprefix("m_")]["state"] = "EMERGENCY_STOP"

    async def clear_stop(self, machine: str) -> None:
        self._peer.states[machine.removeprefix("m_")]["state"] = "RUNNING"

    async def garble(self, machine: str) -> None:
        self._peer.states[machine.removeprefix("m_")]["speed"] = ["no", "number"]

    async def mend(self, machine: str) -> None:
        del self._peer.states[machine.removeprefix("m_")]["speed"]


class TestPlainJson(SourceContract):
    @pytest.fixture
    async def rig(self, broker: Broker) -> AsyncIterator[SourceRig]:
        broker.thaw()
        async with FaultProxy(broker.port) as proxy, PlainPeer(broker.port) as peer:
            yield _PlainRig(broker, peer, proxy)
