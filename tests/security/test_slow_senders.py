"""Hundreds of connections that send as slowly as they can. Nobody else notices, and the server closes them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from tests.security.sign_in_server import SignInServer, serving

from setpoint.contract.topics import DASHBOARD
from setpoint.server.edge.edge import EdgeSettings
from setpoint.server.edge.gate import GateLimits
from setpoint.server.edge.listener import ListenerLimits
from setpoint.testing.patience import patient

SENDERS_OF_A_KIND = 80
WITHIN_S = 3.0


class SlowSenders:
    """Sends half heads, and bodies with and without a token, byte by byte, until the server closes the connections."""

    def __init__(self, server: SignInServer, token: str) -> None:
        self._server = server
        body = b"POST /api/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        long = b"Content-Length: 90000\r\n"
        signed = b"Authorization: Bearer " + token.encode() + b"\r\n"
        chunked = b"Transfer-Encoding: chunked\r\n"
        self._beginnings = (
            b"GET /api/plant HTTP/1.1\r\nX-Slow: ",
            body + long + b"\r\n{",
            body + signed + long + b"\r\n{",
            body + signed + chunked + b"\r\n9000\r\n{",
        )
        self.answers: list[bytes] = []
        self._sending: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        for beginning in self._beginnings:
            for _ in range(SENDERS_OF_A_KIND):
                reader, writer = await self._server.raw(beginning)
                self._sending.append(asyncio.create_task(self._drip(reader, writer)))

    @property
    def are_there(self) -> bool:
        return any(not each.done() for each in self._sending)

    async def _drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listening = asyncio.create_task(read_all_patiently(reader))
        while not listening.done():
            with suppress(ConnectionError):
                writer.write(b"a")
                await writer.drain()
            await asyncio.wait({listening}, timeout=0.2)
        self.answers.append(await listening)

    async def end(self) -> None:
        async with asyncio.timeout(patient(30)):
            await asyncio.gather(*self._sending)


async def read_all_patiently(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(patient(30)):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def test_hundreds_of_slow_senders_disturb_nobody_and_are_given_up(tmp_path: Path) -> None:
    edge = EdgeSettings(
        gate=GateLimits(body_within_s=WITHIN_S, min_bytes_per_s=1_000_000),
        listener=ListenerLimits(head_within_s=WITHIN_S, drain_within_s=1.0),
    )
    async with serving(tmp_path, edge=edge) as server:
        await server.add("anna", "operator")
        await server.add("mallory", "operator")
        browser = await server.browser("anna")
        watching = await server.live_client(cookie=browser.cookie)
        await watching.receive("hello")
        senders = SlowSenders(server, await server.token("mallory", "operator"))
        await senders.begin()
        assert senders.are_there
        await watching.send(type="subscribe", id=1, topic=DASHBOARD)
        await watching.receive("snapshot")
        while senders.are_there:
            assert (await browser.get("/api/plant")).status_code == 200
            assert (await browser.get("/api/batches")).status_code == 200
        await senders.end()
        statuses = {answer.split(b" ", 2)[1] for answer in senders.answers if answer}
        assert statuses <= {b"401", b"408"}
        assert b"408" in statuses
        assert len(senders.answers) == 4 * SENDERS_OF_A_KIND
        assert (await browser.get("/api/plant")).status_code == 200
