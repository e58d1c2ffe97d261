"""Modbus servers that send nonsense, never stop, or fall silent in the middle of a read. The source goes on."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from tests.integration.child import Child, send_command
from tests.integration.fault_proxy import FaultProxy
from tests.integration.modbus_support import modbus_peer, modbus_plant, modbus_source
from tests.integration.source_support import MACHINES, Noise, all_good, running, start_again_quickly

from setpoint.contract.values import Quality
from setpoint.core.plant import Write, usable_reports
from setpoint.sources.modbus import ModbusSource
from setpoint.sources.supervision import LINES_AN_HOUR

Server = tuple[Child, int]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    peer, port = modbus_peer("modbus-serial", tmp_path_factory.mktemp("peer"))
    with peer:
        yield peer, port


@pytest.fixture
async def server(shared: Server) -> Server:
    shared[0].thaw()
    await send_command(shared[0], "reset")
    return shared


def source_at(port: int) -> ModbusSource:
    return modbus_source(modbus_plant(port))


@pytest.mark.parametrize("seed", range(3))
async def test_noise_from_a_server_does_not_end_the_source_and_in_calm_it_is_right_again(
    server: Server, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again_quickly(monkeypatch)
    monkeypatch.setattr("setpoint.sources.modbus.gateway.BETWEEN_STARTS_S", 0.05)
    peer, port = server
    async with FaultProxy(port) as proxy:
        proxy.passing = noise = Noise(seed, 0.7)
        with capture_logs() as logs:
            async with running(source_at(proxy.port)) as (source, recorder):
                await recorder.until(lambda: noise.damaged > 3, within_s=10)
                await source.write([Write("t", "m_401", "targetSpeed", 1300)])
                await recorder.until(lambda: noise.damaged > 15 and bool(recorder.answers), within_s=30)
                noise.is_calm = True
                proxy.cut()
                await send_command(peer, "set", unit=1, values={"10": 77})
                await recorder.until(
                    lambda: all_good(recorder) and recorder.state["m_401"]["targetSpeed"] == 77, within_s=12
                )
        assert len(recorder.answers) == 1
        assert {each.machine for each in usable_reports(recorder.reports, 0.0)} <= MACHINES
        assert len(logs) <= LINES_AN_HOUR


_STRANGE = {
    "an answer that nobody asked for": b"\x77\x77\0\0\0\x05\x01\x03\x02\0\x07",
    "zeros": bytes(1_000),
    "a frame without an end": b"\0\1\0\0\xff\xff\x01\x03" + b"\xaa" * 1_000,
}
MANY_BYTES = 32 * 1024 * 1024


@pytest.mark.parametrize("piece", _STRANGE.values(), ids=_STRANGE)
async def test_a_server_that_talks_without_end_costs_no_memory_and_fills_no_log(piece: bytes) -> None:
    sent, is_over = 0, asyncio.Event()

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        with contextlib.suppress(OSError):
            while sent < MANY_BYTES:
                writer.write(piece * (1 + 32_768 // len(piece)))
                await writer.drain()
                sent += 32_768
            await is_over.wait()
        writer.close()

    listening = await asyncio.start_server(flood, "127.0.0.1")
    tracemalloc.start()
    try:
        with capture_logs() as logs:
            async with running(source_at(listening.sockets[0].getsockname()[1])) as (_, recorder):
                before, _ = tracemalloc.get_traced_memory()
                await recorder.until(lambda: sent >= MANY_BYTES, within_s=30)
                _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        is_over.set()
        listening.close()
    assert peak - before < MANY_BYTES / 4
    assert Quality.GOOD not in {each.quality for each in recorder.reports}
    assert len(logs) <= LINES_AN_HOUR


async def test_a_server_frozen_in_the_middle_of_a_read_is_stale_and_its_late_answer_does_not_count(
    server: Server,
) -> None:
    peer, port = server
    async with FaultProxy(port) as proxy, running(source_at(proxy.port)) as (_, recorder):
        await send_command(peer, "set", unit=1, values={"10": 5})
        await recorder.until(
            lambda: all_good(recorder) and recorder.state["m_401"].get("targetSpeed") == 5, within_s=8
        )

        def freeze_first(piece: bytes, is_up: bool) -> bytes:
            if is_up:  # a request, which will get no answer
                peer.freeze()
            return piece

        proxy.passing = freeze_first
        try:
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE)
            assert "has not answered" in recorder.reason["m_401"]
            assert recorder.state["m_401"]["targetSpeed"] == 5, "values are as last known"
        finally:
            proxy.passing = lambda piece, _: piece
            peer.thaw()
        await send_command(peer, "set", unit=1, values={"10": 6})
        await recorder.until(
            lambda: recorder.state["m_401"]["targetSpeed"] == 6 and all_good(recorder), within_s=10
        )
        assert recorder.said("m_401", "targetSpeed")[-2:] == [5, 6]
