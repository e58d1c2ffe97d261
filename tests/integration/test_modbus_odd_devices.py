"""Modbus devices that mix up answers, send odd exceptions, or are dead. None of their values counts as good."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable

import pytest
from tests.integration.modbus_support import modbus_source
from tests.integration.source_support import running

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write, parse_plant
from setpoint.sources.modbus import ModbusSource

PLANT = """
name = "Hall"
[fields.speed]
[fields.targetSpeed]
writable = true
[sources.hall]
kind = "modbus"
host = "127.0.0.1"
port = PORT
unit = "{id}"
poll_ms = 100
timeout_ms = 300
[sources.hall.fields]
speed = { input = 0 }
targetSpeed = { holding = 10 }
[[lines]]
id = "01"
source = "hall"
machines = ["1-COUNT"]
"""

Frames = list[bytes] | None
"""The bytes that a server sends for one request, or None for no answer."""
Respond = Callable[[int, int, bytes], Frames]
"""Transaction id, unit, and the request without its header."""


def frame(transaction: int, unit: int, body: bytes) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body


def truth(unit: int, question: bytes) -> bytes:
    """Every holding register of a unit holds its number, every input register 100 times that."""
    function: int
    count: int
    function, _, count = struct.unpack(">BHH", question[:5])
    if function in (6, 16):
        return question[:5]
    value = unit if function == 3 else 100 * unit
    return struct.pack(">BB", function, 2 * count) + struct.pack(">H", value) * count


class Devices:
    """A Modbus server for one test, used as ``async with``. The test may replace ``respond`` at any time."""

    def __init__(self) -> None:
        self.respond: Respond = lambda transaction, unit, question: [
            frame(transaction, unit, truth(unit, question))
        ]
        self.requested_units: list[int] = []
        self.connections = 0

    async def __aenter__(self) -> Devices:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                question = await reader.readexactly(length - 1)
                self.requested_units.append(unit)
                for piece in self.respond(transaction, unit, question) or ():
                    writer.write(piece)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()


def source_of(devices: Devices, count: int = 1) -> ModbusSource:
    text = PLANT.replace("PORT", str(devices.port)).replace("COUNT", str(count))
    return modbus_source(parse_plant(text))


def _true(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit, truth(unit, question))]


def _other_unit(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit + 1, truth(unit + 1, question))]


def _other_transaction(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction - 1, unit, truth(9, question))]


def _other_function(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit, bytes((question[0] ^ 7,)) + truth(9, question)[1:])]


def _too_few(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit, bytes((question[0], 0)))]


def _too_many(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit, bytes((question[0], 4, 0, 9, 0, 9)))]


def _longer_than_it_says(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit, bytes((question[0], 40, 0, 9)))]


def _breaks_off(transaction: int, unit: int, question: bytes) -> Frames:
    return [frame(transaction, unit, truth(9, question))[:-1]]


def _other_protocol(transaction: int, unit: int, question: bytes) -> Frames:
    return [struct.pack(">HHHB", transaction, 7, 5, unit) + truth(9, question)[:4]]


_MIXED_UP = [
    (_other_unit, "unit 2 instead of 1"), (_other_transaction, "instead of"), (_other_protocol, "protocol 7"),
    (_other_function, "instead of"), (_too_few, "sent 0 of 1"), (_too_many, "sent 2 of 1"),
    (_longer_than_it_says, "bytes of a frame"), (_breaks_off, "bytes of a frame"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("respond", "reason"), _MIXED_UP, ids=[each.__name__.strip("_") for each, _ in _MIXED_UP]
)
async def test_an_answer_to_another_request_is_nobodys_value(respond: Respond, reason: str) -> None:
    async with Devices() as devices:
        good, devices.respond = devices.respond, respond
        async with running(source_of(devices)) as (_, recorder):
            await recorder.until(lambda: reason in recorder.reason.get("m_1", ""), within_s=8)
            assert Quality.GOOD not in {each.quality for each in recorder.reports}
            assert not {9, 2, 200} & {value for each in recorder.reports for value in each.values.values()}
            devices.respond = good
            await recorder.until(lambda: recorder.quality["m_1"] is Quality.GOOD, within_s=15)
            assert recorder.state["m_1"] | {"status": None, "cause": None} == {
                "speed": 100, "targetSpeed": 1, "status": None, "cause": None,
            }  # fmt: skip


async def test_a_late_answer_is_not_taken_for_the_answer_to_the_next_request() -> None:
    """A slow gateway sends each answer after its request has timed out, just before the answer to the next one."""
    kept: list[bytes] = []

    def answer_late(transaction: int, unit: int, question: bytes) -> Frames:
        now, kept[:] = list(kept), [frame(transaction, unit, truth(9, question))]
        return now

    async with Devices() as devices:
        good, devices.respond = devices.respond, answer_late
        async with running(source_of(devices)) as (_, recorder):
            await recorder.until(lambda: len(devices.requested_units) > 3, within_s=12)
            assert Quality.GOOD not in {each.quality for each in recorder.reports}
            devices.respond = good
            await recorder.until(lambda: recorder.quality["m_1"] is Quality.GOOD, within_s=12)
            assert {value for each in recorder.reports for value in each.values.values()} <= {1, 100, None}


@pytest.mark.parametrize(
    ("number", "reason"), [(5, "still working on it"), (6, "busy"), (10, "no path"), (11, "no answer")]
)
async def test_a_device_that_answers_later_or_not_there_is_stale_and_its_target_is_unknown(
    number: int, reason: str
) -> None:
    def answer_exception(transaction: int, unit: int, question: bytes) -> Frames:
        return [frame(transaction, unit, bytes((question[0] | 0x80, number)))]

    async with Devices() as devices:
        good = devices.respond
        async with running(source_of(devices)) as (source, recorder):
            await recorder.until(lambda: recorder.quality.get("m_1") is Quality.GOOD)
            devices.respond = answer_exception
            await recorder.until(
                lambda: recorder.quality["m_1"] is Quality.STALE and reason in recorder.reason["m_1"]
            )
            assert recorder.state["m_1"]["speed"] == 100, "values are as last known"
            await source.write([Write("t", "m_1", "targetSpeed", 5)])
            await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN)
            devices.respond = good
            await recorder.until(lambda: recorder.quality["m_1"] is Quality.GOOD, within_s=8)


def _exception(number: int) -> Callable[[int], bytes]:
    return lambda function: bytes((function | 0x80, number))


_ODD_PLACES: dict[str, Callable[[int], bytes]] = {
    **{f"exception {number}": _exception(number) for number in (4, 5, 6, 8, 99)},
    "an answer without a value": lambda function: bytes((function, 0)),
}


@pytest.mark.parametrize("odd", _ODD_PLACES.values(), ids=_ODD_PLACES)
async def test_an_address_that_a_device_does_not_read_is_bad_and_affects_no_neighbour(
    odd: Callable[[int], bytes],
) -> None:
    """Machines 1 and 2 share one request, each with its own registers. One register of machine 2 is odd."""

    def respond(transaction: int, unit: int, question: bytes) -> Frames:
        function, start, count = struct.unpack(">BHH", question[:5])
        is_odd = function == 4 and start <= 2 < start + count
        return [frame(transaction, unit, odd(function) if is_odd else truth(unit, question))]

    async with Devices() as devices:
        devices.respond = respond
        text = PLANT.replace("PORT", str(devices.port)).replace(
            '"1-COUNT"', "{ id = 1 }, { id = 2, base = 2 }"
        )
        source = modbus_source(parse_plant(text.replace('unit = "{id}"', "unit = 7")))
        async with running(source) as (_, recorder):
            await recorder.until(lambda: recorder.quality.get("m_1") is Quality.GOOD)
            await recorder.until(lambda: recorder.quality.get("m_2") is Quality.BAD)
            assert recorder.state["m_1"]["speed"] == 700
            assert recorder.state["m_2"]["targetSpeed"] == 7
            assert "speed: unit 7" in recorder.reason["m_2"]
            await source.write([Write("t", "m_1", "targetSpeed", 5)])
            await recorder.until(lambda: recorder.answer("t") is Answer.TAKEN)
            assert all(Quality.STALE is not each.quality for each in recorder.reports)


@pytest.mark.parametrize(
    ("number", "answer"),
    [(1, Answer.REFUSED), (7, Answer.REFUSED), (8, Answer.UNKNOWN), (99, Answer.UNKNOWN)],
)
async def test_only_an_exception_that_says_so_means_that_nothing_was_written(
    number: int, answer: Answer
) -> None:
    def respond(transaction: int, unit: int, question: bytes) -> Frames:
        is_write = question[0] == 16
        body = bytes((question[0] | 0x80, number)) if is_write else truth(unit, question)
        return [frame(transaction, unit, body)]

    async with Devices() as devices:
        devices.respond = respond
        async with running(source_of(devices)) as (source, recorder):
            await recorder.until(lambda: recorder.quality.get("m_1") is Quality.GOOD)
            await source.write([Write("t", "m_1", "targetSpeed", 5)])
            await recorder.until(lambda: recorder.answer("t") is answer)


_OTHER_WRITES: dict[str, bytes] = {
    "another address": struct.pack(">BHH", 16, 11, 1),
    "half an answer": struct.pack(">BH", 16, 10),
    "the answer to a read": struct.pack(">BBH", 3, 2, 5),
}


@pytest.mark.parametrize("answer", _OTHER_WRITES.values(), ids=_OTHER_WRITES)
async def test_an_answer_to_another_request_acknowledges_no_write(answer: bytes) -> None:
    def respond(transaction: int, unit: int, question: bytes) -> Frames:
        return [frame(transaction, unit, answer if question[0] == 16 else truth(unit, question))]

    async with Devices() as devices:
        devices.respond = respond
        async with running(source_of(devices)) as (source, recorder):
            await recorder.until(lambda: recorder.quality.get("m_1") is Quality.GOOD)
            await source.write([Write("t", "m_1", "targetSpeed", 5)])
            await recorder.until(lambda: recorder.answer("t") is Answer.UNKNOWN)
            assert recorder.answers[-1].message.endswith("it may still land")


async def test_an_answer_of_one_device_that_cannot_be_read_does_not_close_the_others_connection() -> None:
    def respond(transaction: int, unit: int, question: bytes) -> Frames:
        answer = _longer_than_it_says if unit == 2 else _true
        return answer(transaction, unit, question)

    async with Devices() as devices:
        devices.respond = respond
        async with running(source_of(devices, 2)) as (_, recorder):
            await recorder.until(lambda: recorder.quality.get("m_1") is Quality.GOOD)
            await recorder.until(lambda: "bytes of a frame" in recorder.reason.get("m_2", ""))
            requests = devices.requested_units.count(1)
            await recorder.until(lambda: devices.requested_units.count(1) > requests + 4, within_s=10)
            assert {each.quality for each in recorder.reports if each.machine == "m_1"} == {Quality.GOOD}
            assert devices.connections == 1


async def test_three_dead_devices_of_thirty_behind_one_gateway_do_not_hold_up_the_others() -> None:
    dead = {3, 15, 30}

    async with Devices() as devices:
        good = devices.respond
        devices.respond = lambda transaction, unit, question: (
            None if unit in dead else good(transaction, unit, question)
        )
        alive = {f"m_{unit}" for unit in range(1, 31) if unit not in dead}
        async with running(source_of(devices, 30)) as (_, recorder):
            await recorder.until(lambda: len(recorder.quality) == 30, within_s=10)
            await recorder.until(lambda: all(recorder.quality[each] is Quality.GOOD for each in alive))
            began, before = time.monotonic(), {unit: devices.requested_units.count(unit) for unit in (1, 3)}
            await recorder.until(lambda: devices.requested_units.count(1) >= before[1] + 20, within_s=20)
            assert {recorder.quality[f"m_{unit}"] for unit in dead} == {Quality.NEVER_SEEN}
            assert recorder.reason["m_3"].startswith("unit 3")
            tries = devices.requested_units.count(3) - before[3]
            assert tries <= 1 + (time.monotonic() - began) / 2, "the source reads it more rarely"
            dead.clear()
            await recorder.until(lambda: set(recorder.quality.values()) == {Quality.GOOD}, within_s=35)


_SILENT_AT = {"in the first request": 0, "in the second request": 10}


@pytest.mark.full  # tests/unit/sources/modbus/test_silence.py has the same without a network
@pytest.mark.parametrize("address", _SILENT_AT.values(), ids=_SILENT_AT)
async def test_an_address_that_answers_with_silence_blanks_only_its_own_value(address: int) -> None:
    """Machines 1 and 2 share one request, each with its own registers. One register of machine 2 has no answer."""
    requests: list[tuple[int, int]] = []
    function_of = {0: 4, 10: 3}

    def respond(transaction: int, unit: int, question: bytes) -> Frames:
        function, start, count = struct.unpack(">BHH", question[:5])
        if function in (3, 4):
            requests.append((start, count))
        is_silent = function == function_of[address] and start <= address + 2 < start + count
        return None if is_silent else [frame(transaction, unit, truth(unit, question))]

    async with Devices() as devices:
        devices.respond = respond
        text = PLANT.replace("PORT", str(devices.port)).replace(
            '"1-COUNT"', "{ id = 1 }, { id = 2, base = 2 }"
        )
        source = modbus_source(
            parse_plant(
                text.replace('unit = "{id}"', "unit = 7").replace("timeout_ms = 300", "timeout_ms = 100")
            )
        )
        async with running(source) as (_, recorder):
            await recorder.until(lambda: recorder.quality.get("m_1") is Quality.GOOD)
            await recorder.until(
                lambda: recorder.state["m_1"] == recorder.state["m_1"] | {"speed": 700, "targetSpeed": 7}
            )
            await recorder.until(lambda: recorder.quality.get("m_2") is Quality.BAD)
            good, bad = ("targetSpeed", "speed") if address == 0 else ("speed", "targetSpeed")
            await recorder.until(lambda: recorder.state["m_2"].get(good) in (7, 700))
            assert recorder.state["m_2"].get(bad) is None
            assert f"{bad}: unit 7" in recorder.reason["m_2"]
            # The source reads it less and less often, and only alone.
            tries = requests.count((address + 2, 1))
            await recorder.until(lambda: requests.count((address + 2, 1)) > tries + 1, within_s=10)
            since, seen = len(requests), len(recorder.reports)
            await recorder.until(lambda: len(requests) > since + 20)
            assert requests[since:].count((address + 2, 1)) <= 2
            assert all(each.quality is not Quality.STALE for each in recorder.reports[seen:])
