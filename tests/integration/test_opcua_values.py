"""Values that machines report over OPC UA, and targets for them, on two independent stacks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Write
from setpoint.sources.opcua import OpcUaSource
from setpoint.testing import Recorder


class Press:
    """A controller, the source that reads it, and the source's reports."""

    def __init__(self, stack: str, peer: Peer) -> None:
        self.stack = stack
        self.peer = peer

    @asynccontextmanager
    async def running(self, *, machines: str = "[401, 402]") -> AsyncIterator[tuple[OpcUaSource, Recorder]]:
        source = source_of(press_plant(self.stack, self.peer.endpoint, machines=machines))
        recorder = Recorder()
        await source.start(recorder)
        try:
            await recorder.until(lambda: {"m_401", "m_402"} <= recorder.state.keys())
            yield source, recorder
        finally:
            await source.stop()


@pytest.fixture(scope="module", params=STACKS)
def controller(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    with start_peer(request.param, tmp_path_factory.mktemp("peer")) as peer:
        yield Press(request.param, peer)


@pytest.fixture
def press(controller: Press) -> Press:
    controller.peer.reset()
    return controller


def _write(field: str, value: Value, *, tx_id: str = "t", machine: str = "m_401") -> Write:
    return Write(tx_id, machine, field, value)


async def test_every_field_comes_scaled_named_and_with_the_controllers_time(press: Press) -> None:
    async with press.running() as (_, recorder):
        assert recorder.state["m_401"] == {
            "speed": 120.5,
            "temp": 71.3,
            "parts": 7,
            "targetSpeed": 1000.0,
            "feed": 12.5,
            "mode": "RUN",
            "locked": 5.0,
            "status": "RUNNING",
            "cause": None,
        }
        assert recorder.quality["m_401"] is Quality.GOOD
        assert abs(recorder.reports[-1].at - time.time()) < 60


async def test_values_that_change_are_reported_within_half_a_second(press: Press) -> None:
    async with press.running() as (_, recorder):
        press.peer.set(Press401__Speed=142.0, Press401__Mode=3)
        await recorder.until(lambda: recorder.state["m_401"]["speed"] == 142, within_s=1.0)
        await recorder.until(lambda: recorder.state["m_401"]["mode"] == "MAINTENANCE", within_s=1.0)


@pytest.mark.parametrize(
    ("status", "quality", "value"),
    [
        ("BadSensorFailure", Quality.BAD, None),
        ("BadNoCommunication", Quality.OFFLINE, 120.5),
        ("UncertainLastUsableValue", Quality.STALE, 120.5),
    ],
)
async def test_a_status_code_becomes_the_machines_quality_and_good_again(
    press: Press, status: str, quality: Quality, value: Value
) -> None:
    async with press.running() as (_, recorder):
        press.peer.set(Press401__Speed=(None if status.startswith("Bad") else 120.5, status))
        await recorder.until(lambda: recorder.quality["m_401"] is quality)
        assert recorder.state["m_401"]["speed"] == value
        assert recorder.quality["m_402"] is Quality.GOOD
        press.peer.set(Press401__Speed=99.0)
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD)
        assert recorder.state["m_401"]["speed"] == 99


async def test_an_optional_field_that_turns_bad_is_missing_and_affects_nothing_else(press: Press) -> None:
    async with press.running() as (_, recorder):
        press.peer.set(Press401__Temp=(None, "BadSensorFailure"))
        await recorder.until(lambda: recorder.state["m_401"]["temp"] is None)
        assert recorder.quality["m_401"] is Quality.GOOD


async def test_a_node_that_does_not_exist_makes_its_machine_bad_and_no_other(press: Press) -> None:
    space = {"asyncua": 2, "node-opcua": 1}[press.stack]
    machines = f'[402, {{ id = 401, nodes = {{ speed = "ns={space};s=Nowhere" }} }}]'
    async with press.running(machines=machines) as (_, recorder):
        assert recorder.quality == {"m_401": Quality.BAD, "m_402": Quality.GOOD}
        assert recorder.state["m_401"]["speed"] is None
        assert recorder.state["m_401"]["targetSpeed"] == 1000


@pytest.mark.rule("SAFE-1", "SAFE-4")
async def test_several_critical_conditions_at_once_keep_their_causes_and_the_gravest_shows(
    press: Press,
) -> None:
    async with press.running() as (_, recorder):
        press.peer.set(Press401__Alarms=0b1_0010, Press401__Door=True)
        await recorder.until(
            lambda: recorder.state["m_401"]["cause"] == "rope; SAFETY_INTERLOCK; motor overload"
        )
        assert recorder.state["m_401"]["status"] == "EMERGENCY_STOP"
        press.peer.set(Press401__Alarms=(None, "BadNoCommunication"))
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.OFFLINE)
        assert recorder.state["m_401"]["status"] == "EMERGENCY_STOP"
        press.peer.set(Press401__Alarms=0b100_0000, Press401__Door=False, Press401__Reason="locked by anna")
        await recorder.until(lambda: recorder.state["m_401"]["status"] == "MAINTENANCE_LOCK")
        assert recorder.state["m_401"]["cause"] == "locked by anna"
        press.peer.set(Press401__Alarms=0, Press401__State=11, Press401__Reason="")
        await recorder.until(lambda: recorder.state["m_401"]["status"] == "HELD")


