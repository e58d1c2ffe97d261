"""A broker that breaks the protocol. Each test plays it frame by frame."""

from __future__ import annotations

import asyncio
import gc
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import pytest
from tests.integration.mqtt_support import plain_plant, plain_source
from tests.integration.source_support import MACHINES, all_are, running

from setpoint.contract.values import Quality
from setpoint.sources.sparkplug.broker import MAX_PAYLOAD
from setpoint.testing.patience import patient

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PING = 1, 3, 8, 10, 12
PIECE = 1024 * 1024


def _length(count: int) -> bytes:
    """Encodes the remaining length as MQTT does, with seven bits in each byte."""
    encoded = b""
    while True:
        count, low = divmod(count, 128)
        encoded += bytes([low | (0x80 if count else 0)])
        if not count:
            return encoded


class HandMadeBroker:
    """Answers a client's requests, so that the connection stays up. ``publish`` sends whatever the test wants.

    ``odd`` has other answers, by the kind of request. The request's id replaces ``ID`` in the answer. The broker closes
    the connection after such an answer.
    """

    def __init__(self) -> None:
        self.odd: dict[int, bytes] = {}
        self.connections = 0
        self.port = 0
        self.subscribed = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._is_writing = asyncio.Lock()
        """An answer must not come in the middle of a long message."""

    async def publish(
        self, topic: str, payload: bytes, *, then_zeros: int = 0, exactly_once: int = 0
    ) -> None:
        """``exactly_once`` is the message's id if it has QoS 2."""
        assert self._writer is not None
        name = topic.encode()
        number = exactly_once.to_bytes(2, "big") if exactly_once else b""
        count = 2 + len(name) + len(number) + len(payload) + then_zeros
        first = PUBLISH << 4 | (4 if exactly_once else 0)
        head = bytes([first]) + _length(count) + len(name).to_bytes(2, "big") + name + number
        zeros = bytes(PIECE)
        async with self._is_writing:
            self._writer.write(head + payload)
            await self._writer.drain()
            for start in range(0, then_zeros, PIECE):
                self._writer.write(zeros[: then_zeros - start])
                await self._writer.drain()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writer = writer
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            while True:
                [head] = await reader.readexactly(1)
                count, shift = 0, 0
                while True:
                    [byte] = await reader.readexactly(1)
                    count |= (byte & 0x7F) << shift
                    shift += 7
                    if not byte & 0x80:
                        break
                body = await reader.readexactly(count)
                odd = self.odd.get(head >> 4)
                if odd is not None:
                    writer.write(odd.replace(b"ID", body[:2]))
                    await writer.drain()
                    return
                async with self._is_writing:
                    writer.write(_answer(head >> 4, body))
                if head >> 4 == SUBSCRIBE:
                    self.subscribed.set()


def _answer(kind: int, body: bytes) -> bytes:
    if kind == SUBSCRIBE:
        filters = _filters(body[2:])
        return b"\x90" + _length(2 + filters) + body[:2] + b"\x01" * filters
    answers = {CONNECT: b"\x20\x02\x00\x00", UNSUBSCRIBE: b"\xb0\x02" + body[:2], PING: b"\xd0\x00"}
    return answers.get(kind, b"")


def _filters(body: bytes) -> int:
    count = 0
    while body:
        body = body[2 + int.from_bytes(body[:2], "big") + 1 :]
        count += 1
    return count


@asynccontextmanager
async def hand_made() -> AsyncIterator[HandMadeBroker]:
    broker = HandMadeBroker()
    server = await asyncio.start_server(broker.serve, "127.0.0.1")
    broker.port = int(server.sockets[0].getsockname()[1])
    async with server:
        yield broker


def _state(speed: float) -> bytes:
    return json.dumps({"speed": speed, "state": "RUNNING"}).encode()


