"""Sparkplug B with mosquitto and the client of Cirrus Link: normal operation, and faults from the field."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from aiomqtt import Client
from tests.integration.child import Child, send_command
from tests.integration.mqtt_support import (
    Broker,
    sparkplug_peer,
    sparkplug_plant,
    sparkplug_source,
)
from tests.ports import free_port

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Write
from setpoint.sources.sparkplug import SparkplugSource
from setpoint.testing import Recorder
from setpoint.testing.patience import patient
from setpoint.testing.source_contract import stopped

MACHINES = ("m_401", "m_402")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def shared(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with sparkplug_peer(broker.port, tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture
async def peer(shared: Child) -> Child:
    await send_command(shared, "reset")
    return shared


@asynccontextmanager
async def running(broker: Broker, settings: str = "") -> AsyncIterator[tuple[SparkplugSource, Recorder]]:
    source, recorder = sparkplug_source(sparkplug_plant(broker.port, settings=settings)), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: all_good(recorder), within_s=8.0)
        yield source, recorder
    finally:
        await stopped(source)


def all_good(recorder: Recorder) -> bool:
    return all(
        recorder.quality.get(each) is Quality.GOOD and "targetSpeed" in recorder.state[each]
        for each in MACHINES
    )


async def write(source: SparkplugSource, recorder: Recorder, value: Value, *, tx_id: str = "t") -> None:
    await source.write([Write(tx_id, "m_401", "targetSpeed", value)])
    await recorder.until(lambda: recorder.answer(tx_id) is Answer.TAKEN)


async def wait_for_births(source: SparkplugSource, recorder: Recorder) -> None:
    """Waits until the node takes a target. A node that finds its host may be born twice, and takes no target before."""
    for number in count(1):
        await source.write([Write(f"greeting {number}", "m_401", "targetSpeed", 1000 + number)])
        await recorder.until(lambda: len(recorder.answers) == number)  # noqa: B023  # waited for here
        if recorder.answers[-1].answer is Answer.TAKEN:
            recorder.answers.clear()
            return


@pytest.mark.rule("SAFE-3")
async def test_a_command_that_a_stop_has_cancelled_meanwhile_is_not_published(
    broker: Broker, peer: Child
) -> None:
    async with running(broker) as (source, recorder):
        recorder.stops["m_401"] = "voided by FAULT"
        await source.write([Write("a", "m_401", "targetSpeed", 1100)])
        await recorder.until(lambda: recorder.answer("a") is Answer.NOT_SENT)
        recorder.stops.clear()
        await write(source, recorder, 1200, tx_id="b")
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1200)
        assert 1100 not in recorder.said("m_401", "targetSpeed")


async def test_scaled_mapped_and_read_only_values_arrive_as_the_plant_has_them(
    broker: Broker, peer: Child
) -> None:
    async with running(broker) as (source, recorder):
        await send_command(
            peer, "set", device="Press401", values={"Feed": 125, "Mode": 3, "State": 11, "Reason": "no parts"}
        )
        await recorder.until(lambda: recorder.state["m_401"].get("cause") == "no parts")
        assert recorder.state["m_401"] | {"speed": 0, "temp": 0, "parts": 0, "targetSpeed": 0} == {
            "feed": 12.5, "mode": "MAINTENANCE", "status": "HELD", "cause": "no parts",
            "speed": 0, "temp": 0, "parts": 0, "targetSpeed": 0,
        }  # fmt: skip
        await source.write([Write("a", "m_401", "feed", 7.3), Write("b", "m_401", "mode", "IDLE")])
        await recorder.until(lambda: recorder.state["m_401"]["feed"] == 7.3)
        await recorder.until(lambda: recorder.state["m_401"]["mode"] == "IDLE")
        assert [name for _, name, _ in (await send_command(peer, "log"))["commands"]] == ["Feed", "Mode"]


async def test_each_item_of_a_batch_has_its_own_answer(broker: Broker, peer: Child) -> None:
    async with running(broker) as (source, recorder):
        await wait_for_births(source, recorder)
        await source.write(
            [
                Write("t", "m_401", "feed", 0.25),
                Write("t", "m_402", "feed", 5),
                Write("t", "m_402", "speed", 1),
            ]
        )
        await recorder.until(lambda: len(recorder.answers) == 3)
        answers = {(each.machine, each.field): each for each in recorder.answers}
        assert answers["m_401", "feed"].answer is Answer.REFUSED
        assert "the nearest are 2 and 3" in answers["m_401", "feed"].message
        assert answers["m_402", "feed"].answer is Answer.TAKEN
        assert answers["m_402", "speed"].answer is Answer.REFUSED


async def test_a_controller_that_clamps_a_target_shows_the_clamped_value(broker: Broker, peer: Child) -> None:
    async with running(broker) as (source, recorder):
        await send_command(peer, "rules", rules={"clamp": 900})
        await write(source, recorder, 1200)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 900)
        assert 1200 not in recorder.said("m_401", "targetSpeed")


async def test_a_controller_that_resets_a_target_shows_its_own_value_again(
    broker: Broker, peer: Child
) -> None:
    async with running(broker) as (source, recorder):
        await send_command(peer, "rules", rules={"resets": 0})
        await write(source, recorder, 1200)
        await recorder.until(lambda: recorder.said("m_401", "targetSpeed")[-2:] == [1200, 0])


async def test_a_controller_that_ignores_a_command_does_not_show_its_target(
    broker: Broker, peer: Child
) -> None:
    async with running(broker) as (source, recorder):
        await send_command(peer, "rules", rules={"ignore": True})
        await write(source, recorder, 1200)
        speed = len(recorder.said("m_401", "speed"))
        await recorder.until(lambda: len(recorder.said("m_401", "speed")) > speed + 3)
        assert recorder.state["m_401"]["targetSpeed"] == 0


async def test_a_stop_on_the_way_arrives_before_what_the_machine_took_after_it(
    broker: Broker, peer: Child
) -> None:
    async with running(broker) as (source, recorder):
        await send_command(peer, "set", device="Press401", values={"Alarms": 3})
        await write(source, recorder, 1200)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1200)
        order = [
            name for each in recorder.reports if each.machine == "m_401" for name in each.values
            if each.values.get("status") == "EMERGENCY_STOP" or each.values.get("targetSpeed") == 1200
        ]  # fmt: skip
        assert order[0] == "status"
        assert recorder.state["m_401"]["cause"] == "button; rope"


async def test_a_frozen_node_is_stale_by_silence_and_what_was_sent_to_it_lands_when_it_thaws(
    broker: Broker, peer: Child
) -> None:
    async with running(broker, "silent_after_s = 1") as (source, recorder):
        peer.freeze()
        try:
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE, within_s=6.0)
            assert "does not answer" in recorder.reason["m_401"]
            await source.write([Write("t", "m_401", "targetSpeed", 1300)])
            await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN)
            assert recorder.state["m_401"]["targetSpeed"] == 0
        finally:
            peer.thaw()
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1300, within_s=8.0)
        await recorder.until(lambda: all_good(recorder), within_s=8.0)
        assert len(recorder.answers) == 1


async def test_a_node_that_loses_a_message_is_asked_to_be_born_again_once(
    broker: Broker, peer: Child
) -> None:
    async with running(broker, "") as (_, recorder):
        await send_command(peer, "rules", rules={"no_rebirth": True})
        before = (await send_command(peer, "log"))["births"]
        await send_command(peer, "lose")
        await recorder.until(lambda: recorder.quality["m_402"] is Quality.STALE)
        assert "were lost" in recorder.reason["m_402"]
        await send_command(peer, "rules", rules={})
        await recorder.until(lambda: all_good(recorder), within_s=8.0)
        assert (await send_command(peer, "log"))["births"] == before + 1


async def test_a_device_that_dies_is_offline_with_its_last_values(broker: Broker, peer: Child) -> None:
    async with running(broker) as (source, recorder):
        await send_command(peer, "death", device="Press402")
        await recorder.until(lambda: recorder.quality["m_402"] is Quality.OFFLINE)
        assert "Press402 is gone" in recorder.reason["m_402"]
        assert recorder.quality["m_401"] is Quality.GOOD
        await source.write([Write("t", "m_402", "targetSpeed", 100)])
        await recorder.until(lambda: recorder.answer("t") is Answer.REFUSED)
        assert recorder.answers[0].message.startswith("nothing was sent")
        await send_command(peer, "birth", device="Press402")
        await recorder.until(lambda: all_good(recorder))


async def test_a_node_without_power_is_offline_by_its_mqtt_will_and_good_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("own")
    with Broker(folder) as own:
        first = sparkplug_peer(own.port, folder)
        async with running(own) as (_, recorder):
            await send_command(first, "set", device="Press401", values={"Alarms": 1})
            await recorder.until(lambda: recorder.state["m_401"]["status"] == "EMERGENCY_STOP")
            await asyncio.to_thread(first.kill)
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.OFFLINE)
            assert recorder.state["m_401"]["status"] == "EMERGENCY_STOP"
            with await asyncio.to_thread(sparkplug_peer, own.port, folder):
                await recorder.until(lambda: all_good(recorder), within_s=8.0)
                await recorder.until(lambda: recorder.state["m_401"]["status"] == "RUNNING")


async def test_the_broker_is_killed_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("own")
    with Broker(folder) as own, sparkplug_peer(own.port, folder):
        async with running(own) as (source, recorder):
            await asyncio.to_thread(own.kill)
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE, within_s=3.0)
            await source.write([Write("t", "m_401", "targetSpeed", 100)])
            await recorder.until(lambda: recorder.answer("t") is Answer.REFUSED)
            assert "nothing was sent" in recorder.answers[0].message
            await asyncio.to_thread(own.start)
            await recorder.until(lambda: all_good(recorder), within_s=10.0)
            await write(source, recorder, 100, tx_id="t2")
            await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 100)


async def test_a_node_with_a_wrong_clock_has_good_values(broker: Broker, peer: Child) -> None:
    async with running(broker) as (source, recorder):
        at = time.time()
        await send_command(peer, "rules", rules={"clock_ms": 86_400_000 * 365})
        await recorder.until(lambda: recorder.reports[-1].at > at + 86_400 * 300)
        await send_command(peer, "rules", rules={"clock_ms": -86_400_000 * 3650})
        await recorder.until(lambda: recorder.reports[-1].at < at - 86_400 * 3000)
        await write(source, recorder, 700)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 700)
        assert recorder.quality["m_401"] is Quality.GOOD


async def test_compressed_messages_are_read_too(broker: Broker, peer: Child) -> None:
    async with running(broker) as (_, recorder):
        await send_command(peer, "rules", rules={"compress": True})
        await send_command(peer, "set", device="Press401", values={"Parts": 4711})
        await recorder.until(lambda: recorder.state["m_401"]["parts"] == 4711)


async def test_a_flood_and_garbage_on_foreign_topics_change_nothing(broker: Broker, peer: Child) -> None:
    async with running(broker) as (source, recorder):
        before = dict(recorder.state["m_402"])
        async with Client("127.0.0.1", broker.port) as client:
            for number in range(2000):
                topic = (
                    "DDATA/Line01/Press999",
                    "DDATA/Line99/Press402",
                    "NDATA/Line01",
                    "XDATA/Line01/Press402",
                )[number % 4]
                await client.publish(f"spBv1.0/Plant 1/{topic}", b"" if number % 4 else b"\xff" * 300)
        await write(source, recorder, 650)
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 650)
        assert {name: each for name, each in recorder.state["m_402"].items() if name != "speed"} == {
            name: each for name, each in before.items() if name != "speed"
        }


async def test_the_host_says_that_it_is_online_and_that_it_is_gone(broker: Broker, peer: Child) -> None:
    async with Client("127.0.0.1", broker.port) as client:
        await client.subscribe("spBv1.0/STATE/setpoint", qos=1)
        async with running(broker, 'host_id = "setpoint"'):
            online = await _state(client, is_online=True)
            await client.publish(
                "spBv1.0/STATE/setpoint", b'{"online": false, "timestamp": 1}', qos=1, retain=True
            )
            await _state(client, is_online=False)
            again = await _state(client, is_online=True)
            assert again["timestamp"] == online["timestamp"], "the will has this number"
        offline = await _state(client, is_online=False)
        assert offline["timestamp"] == online["timestamp"]


async def _state(client: Client, *, is_online: bool) -> dict[str, object]:
    async with asyncio.timeout(patient(8)):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            state = json.loads(message.payload)
            if state["online"] is is_online:
                assert isinstance(state, dict)
                return state
    raise AssertionError("no state was published")


async def test_check_connect_finds_every_place_and_what_is_wrong_with_it(broker: Broker, peer: Child) -> None:
    good = await sparkplug_source(sparkplug_plant(broker.port)).probe()
    assert len(good) == 2 * 10
    assert not [each for each in good if each.problem]
    assert {each.field for each in good if each.is_writable} == {"targetSpeed", "feed", "mode"}
    lines = '[[lines]]\nid = "01"\nsource = "press"\nmachines = [401, { id = 402, fields = { speed = "Rpm" } }, 999]\n'
    findings = await sparkplug_source(sparkplug_plant(broker.port, lines=lines)).probe()
    problems = {(each.machine, each.field): each.problem for each in findings if each.problem}
    assert "has no such metric" in problems["m_402", "speed"]
    assert "no birth certificate of device Press999" in problems["m_999", "speed"]
    assert "check device: the node has Press401, Press402" in problems["m_999", "speed"]


async def test_check_connect_names_what_a_broker_has_where_the_group_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.sparkplug.probe.BIRTHS_WITHIN_S", 0.1)
    monkeypatch.setattr("setpoint.sources.sparkplug.probe.LISTENS_S", 0.8)
    with Broker(tmp_path) as broker:
        async with Client("127.0.0.1", broker.port) as client:
            # The broker keeps these messages, so they come at once. Messages of a host are not messages of a node.
            await client.publish("spBv1.0/Plant 7/DDATA/Line01/Press401", b"x", qos=1, retain=True)
            await client.publish("spBv1.0/Plant 8/NCMD/Line01", b"x", qos=1, retain=True)
        findings = await sparkplug_source(sparkplug_plant(broker.port)).probe()
    assert {each.problem for each in findings if each.machine == "m_401"} == {
        "no birth certificate of device Press401 of Plant 1/Line01 came within 0.1 s; "
        "check group: the broker has Plant 7"
    }


async def test_a_broker_that_takes_no_last_will_with_an_acknowledgement_gets_one_without(
    tmp_path: Path,
) -> None:
    low = free_port()
    settings = f"allow_anonymous true\nlistener {low} 127.0.0.1\nmax_qos 0\nallow_anonymous true"
    with Broker(tmp_path, settings):
        source, recorder = sparkplug_source(sparkplug_plant(low)), Recorder()
        await source.start(recorder)
        try:
            async with Client("127.0.0.1", low) as client:
                await client.subscribe("spBv1.0/STATE/setpoint")
                await _state(client, is_online=True)
        finally:
            await stopped(source)
