"""A broker that does what no broker should: each test plays it by hand, frame by frame."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

from tests.integration.mqtt_support import plain_plant, plain_source
from tests.integration.source_support import running

from setpoint.contract.values import Quality
from setpoint.sources.sparkplug.broker import MAX_PAYLOAD
from setpoint.testing.patience import patient

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PING = 1, 3, 8, 10, 12
PIECE = 1024 * 1024


def _length(count: int) -> bytes:
    """The remaining length as MQTT writes it: seven bits a byte."""
    found = b""
    while True:
        count, low = divmod(count, 128)
        found += bytes([low | (0x80 if count else 0)])
        if not count:
            return found


class HandMadeBroker:
    """Answers what a client asks, so that the connection stands; ``publish`` sends whatever the test wants."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0
        self.subscribed = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._is_writing = asyncio.Lock()
        """An answer must not come in the middle of a long message."""

    async def publish(self, topic: str, payload: bytes, *, then_zeros: int = 0) -> None:
        assert self._writer is not None
        name = topic.encode()
        count = 2 + len(name) + len(payload) + then_zeros
        head = bytes([PUBLISH << 4]) + _length(count) + len(name).to_bytes(2, "big") + name
        zeros = bytes(PIECE)
        async with self._is_writing:
            self._writer.write(head + payload)
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
    found = 0
    while body:
        body = body[2 + int.from_bytes(body[:2], "big") + 1 :]
        found += 1
    return found


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
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 4 * MAX_PAYLOAD
        assert recorder.quality["m_402"] is Quality.GOOD
        await broker.publish("hall/401/state", _state(3))
        await recorder.until(lambda: recorder.state.get("m_401", {}).get("speed") == 3)
        assert broker.connections == 1
