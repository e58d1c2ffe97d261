"""One live connection over an ASGI server's own WebSocket, for an application that Setpoint is embedded in.

`run` is the ASGI application's call for one socket. Frames wait in a queue that one task empties. The hub learns how
much waits, as for `LiveConnection`, so that a slow client costs no more here (FLOW-1). The ASGI server compresses.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias

from setpoint.contract.live import SUBPROTOCOL, Auth, CloseCode, decode_up
from setpoint.core.plant import Person
from setpoint.errors import ProtocolError
from setpoint.server.live.base import FORBIDDEN, NO_TOKEN, TOO_MANY, Live, silent_code
from setpoint.server.live.frames import payload
from setpoint.server.live.identity import LiveRequest, NeedsToken, Refused, headers_of

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_logger = logging.getLogger("setpoint.live.asgi")
_UNSUPPORTED = 1003
_FAILED = 1011


class AsgiSession:
    """A session, as the hub knows it."""

    window_bits = 0

    def __init__(self, live: Live, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self._live = live
        self._receive = receive
        self._send = send
        self._has_refusals = "websocket.http.response" in scope.get("extensions", {})
        self._client = scope.get("client")
        headers = headers_of(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        query = scope.get("query_string", b"").decode("latin-1")
        address = live.address_of(self._client[0] if self._client else "", headers)
        self._request = LiveRequest(f"/live?{query}" if query else "/live", headers, address or None)
        self._offers = SUBPROTOCOL in scope.get("subprotocols", ())
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._is_over = False
        self._close: tuple[int, str] | None = None
        self._wake = asyncio.Event()
        self.session = ""
        self.person: Person | None = None
        self.address: str | None = None

    async def run(self) -> None:
        """From the handshake to the end."""
        await self._receive()  # websocket.connect
        if (refusal := self._refusal()) is not None:
            self._live.refused(self, *refusal)
            await self._deny(*refusal)
            return
        try:
            await self._send(
                {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if self._offers else None}
            )
            if (person := await self._identified()) is not None:
                await self._converse(person)
        finally:
            self._close = self._close or (CloseCode.GOING_AWAY, "")
            self._live.lost(self)

    def _refusal(self) -> tuple[int, str] | None:
        """The status and the reason of a refused handshake."""
        headers, address = self._request.headers, self._request.peer or ""
        if (refusal := self._live.origins.refuse(headers.get("origin"), headers.get("host"))) is not None:
            return FORBIDDEN, refusal
        if (refusal := self._live.quota.arrive(address)) is not None:
            return TOO_MANY, refusal
        self.address = address
        return None

    async def _deny(self, status: int, reason: str) -> None:
        if not self._has_refusals:
            if status == TOO_MANY:  # a close before an accept is a 403, which clients take as final
                await self._send({"type": "websocket.accept"})
                await self._close_now(CloseCode.TOO_SLOW, reason)
            else:
                await self._send({"type": "websocket.close"})
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await self._send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": f"{reason}\n".encode()})

    # Identifying the person

    async def _identified(self) -> Person | None:
        """The person; None if the socket has been closed instead."""
        try:
            identity = await self._live.identify(self._request)
            if isinstance(identity, NeedsToken):
                token = await self._token()
                identity = token if isinstance(token, Refused) else await self._live.identify(token)
        except Exception:
            # An unidentified client is not admitted, but must not be told that it may never come back.
            _logger.exception("a live connection could not be identified")
            await self._close_now(_FAILED, "the server failed; try again")
            return None
        if isinstance(identity, Person):
            return identity
        refused = identity if isinstance(identity, Refused) else Refused(reason="that token is not known")
        self._live.refused(self, refused.code, refused.reason)
        await self._close_now(refused.code, refused.reason)
        return None

    async def _token(self) -> LiveRequest | Refused:
        """The request with the token of an auth frame."""
        try:
            async with asyncio.timeout(self._live.limits.token_within_ms / 1000):
                message = await self._receive()
        except TimeoutError:
            return Refused(silent_code(self._request), NO_TOKEN)
        text = message.get("text")
        try:
            frame = decode_up(text) if isinstance(text, str) else None
        except ProtocolError as error:
            return Refused(reason=error.message)
        if not isinstance(frame, Auth):
            return Refused(reason="expected an auth frame first")
        return replace(self._request, token=frame.token)

    async def _close_now(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": int(code), "reason": reason[:120]})

    # Frames

    async def _converse(self, person: Person) -> None:
        self.person = person
        writing = asyncio.create_task(self._write(), name="live session")
        try:
            self._live.opened(self, person)
            reading = asyncio.create_task(self._read(), name="live session reader")
            await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            if self._close is not None and not writing.done():
                await asyncio.wait({writing}, timeout=self._live.limits.close_within_ms / 1000)
            reading.cancel()
        finally:
            writing.cancel()

    async def _read(self) -> None:
        while self._close is None:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                self._live.left(self)
                return
            text = message.get("text")
            if text is None:
                self.end(_UNSUPPORTED, "expected text frames with one JSON object each")
            elif self._close is None:
                self._live.received(self, text.encode())

    async def _write(self) -> None:
        with suppress(OSError):  # the client has gone, which ends the reading too
            await self._write_queue()

    async def _write_queue(self) -> None:
        while True:
            while self._frames:
                frame = self._frames[0]
                await self._send({"type": "websocket.send", "text": payload(frame).decode()})
                self._taken(frame)
            if self._close is not None:
                await self._close_now(*self._close)
                return
            self._live.drained()
            self._wake.clear()
            await self._wake.wait()

    def _taken(self, frame: bytes) -> None:
        if self._frames and self._frames[0] is frame:
            self._frames.popleft()
            self._bytes -= len(frame)
        if self._is_over and self._bytes <= self._live.hub_limits.drained_bytes:
            self._is_over = False
            self._live.flow_changed(self)

    # Called by the live server

    @property
    def is_open(self) -> bool:
        return self.person is not None and self._close is None

    @property
    def is_waiting(self) -> bool:
        return bool(self._frames)

    @property
    def buffered_bytes(self) -> int:
        return self._bytes

    @property
    def peer(self) -> str:
        return str(self._client)

    def write(self, data: bytes) -> None:
        """One finished frame; it leaves when the client has taken those before it."""
        if self._close is not None:
            return
        self._frames.append(data)
        self._bytes += len(data)
        self._wake.set()
        if not self._is_over and self._bytes > self._live.hub_limits.max_buffer_bytes:
            self._is_over = True
            self._live.flow_changed(self)

    def write_all(self, frames: list[bytes]) -> None:
        for frame in frames:
            self.write(frame)

    def end(self, code: int, reason: str) -> None:
        """Closes after the waiting frames, unless there are many: a client that has not read them will not do so."""
        if self._close is not None:
            return
        self._close = (code, reason)
        self._live.left(self)
        if self._is_over:
            self._frames.clear()
        self._wake.set()
