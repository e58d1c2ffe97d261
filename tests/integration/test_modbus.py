"""Modbus TCP with the servers of two makers: normal operation, and faults from the field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.child import Child, send_command
from tests.integration.modbus_support import STACK_PARAMS, modbus_peer, modbus_plant, modbus_source

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Write
from setpoint.sources.modbus import ModbusSource
from setpoint.testing import Recorder
from setpoint.testing.source_contract import stopped

Server = tuple[Child, int]
MACHINES = ("m_401", "m_402")


@pytest.fixture(scope="module", params=STACK_PARAMS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    peer, port = modbus_peer(request.param, tmp_path_factory.mktemp("peer"))
    with peer:
        yield peer, port


@pytest.fixture
async def server(shared: Server) -> Server:
    shared[0].thaw()
    await send_command(shared[0], "reset")
    return shared


@asynccontextmanager
async def running(port: int, settings: str = "") -> AsyncIterator[tuple[ModbusSource, Recorder]]:
    source, recorder = modbus_source(modbus_plant(port, settings=settings)), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(lambda: all("targetSpeed" in recorder.state.get(each, {}) for each in MACHINES))
        yield source, recorder
    finally:
        await stopped(source)


async def _write(source: ModbusSource, recorder: Recorder, **values: Value) -> dict[str, Any]:
    recorder.answers.clear()
    await source.write([Write("t", "m_401", name, value) for name, value in values.items()])
    await recorder.until(lambda: len(recorder.answers) == len(values))
    return {each.field: each for each in recorder.answers}


async def test_values_of_every_kind_arrive_as_the_plant_has_them(server: Server) -> None:
    peer, port = server
    async with running(port) as (_, recorder):
        values = {
            "0": 1,
            "2": 0x0000,
            "3": 0x42F7,
            "40": 0xFF9C,
            "20": 0x422D,
            "21": 0x3132,
            "11": 0,
            "12": 250,
            "13": 2,
        }
        await send_command(peer, "set", unit=1, values=values)
        await recorder.until(lambda: recorder.state["m_401"].get("mode") == "IDLE")
        state = recorder.state["m_401"]
        assert (state["speed"], state["temp"], state["recipe"], state["feed"]) == (123.5, -10, "B-12", 2.5)
        assert (state["status"], state["heating"]) == ("RUNNING", 0)
        assert recorder.state["m_402"]["status"] == "STOPPED"


async def test_targets_of_every_kind_are_written_and_read_back(server: Server) -> None:
    _, port = server
    async with running(port) as (source, recorder):
        targets: dict[str, Value] = {
            "recipe": "C-7",
            "feed": 12.34,
            "mode": "RUN",
            "heating": 1,
            "targetSpeed": 700,
        }
        answers = await _write(source, recorder, **targets)
        assert {each.answer for each in answers.values()} == {Answer.TAKEN}
        await recorder.until(
            lambda: all(recorder.state["m_401"][name] == value for name, value in targets.items())
        )


async def test_an_exception_is_a_refusal_of_that_item_alone(server: Server) -> None:
    peer, port = server
    async with running(port) as (source, recorder):
        answers = await _write(source, recorder, targetSpeed=9_500, mode="RUN", feed=0.001)
        assert answers["targetSpeed"].answer is Answer.REFUSED
        assert "illegal value" in answers["targetSpeed"].message
        assert answers["mode"].answer is Answer.TAKEN
        assert "not a whole number" in answers["feed"].message
        await send_command(peer, "rules", rules={"busy": True})
        assert (await _write(source, recorder, mode="IDLE"))["mode"].answer is Answer.UNKNOWN


@pytest.mark.rule("SAFE-3")
async def test_a_write_that_a_stop_has_cancelled_while_it_waited_is_not_sent(server: Server) -> None:
    _, port = server
    async with running(port) as (source, recorder):
        recorder.stops["m_401"] = "voided by FAULT"
        assert (await _write(source, recorder, targetSpeed=1100))["targetSpeed"].answer is Answer.NOT_SENT
        recorder.stops.clear()
        assert (await _write(source, recorder, targetSpeed=1200))["targetSpeed"].answer is Answer.TAKEN
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1200)
        assert 1100 not in recorder.said("m_401", "targetSpeed")


async def test_a_controller_that_clamps_or_resets_a_target_shows_its_own_value(
    server: Server,
) -> None:
    peer, port = server
    async with running(port) as (source, recorder):
        await send_command(peer, "rules", rules={"clamp": 900, "resets": 5})
        await _write(source, recorder, targetSpeed=1200)
        await recorder.until(lambda: recorder.said("m_401", "targetSpeed")[-2:] == [900, 5])


async def test_a_missing_address_blanks_only_its_own_value(server: Server) -> None:
    peer, port = server
    async with running(port) as (_, recorder):
        await send_command(peer, "rules", rules={"missing": [40]})
        await send_command(peer, "set", unit=1, values={"10": 77, "40": 5})
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 77)
        await recorder.until(lambda: recorder.state["m_401"]["temp"] is None)
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD, why="temp is optional")
    await send_command(peer, "rules", rules={"missing": [1]})
    async with running(port) as (_, recorder):
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.BAD)
        assert "status word" in recorder.reason["m_401"]
        assert "illegal address" in recorder.reason["m_401"]


async def test_a_frozen_server_is_stale_and_what_was_sent_to_it_is_unknown_and_lands(server: Server) -> None:
    peer, port = server
    async with running(port) as (source, recorder):
        peer.freeze()
        try:
            answers = await _write(source, recorder, targetSpeed=1300)
            assert answers["targetSpeed"].answer is Answer.UNKNOWN
            assert "has not answered" in answers["targetSpeed"].message
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE)
        finally:
            peer.thaw()
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 1300, within_s=8.0)
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD, within_s=8.0)
        assert [each for each in (await send_command(peer, "log"))["writes"] if each[1] == 10] == [
            [1, 10, 1300]
        ]


async def test_a_device_that_is_silent_does_not_take_the_time_of_its_neighbours(server: Server) -> None:
    peer, port = server
    async with running(port) as (_, recorder):
        await send_command(peer, "rules", rules={"deaf": [2]})
        await recorder.until(lambda: recorder.quality["m_402"] is Quality.STALE)
        assert "unit 2" in recorder.reason["m_402"]
        await send_command(peer, "set", unit=1, values={"10": 55})
        await recorder.until(lambda: recorder.state["m_401"]["targetSpeed"] == 55)
        await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD)


async def test_a_stop_is_reported_with_its_cause_and_stays_when_contact_is_lost(tmp_path: Path) -> None:
    peer, port = await asyncio.to_thread(modbus_peer, "modbus-serial", tmp_path)
    with peer:
        async with running(port) as (source, recorder):
            await send_command(peer, "set", unit=1, values={"1": 0b10001})
            await recorder.until(lambda: recorder.state["m_401"]["status"] == "EMERGENCY_STOP")
            assert recorder.state["m_401"]["cause"] == "button; motor overload"
            await asyncio.to_thread(peer.kill)
            await recorder.until(lambda: recorder.quality["m_401"] is Quality.STALE)
            assert recorder.state["m_401"]["status"] == "EMERGENCY_STOP"
            answers = await _write(source, recorder, targetSpeed=5)
            assert answers["targetSpeed"].answer is Answer.REFUSED
            again, _ = await asyncio.to_thread(lambda: modbus_peer("modbus-serial", tmp_path, port=port))
            with again:
                await recorder.until(lambda: recorder.state["m_401"]["status"] == "STOPPED", within_s=8.0)
                await recorder.until(lambda: recorder.quality["m_401"] is Quality.GOOD)


async def test_check_connect_finds_every_place_and_what_is_wrong_with_it(server: Server) -> None:
    peer, port = server
    await send_command(peer, "rules", rules={"missing": [40]})
    await send_command(peer, "set", unit=1, values={"13": 1})
    findings = {(each.machine, each.field): each for each in await modbus_source(modbus_plant(port)).probe()}
    assert len(findings) == 2 * 9
    assert findings["m_401", "mode"].value == "RUN"
    assert "none of RUN, IDLE" in findings["m_402", "mode"].problem
    assert "illegal address" in findings["m_401", "temp"].problem
    assert findings["m_401", "targetSpeed"].is_writable
    unreachable = await modbus_source(modbus_plant(1)).probe()
    assert "cannot be reached" in unreachable[0].problem


class GarbageServer:
    """A server that answers with any bytes that a test chooses."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in range(1_000):
            request = await reader.read(300)
            if not request:
                break
            writer.write(self._answers[turn % len(self._answers)].replace(b"TI", request[:2]))
        writer.close()


@pytest.mark.parametrize(
    "answers",
    [
        (b"\0" * 300,), (b"HTTP/1.1 400 Bad Request\r\n\r\n",), (b"TI\0\0\0\x03\x01\x03\xff",),
        (b"TI\0\0\0\x05\x01\x03\x02\x00\x07",), (b"TI\0\0\0\x03\x07\x83\x02", b"x"), (b"TI\0\0\xff\xff\x01\x03",),
    ],
)  # fmt: skip
async def test_a_server_that_answers_garbage_is_never_called_good(answers: tuple[bytes, ...]) -> None:
    async with GarbageServer(*answers) as port:
        source, recorder = modbus_source(modbus_plant(port)), Recorder()
        await source.start(recorder)
        try:
            await recorder.until(
                lambda: set(recorder.reason) == set(MACHINES) and all(recorder.reason.values())
            )
            assert Quality.GOOD not in {each.quality for each in recorder.reports}
        finally:
            await stopped(source)