# node-opcua samples its nodes, so it misses a value that comes and goes between two samples.
@pytest.mark.parametrize("controller", ["asyncua"], indirect=True)
@pytest.mark.rule("TICK-2")
async def test_a_stop_that_comes_and_goes_between_two_publishings_is_still_reported(press: Press) -> None:
    async with press.running() as (_, recorder):
        press.peer.set(Press401__Alarms=1)
        press.peer.set(Press401__Alarms=0)
        await recorder.until(lambda: recorder.said("m_401", "status")[-2:] == ["EMERGENCY_STOP", "RUNNING"])


@pytest.mark.parametrize("stack", STACKS)
async def test_a_controller_whose_clock_is_an_hour_off_is_live_and_its_time_is_shown(
    stack: str, tmp_path: Path
) -> None:
    with start_peer(stack, tmp_path, clockOffsetS=-3600) as peer:
        async with Press(stack, peer).running() as (_, recorder):
            peer.set(Press401__Speed=7.0)
            await recorder.until(lambda: recorder.state["m_401"]["speed"] == 7)
            reports = [report for report in recorder.reports if report.values.get("speed") == 7]
            assert reports[0].quality is Quality.GOOD
            assert reports[0].at == pytest.approx(time.time() - 3600, abs=60)
            reports_before = len(recorder.reports)
            await recorder.until(lambda: len(recorder.reports) > reports_before + 4)
            assert set(recorder.quality.values()) == {Quality.GOOD}


@pytest.mark.rule("CMD-3")
async def test_each_item_of_a_call_has_its_own_answer(press: Press) -> None:
    async with press.running() as (source, recorder):
        await source.write(
            [
                _write("targetSpeed", 1500),
                _write("targetSpeed", 4000, machine="m_402"),
                _write("feed", 20.5),
                _write("mode", "IDLE"),
                _write("locked", 6),
                _write("feed", 12.34, machine="m_402"),
                _write("mode", "TURBO", machine="m_402"),
            ]
        )
        await recorder.until(lambda: len(recorder.answers) == 7)
        answers = {(each.machine, each.field): each for each in recorder.answers}
        taken = {key for key, each in answers.items() if each.answer is Answer.TAKEN}
        assert taken == {("m_401", "targetSpeed"), ("m_401", "feed"), ("m_401", "mode")}
        assert {each.answer for key, each in answers.items() if key not in taken} == {Answer.REFUSED}
        assert "BadOutOfRange" in answers["m_402", "targetSpeed"].message
        assert "whole number" in answers["m_402", "feed"].message
        assert answers["m_401", "locked"].message.startswith(("BadNotWritable", "BadUserAccessDenied"))
        await recorder.until(
            lambda: (
                [recorder.state["m_401"][field] for field in ("targetSpeed", "feed", "mode")]
                == [1500, 20.5, "IDLE"]
            )
        )
        arrived = [name for name, _ in press.peer.written()]
        assert sorted(arrived) == [
            "Press401.Feed", "Press401.Mode", "Press401.Target", "Press402.Target",
        ]  # fmt: skip


@pytest.mark.rule("SAFE-3")
async def test_a_call_writes_only_the_items_that_no_stop_has_cancelled_meanwhile(press: Press) -> None:
    async with press.running() as (source, recorder):
        recorder.stops["m_402"] = "voided by FAULT"
        await source.write([Write(each, f"m_{each}", "targetSpeed", 1500) for each in ("401", "402")])
        await recorder.until(lambda: len(recorder.answers) == 2)
        assert [recorder.answer("401"), recorder.answer("402")] == [Answer.TAKEN, Answer.NOT_SENT]
        assert [name for name, _ in press.peer.written()] == ["Press401.Target"]


async def test_a_refusal_of_the_controller_is_a_refusal_with_its_reason(press: Press) -> None:
    press.peer.send_command("rule", node="Press401.Target", rule={"refuse": "BadUserAccessDenied"})
    async with press.running() as (source, recorder):
        await source.write([_write("targetSpeed", 1500)])
        await recorder.until(lambda: recorder.answer("t") is Answer.REFUSED)
        assert "BadUserAccessDenied" in recorder.answers[0].message
        assert recorder.state["m_401"]["targetSpeed"] == 1000


@pytest.mark.rule("CMD-3")
async def test_a_reset_by_the_controller_is_reported(press: Press) -> None:
    press.peer.send_command("rule", node="Press401.Target", rule={"resetTo": 800.0, "afterMs": 600})
    async with press.running() as (source, recorder):
        await source.write([_write("targetSpeed", 1500)])
        await recorder.until(lambda: recorder.answer("t") is Answer.TAKEN)
        await recorder.until(lambda: recorder.said("m_401", "targetSpeed") == [1000, 1500, 800])


async def test_nothing_is_written_where_there_is_no_connection(press: Press, tmp_path: Path) -> None:
    with start_peer(press.stack, tmp_path) as stopped_peer:
        source = source_of(press_plant(press.stack, stopped_peer.endpoint))
    recorder = Recorder()
    await source.start(recorder)
    await source.write([_write("targetSpeed", 1500)])
    assert recorder.answer("t") is Answer.REFUSED
    assert "no connection" in recorder.answers[0].message
    await source.stop()
    assert recorder.reports == []
