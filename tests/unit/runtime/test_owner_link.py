"""Which plant server a gateway follows, and what it reports about the others that answer over NATS."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
import structlog
from tests.property.test_hub_laws import PLANT

from setpoint.bus.memory import MemoryBus, MemoryNet
from setpoint.contract.cluster import WIRE, Greeting
from setpoint.runtime.cluster import link as link_module
from setpoint.runtime.cluster.calls import Introduction, introduction
from setpoint.runtime.cluster.link import OwnerLink
from setpoint.testing.patience import patient

OURS, THEIRS = "0a1b", "9f8e"


def make_introduction(database: str = OURS) -> Introduction:
    return Introduction(WIRE, "1.0", database, token=3, epoch="e", plant=PLANT, tells={}, owner_ms=5, ts=7.0)


class PlantServer:
    """Answers introductions as the test says."""

    def __init__(self, net: MemoryNet) -> None:
        self.bus = MemoryBus(net)
        self.answer: msgspec.Struct | bytes = b""
        self.requests: list[bytes] = []

    async def start(self) -> None:
        await self.bus.start()
        await self.bus.serve(introduction("plant"), self._answer)

    async def _answer(self, data: bytes) -> bytes:
        self.requests.append(data)
        return self.answer if isinstance(self.answer, bytes) else msgspec.msgpack.encode(self.answer)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> PlantServer:
    monkeypatch.setattr(link_module, "_TRY_AGAIN_S", 0.001)
    net = MemoryNet()
    found = PlantServer(net)
    await found.start()
    return found


async def reason_to_wait(server: PlantServer, answer: msgspec.Struct | bytes) -> str:
    """Returns what a gateway logs while it waits. Afterwards it follows the plant server of its own plant and
    version.
    """
    server.answer = answer
    link = OwnerLink(MemoryBus(server.bus._net), cluster="plant")
    with structlog.testing.capture_logs() as logs:
        waiting = asyncio.create_task(link.introduced(OURS))
        async with asyncio.timeout(patient(20)):
            while len(server.requests) < 3:  # noqa: ASYNC110  # a bus has no event for it
                await asyncio.sleep(0.001)
        assert not waiting.done()
        server.answer = make_introduction()
        assert (await waiting).token == 3
    [reason] = [each["reason"] for each in logs if each["event"] == "no_plant_server"]
    return str(reason)


@pytest.mark.rule("MIR-8")
async def test_a_plant_server_of_another_wire_is_not_followed_and_both_versions_are_named(
    server: PlantServer,
) -> None:
    reason = await reason_to_wait(server, Greeting(WIRE + 1, "99.1", OURS))
    assert "the plant server has version 99.1 and this gateway " in reason
    assert "give both the same version" in reason


@pytest.mark.rule("MIR-8")
async def test_a_plant_server_from_before_there_were_greetings_is_not_followed(server: PlantServer) -> None:
    old = {"token": 3, "epoch": "e", "plant": {"name": "Old"}, "tells": {}}
    assert "version < 0.2.0" in await reason_to_wait(server, msgspec.msgpack.encode(old))


@pytest.mark.rule("MIR-8")
async def test_the_plant_server_of_another_plant_is_not_followed(server: PlantServer) -> None:
    reason = await reason_to_wait(server, make_introduction(THEIRS))
    assert "has another database than this gateway; give both the same --database" in reason
    assert server.requests[0] == OURS.encode()


async def test_an_invalid_answer_is_reported_and_waited_out(server: PlantServer) -> None:
    assert "do not understand each other" in await reason_to_wait(server, b"\xc1 garbage")


async def test_a_gateway_waits_for_the_bus_and_says_so_once(server: PlantServer) -> None:
    net = server.bus._net
    net.is_cut = True
    link = OwnerLink(MemoryBus(net), cluster="plant")
    with structlog.testing.capture_logs() as logs:
        waiting = asyncio.create_task(link.introduced(OURS))
        await asyncio.wait({waiting}, timeout=0.05)
        server.answer = make_introduction()
        net.is_cut = False
        async with asyncio.timeout(patient(20)):
            assert (await waiting).epoch == "e"
    assert [each["reason"] for each in logs] == ["the network is cut"]
