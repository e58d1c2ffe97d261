"""Modbus servers that talk nonsense, talk without end, or fall silent in the middle of a read: the source lives on."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs
from tests.integration.child import Child, told
from tests.integration.fault_proxy import FaultProxy
from tests.integration.modbus_support import PLANT, modbus_peer, modbus_plant, modbus_source
from tests.noise import spoilt

from setpoint.contract.values import Quality
from setpoint.core.plant import Write, usable_reports
from setpoint.sources.modbus import ModbusSource
from setpoint.sources.supervision import LINES_AN_HOUR
from setpoint.testing import Recorder
from setpoint.testing.source_contract import stopped

Server = tuple[Child, int]
MACHINES = {"m_401", "m_402"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    peer, port = modbus_peer("modbus-serial", tmp_path_factory.mktemp("peer"))
    with peer:
        yield peer, port


@pytest.fixture
async def server(shared: Server) -> Server:
    shared[0].thaw()
    await told(shared[0], "reset")
    return shared


@asynccontextmanager
async def running(port: int, *, timeout_ms: int = 700) -> AsyncIterator[tuple[ModbusSource, Recorder]]:
    text = PLANT.replace("timeout_ms = 700", f"timeout_ms = {timeout_ms}")
    source, recorder = modbus_source(modbus_plant(port, text=text)), Recorder()
    await source.start(recorder)
    try:
        yield source, recorder
    finally:
        await stopped(source)


def _all_good(recorder: Recorder) -> bool:
    return recorder.quality.keys() == MACHINES and set(recorder.quality.values()) == {Quality.GOOD}


class Noise:
    """Spoils answers on their way to us; calm when told so."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.is_calm = False
        self.spoilt = 0

    def __call__(self, piece: bytes, is_up: bool) -> bytes:
        if is_up or self.is_calm or self._dice.random() < 0.3:
            return piece
        self.spoilt += 1
        return spoilt(piece, self._dice)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_noise_a_server_sends_the_source_lives_and_is_right_again_in_calm(
    server: Server, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.supervision.BETWEEN_STARTS_S", 0.05)
    monkeypatch.setattr("setpoint.sources.supervision.FIRST_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr("setpoint.sources.modbus.gateway.BETWEEN_STARTS_S", 0.05)
    peer, port = server
    async with FaultProxy(port) as proxy:
        proxy.passing = noise = Noise(seed)
        with capture_logs() as logs:
            async with running(proxy.port) as (source, recorder):
                await recorder.until(lambda: noise.spoilt > 3, within_s=10)
                await source.write([Write("t", "m_401", "targetSpeed", 1300)])
                await recorder.until(lambda: noise.spoilt > 15 and bool(recorder.answers), within_s=30)
                noise.is_calm = True
                proxy.cut()
                await told(peer, "set", unit=1, values={"10": 77})
                await recorder.until(
                    lambda: _all_good(recorder) and recorder.state["m_401"]["targetSpeed"] == 77, within_s=12
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
            async with running(listening.sockets[0].getsockname()[1]) as (_, recorder):
                before, _ = tracemalloc.get_traced_memory()
                await recorder.until(lambda: sent >= MANY_BYTES, within_s=30)
                _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        is_over.set()
        listening.close()
    assert most - before < MANY_BYTES / 4
    assert Quality.GOOD not in {each.quality for each in recorder.reports}
    assert len(logs) <= LINES_AN_HOUR


async def test_a_server_frozen_in_the_middle_of_a_read_is_stale_and_its_late_answer_is_no_news(
    server: Server,
) -> None:
    peer, port = server
    async with FaultProxy(port) as proxy, running(proxy.port) as (_, recorder):
        await told(peer, "set", unit=1, values={"10": 5})
        await recorder.until(
            lambda: _all_good(recorder) and recorder.state["m_401"].get("targetSpeed") == 5, within_s=8
        )

        def freeze_first(piece: bytes, is_up: bool) -> bytes:
            if is_up:  # a question, which will have no answer
                peer.freeze()
            return piece

        proxy.passing = freeze_first
        try:
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE)
            assert "has not answered" in recorder.reason["m_401"]
            assert recorder.state["m_401"]["targetSpeed"] == 5, "as last known"
        finally:
            proxy.passing = lambda piece, _: piece
            peer.thaw()
        await told(peer, "set", unit=1, values={"10": 6})
        await recorder.until(
            lambda: recorder.state["m_401"]["targetSpeed"] == 6 and _all_good(recorder), within_s=10
        )
        assert recorder.said("m_401", "targetSpeed")[-2:] == [5, 6]


async def test_a_gateway_that_stays_away_is_told_in_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setpoint.sources.supervision.BETWEEN_STARTS_S", 0.01)
    monkeypatch.setattr("setpoint.sources.supervision.FIRST_AGAIN_AFTER_S", 0.0)
    attempts = 0

    def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        writer.transport.abort()

    listening = await asyncio.start_server(refuse, "127.0.0.1")
    with capture_logs() as logs:
        async with running(listening.sockets[0].getsockname()[1], timeout_ms=50) as (_, recorder):
            await recorder.until(lambda: attempts > LINES_AN_HOUR + 6, within_s=30)
    listening.close()
    assert len(logs) <= LINES_AN_HOUR
    assert {each.quality for each in recorder.reports} == {Quality.NEVER_SEEN}