async def test_a_message_beyond_the_limit_costs_no_memory_and_blanks_its_own_values_alone() -> None:
    """MQTT allows 256 MB in one message, and a client of version 3.1.1 cannot ask for less."""
    async with hand_made() as broker, running(plain_source(plain_plant(broker.port))) as (_, recorder):
        async with asyncio.timeout(patient(20)):
            await broker.subscribed.wait()
        for machine in ("401", "402"):
            await broker.publish(f"hall/{machine}/sp", b'{"v": 650}')
            await broker.publish(f"hall/{machine}/state", _state(1))
        await recorder.until(lambda: recorder.state.get("m_402", {}).get("speed") == 1)
        tracemalloc.start()
        try:
            await broker.publish("hall/401/state", b'{"speed": 2}', then_zeros=8 * MAX_PAYLOAD)
            await recorder.until(lambda: "bytes" in recorder.reason.get("m_401", ""))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * MAX_PAYLOAD
        assert recorder.quality["m_402"] is Quality.GOOD
        await broker.publish("hall/401/state", _state(3))
        await recorder.until(lambda: recorder.state.get("m_401", {}).get("speed") == 3)
        assert broker.connections == 1


ODD = {
    "hangs up when it is asked to subscribe": (SUBSCRIBE, b"", "closed the connection"),
    "refuses a topic": (SUBSCRIBE, b"\x90\x03ID\x80", "let this user subscribe"),
    "says nothing about a topic": (SUBSCRIBE, b"\x90\x02ID", "let this user subscribe"),
    "answers a subscription with a code that there is not": (SUBSCRIBE, b"\x90\x03ID\x77", "not MQTT 3.1.1"),
    "hangs up when it is asked whether it is there": (UNSUBSCRIBE, b"", "closed the connection"),
    "sends a message without an end": (UNSUBSCRIBE, b"\x30\xff\xff\xff\xff\xff\x01", "not MQTT 3.1.1"),
    "speaks version 5 alone": (CONNECT, b"\x20\x03\x00\x84\x00", "not MQTT 3.1.1"),
    "is no broker": (CONNECT, b"HTTP/1.1 400 Bad Request\r\n\r\n", "not MQTT 3.1.1"),
    "hangs up on everybody": (CONNECT, b"", "it hung up before it answered"),
    "does not know the user": (CONNECT, b"\x20\x02\x00\x04", "refuses the connection: Bad user name"),
}


@pytest.mark.parametrize(("kind", "answer", "why"), ODD.values(), ids=ODD)
async def test_a_broker_that_refuses_our_sign_in_is_noticed_at_once_and_each_machine_has_the_reason(
    kind: int, answer: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hand_made() as broker:
        broker.odd[kind] = answer
        async with running(plain_source(plain_plant(broker.port))) as (_, recorder):
            await recorder.until(lambda: all(why in recorder.reason.get(each, "") for each in MACHINES))
            assert all_are(recorder, Quality.STALE)
    gc.collect()
    assert not [each for each in caplog.records if each.name == "asyncio"]


async def test_a_message_that_has_to_be_released_is_shown_at_once_and_not_kept() -> None:
    """The client never requested QoS 2. With it, the broker may send 65,535 messages and release none."""
    async with hand_made() as broker, running(plain_source(plain_plant(broker.port))) as (_, recorder):
        async with asyncio.timeout(patient(20)):
            await broker.subscribed.wait()
        await broker.publish("hall/401/sp", b'{"v": 650}')
        tracemalloc.start()
        try:
            for number in range(1, 21):
                filling = " " * (MAX_PAYLOAD // 4)
                payload = json.dumps({"speed": number, "state": "RUNNING", "more": filling}).encode()
                await broker.publish("hall/401/state", payload, exactly_once=number)
            await recorder.until(lambda: recorder.state.get("m_401", {}).get("speed") == 20)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * MAX_PAYLOAD
        assert recorder.quality["m_401"] is Quality.GOOD
        assert broker.connections == 1
