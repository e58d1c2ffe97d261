"""Plain JSON over MQTT with floods, noise and silence from machines and the broker. The source goes on."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Iterator

import pytest
from aiomqtt import Client
from structlog.testing import capture_logs
from tests.integration.fault_proxy import FaultProxy
from tests.integration.modbus_support import modbus_plant, modbus_source
from tests.integration.mqtt_support import Broker, PlainPeer, plain_plant, plain_source
from tests.integration.source_support import (
    MACHINES,
    Noise,
    RefusingPeer,
    all_good,
    running,
    start_again_quickly,
)
from tests.noise import damaged

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write, usable_reports
from setpoint.sources.sparkplug import PlainSource
from setpoint.sources.supervision import LINES_AN_HOUR


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


def source_at(port: int) -> PlainSource:
    return plain_source(plain_plant(port))


FLOOD, BYTES = 2_000, 1_000


async def test_a_flood_of_messages_costs_no_memory_fills_no_log_and_keeps_no_target_waiting(
    broker: Broker,
) -> None:
    rng = random.Random(1)
    topics = ("hall/401/state", "hall/402/state", "hall/401/sp/ack", "hall/402/sp", "hall/401/sp/set/x")
    with capture_logs() as logs:
        async with PlainPeer(broker.port) as peer, running(source_at(broker.port)) as (source, recorder):
            await recorder.until(lambda: all_good(recorder), within_s=8)
            tracemalloc.start()
            try:
                before, _ = tracemalloc.get_traced_memory()
                async with Client("127.0.0.1", broker.port, max_queued_outgoing_messages=0) as client:
                    for number in range(FLOOD):
                        report = json.dumps(
                            {"speed": number, "ok": True, "id": f"{number}", "x": "x" * BYTES}
                        )
                        payload = report.encode() if number % 2 else damaged(report.encode(), rng)
                        await client.publish(topics[number % len(topics)], payload)
                    await source.write([Write("t", "m_401", "targetSpeed", 650)])
                    await recorder.until(lambda: recorder.answer("t") is Answer.TAKEN, within_s=10)
                recorder.reports.clear()
                after, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert after - before < FLOOD * BYTES / 2
            assert peer.taken == [("401", 650)]
            await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 650)
    assert len(recorder.answers) == 1
    assert len(logs) <= LINES_AN_HOUR


@pytest.mark.parametrize("seed", range(3))
async def test_noise_from_the_broker_does_not_end_the_source_and_in_calm_it_is_right_again(
    broker: Broker, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again_quickly(monkeypatch)
    monkeypatch.setattr("setpoint.sources.sparkplug.link.CONNECT_WITHIN_S", 1.0)
    async with FaultProxy(broker.port) as proxy, PlainPeer(broker.port) as peer:
        proxy.passing = noise = Noise(seed, 0.5)
        with capture_logs() as logs:
            async with running(source_at(proxy.port)) as (_, recorder):
                await recorder.until(lambda: noise.damaged > 20, within_s=30)
                noise.is_calm = True
                proxy.cut()
                peer.states["401"]["speed"] = 4711
                await recorder.until(
                    lambda: all_good(recorder) and recorder.state["m_401"]["speed"] == 4711, within_s=15
                )
        assert {each.machine for each in usable_reports(recorder.reports, 0.0)} <= MACHINES
        assert len(logs) <= LINES_AN_HOUR


async def test_a_broker_frozen_while_it_is_asked_is_noticed_and_values_stay_as_last_known(
    broker: Broker,
) -> None:
    async with (
        PlainPeer(broker.port) as peer,
        FaultProxy(broker.port) as proxy,
        running(source_at(proxy.port)) as (source, recorder),
    ):
        peer.states["401"]["speed"] = 55
        await recorder.until(
            lambda: all_good(recorder) and recorder.state["m_401"]["speed"] == 55, within_s=8
        )

        def freeze_first(piece: bytes, is_up: bool) -> bytes:
            if is_up:  # a request, which will get no answer
                broker.freeze()
            return piece

        proxy.passing = freeze_first
        try:
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE, within_s=8)
            assert "does not answer" in recorder.reason["m_401"]
            assert recorder.state["m_401"]["speed"] == 55
            await source.write([Write("t", "m_401", "targetSpeed", 650)])
            await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN)
        finally:
            proxy.passing = lambda piece, _: piece
            broker.thaw()
        peer.states["401"]["speed"] = 56
        await recorder.until(
            lambda: all_good(recorder) and recorder.state["m_401"]["speed"] == 56, within_s=10
        )
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 650)
    assert len(recorder.answers) == 1


@pytest.mark.parametrize("kind", ["mqtt", "modbus"])
async def test_a_peer_that_stays_away_fills_a_few_lines_of_the_log(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again_quickly(monkeypatch, 0.01)
    async with RefusingPeer() as peer:
        source = source_at(peer.port) if kind == "mqtt" else modbus_source(modbus_plant(peer.port))
        with capture_logs() as logs:
            async with running(source) as (_, recorder):
                await recorder.until(lambda: peer.attempts > LINES_AN_HOUR + 6, within_s=30)
    assert len(logs) <= LINES_AN_HOUR
    assert {each.quality for each in recorder.reports} <= {Quality.NEVER_SEEN, Quality.STALE}
