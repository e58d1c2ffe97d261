"""Large amounts of useless data, with which a few connections could keep the server busy."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.security.sign_in_server import SignInServer, serving
from tests.security.wire import PING, frame

from setpoint.server.edge.edge import EdgeSettings
from setpoint.server.edge.listener import ListenerLimits
from setpoint.server.live.connection import LiveConnection
from setpoint.testing.patience import patient

READ_BYTES = 256 * 1024
"""The largest number of bytes that the loop reads at once."""
WITHIN_S = 1.0


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    edge = EdgeSettings(listener=ListenerLimits(head_within_s=WITHIN_S, max_pipelined=4))
    async with serving(tmp_path, edge=edge) as running:
        yield running


async def read_all(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(patient(10)):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def test_requests_that_wait_for_their_turn_are_bounded_and_all_of_them_are_answered(
    server: SignInServer,
) -> None:
    reader, _ = await server.raw(b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
    answers = await read_all(reader)
    assert answers.count(b"HTTP/1.1 200 OK") == 1 + 4
    assert answers.count(b"HTTP/1.1 ") == 1 + 4
    assert (await (await server.browser()).get("/api/session")).status_code == 200


async def post(server: SignInServer, more: bytes = b"") -> bytes:
    await server.add("anna", "operator")
    head = b"POST /api/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    token = (await server.token("anna", "operator")).encode()
    return head + more + b"Authorization: Bearer " + token + b"\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "chunks",
    [b"1\r\n \r\n" * 10_000, b"1;" + b"a" * 60_000, (b"1;" + b"a" * 6_000 + b"\r\n \r\n") * 10],
    ids=["a byte each", "an extension without end", "long extensions"],
)
async def test_a_body_that_is_mostly_the_framing_of_its_chunks_is_refused(
    server: SignInServer, chunks: bytes
) -> None:
    reader, _ = await server.raw(await post(server) + chunks)
    answer = await read_all(reader)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert answer == b"" or b"the chunks of the body are mostly framing" in answer


async def test_a_body_in_chunks_of_a_byte_is_read(server: SignInServer) -> None:
    body = json.dumps({"updates": {"m_401": {"targetSpeed": 150}}, "txId": "no tx", "reason": "x" * 1_000})
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body.encode())
    reader, _ = await server.raw(await post(server) + chunks + b"0\r\n\r\n")
    async with asyncio.timeout(patient(10)):
        assert (await reader.readline()).startswith(b"HTTP/1.1 422 ")
        assert b"txId" in await reader.readuntil(b"}")


async def test_a_body_that_comes_after_its_answer_is_read_slowly_and_not_for_long(
    server: SignInServer,
) -> None:
    head = b"POST /api/batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    reader, writer = await server.raw(head)
    async with asyncio.timeout(patient(10)):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    started, sent = time.monotonic(), 0
    try:
        async with asyncio.timeout(patient(20)):
            while True:
                writer.write(b"a" * READ_BYTES)
                await writer.drain()
                sent += READ_BYTES
    except OSError:
        pass
    in_buffers = 16 * 1024 * 1024
    assert sent < (time.monotonic() - started) / 0.01 * READ_BYTES + in_buffers


async def test_small_frames_without_end_are_parsed_no_longer_once_they_have_ended_the_conversation(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = 0
    parse = LiveConnection._parse

    def count_parsed(connection: LiveConnection, data: bytes) -> None:
        nonlocal parsed
        parsed += len(data)
        parse(connection, data)

    monkeypatch.setattr(LiveConnection, "_parse", count_parsed)
    head = (
        b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    reader, writer = await server.raw(head)
    async with asyncio.timeout(patient(10)):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    for _ in range(4):
        writer.write(frame(PING) * 20_000)
    await read_all(reader)
    assert 0 < parsed < 5_000
