"""Plain JSON with mosquitto: acknowledgements that come, do not come or refuse, and brokers with restrictions."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.contract.certificates import certificates
from tests.integration.mqtt_support import Broker, PlainPeer, plain_plant, plain_source
from tests.ports import free_port

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Write
from setpoint.errors import ConfigError, SourceError
from setpoint.sources.sparkplug import PlainSource, link
from setpoint.sources.sparkplug.broker import BrokerSettings
from setpoint.sources.sparkplug.link import connect
from setpoint.sources.supervision import LogLimiter
from setpoint.testing import Recorder
from setpoint.testing.source_contract import stopped


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@asynccontextmanager
async def running(broker: Broker) -> AsyncIterator[tuple[PlainSource, Recorder]]:
    source, recorder = plain_source(plain_plant(broker.port)), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: recorder.quality.get("m_401") is Quality.GOOD)
        yield source, recorder
    finally:
        await stopped(source)


async def _write(source: PlainSource, recorder: Recorder, value: Value) -> Answer:
    await source.write([Write("t", "m_401", "targetSpeed", value)])
    await recorder.until(lambda: bool(recorder.answers))
    return recorder.answers[-1].answer


async def test_an_acknowledged_target_is_taken_and_settled_by_what_the_machine_says(broker: Broker) -> None:
    async with PlainPeer(broker.port) as peer, running(broker) as (source, recorder):
        peer.made_of = lambda _: 900
        assert await _write(source, recorder, 1200) is Answer.TAKEN
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 900)


@pytest.mark.rule("SAFE-3")
async def test_a_target_that_a_stop_has_cancelled_meanwhile_is_not_published(broker: Broker) -> None:
    async with PlainPeer(broker.port), running(broker) as (source, recorder):
        recorder.stops["m_401"] = "voided by FAULT"
        assert await _write(source, recorder, 1100) is Answer.NOT_SENT
        recorder.stops.clear()
        recorder.answers.clear()
        assert await _write(source, recorder, 1200) is Answer.TAKEN
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1200)
        assert 1100 not in recorder.said("m_401", "targetSpeed")


async def test_a_refusal_is_reported_in_the_machines_own_words(broker: Broker) -> None:
    async with PlainPeer(broker.port), running(broker) as (source, recorder):
        assert await _write(source, recorder, 9_999) is Answer.REFUSED
        assert recorder.answers[-1].message == "too fast"


async def test_without_its_acknowledgement_a_target_is_unknown_and_its_landing_is_seen(
    broker: Broker,
) -> None:
    async with PlainPeer(broker.port) as peer, running(broker) as (source, recorder):
        peer.is_keeping_acks = True
        assert await _write(source, recorder, 1300) is Answer.UNKNOWN
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1300)
        assert len(recorder.answers) == 1


async def test_behind_a_broker_that_acknowledges_nothing_a_target_is_answered_by_its_machine(
    tmp_path: Path,
) -> None:
    """A message of QoS 1 would end the connection of every machine, and never arrive."""
    low = free_port()
    settings = f"allow_anonymous true\nlistener {low} 127.0.0.1\nmax_qos 0\nallow_anonymous true"
    with Broker(tmp_path, settings) as broker:
        async with PlainPeer(broker.port):
            source, recorder = plain_source(plain_plant(low)), Recorder()
            await source.start(recorder)
            try:
                await recorder.until(lambda: recorder.quality.get("m_401") is Quality.GOOD)
                assert await _write(source, recorder, 1200) is Answer.TAKEN
                await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1200)
                assert {each.quality for each in recorder.reports if each.machine == "m_402"} <= {
                    Quality.GOOD,
                    Quality.NEVER_SEEN,
                }
            finally:
                await stopped(source)


async def test_a_machine_that_falls_silent_is_stale_and_comes_back(broker: Broker) -> None:
    async with PlainPeer(broker.port) as peer, running(broker) as (_, recorder):
        peer.is_silent = True
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE)
        assert "has said nothing" in recorder.reason["m_401"]
        peer.is_silent = False
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD)


async def test_a_value_that_only_the_broker_remembers_is_stale(broker: Broker) -> None:
    async with PlainPeer(broker.port), running(broker):
        pass
    source, recorder = plain_source(plain_plant(broker.port)), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: "targetSpeed" in recorder.state.get("m_401", {}))
        assert recorder.quality["m_401"] is Quality.STALE
    finally:
        await stopped(source)


async def test_the_broker_is_killed_and_comes_back(tmp_path: Path) -> None:
    with Broker(tmp_path) as own:
        async with PlainPeer(own.port), running(own) as (_, recorder):
            await asyncio.to_thread(own.kill)
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE)
            await asyncio.to_thread(own.start)
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD, within_s=8.0)


async def test_a_careful_broker_takes_certificate_and_password_and_nothing_less(tmp_path: Path) -> None:
    certificates(tmp_path)
    (tmp_path / "passwords").write_text("anna:secret\n")
    (tmp_path / "passwords").chmod(0o600)
    _hash_passwords(tmp_path / "passwords")
    files = {"cafile": "ca.pem", "certfile": "us.pem", "keyfile": "us.key"}
    listener = "\n".join(f"{key} {tmp_path / name}" for key, name in files.items())
    listener += "\nrequire_certificate true"
    with Broker(tmp_path, f"password_file {tmp_path / 'passwords'}", listener=listener) as careful:
        good = BrokerSettings(
            "127.0.0.1", careful.port, True, tmp_path / "ca.pem", tmp_path / "us.pem", tmp_path / "us.key"
        )
        login = {"username": "anna", "password": "secret"}
        assert await _connects(good, login) == ""
        assert "Not authorized" in await _connects(good, {**login, "password": "wrong"})
        # The library leaves the socket of a failed handshake to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        settings = BrokerSettings("127.0.0.1", careful.port, True, tmp_path / "ca.pem")
        assert await _connects(settings, login), "a broker that wants a certificate gets no certificate"
        strange = BrokerSettings(
            "127.0.0.1", careful.port, True, None, tmp_path / "us.pem", tmp_path / "us.key"
        )
        assert "name the authority" in await _connects(strange, login)
        with pytest.raises(ConfigError, match="cannot be used"):
            await _connects(BrokerSettings("127.0.0.1", careful.port, True, tmp_path / "passwords"), login)
        await asyncio.gather(*link._leaving)
        gc.collect()


async def _connects(settings: BrokerSettings, login: Mapping[str, str]) -> str:
    """Returns the reason, or nothing."""
    try:
        async with connect(settings, login, lambda *_: None, LogLimiter()) as open_link:
            await open_link.publish("hall/x", b"1", within_s=3)
    except SourceError as error:
        return str(error)
    return ""


def _hash_passwords(file: Path) -> None:
    subprocess.run(["mosquitto_passwd", "-U", str(file)], check=True, capture_output=True)
