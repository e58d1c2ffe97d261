"""One live connection: handshake, sign-in, messages in, frames out, and its end.

    Handshake ──▶ Identifying ──▶ Open ──▶ Closing ──▶ Closed
                   │      ▲
                   └▶ AwaitingToken

`websockets.server.ServerProtocol` implements the RFC. Frames to the client do not pass through it; they are written to
the transport as they are. After a close frame was sent, incoming data is discarded until the client has answered or
some seconds have passed; then the connection is cut.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from dataclasses import replace
from enum import Enum
from typing import Any, cast

from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from setpoint.contract.live import MAX_FRAME_BYTES, SUBPROTOCOL, Auth, CloseCode, decode_up
from setpoint.core.plant import Person
from setpoint.errors import ProtocolError
from setpoint.server.live.base import Live
from setpoint.server.live.identity import LiveRequest, NeedsToken, Refused

_logger = logging.getLogger("setpoint.live.websocket")
_logger.setLevel(logging.WARNING)  # `websockets` tells each opening and closing at INFO

SEND_BUFFER_BYTES = 16 * 1024
"""Of the kernel, which doubles it. In the usual megabytes a client that stopped reading would stay hidden."""

STRANGER_CLOSES_WITHIN_MS = 1_000
"""Who never signed in has had their time; what they were told they can read in a second, or not at all."""

_MAX_WRITE_BYTES = 32 * 1024
_EARLY_FRAMES = 16
_UNSUPPORTED = 1003
_INVALID_DATA = 1007

_DEFLATE = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)


class _Phase(Enum):
    HANDSHAKE = "handshake"
    IDENTIFYING = "identifying"
    AWAITING_TOKEN = "awaiting token"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


def _select_subprotocol(_: ServerProtocol, offered: Any) -> Subprotocol | None:
    """``setpoint.v1`` where it was offered; not offering it is no mistake."""
    return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in offered else None


class LiveConnection(asyncio.Protocol):
    """What the hub calls a session. ``window_bits`` is 0 where frames go out uncompressed.

    ``_descriptor`` is the socket's, where bytes may be written to it as they are: not under TLS, nor on Windows.

    ``backlog`` is None while the kernel takes what is written. From the moment it does not, frames wait in there, as
    references to bytes that are shared with all who wait for the same: in the transport each would be an object of
    its own, and a client that does not read would cost twice its limit.
    """

    __slots__ = (
        "_backlog_bytes",
        "_connections",
        "_descriptor",
        "_early_frames",
        "_fragments",
        "_live",
        "_loop",
        "_phase",
        "_protocol",
        "_request",
        "_task",
        "_timer",
        "address",
        "backlog",
        "is_over",
        "person",
        "session",
        "transport",
        "window_bits",
    )

    transport: asyncio.Transport

    def __init__(self, live: Live, connections: set[Any], loop: asyncio.AbstractEventLoop) -> None:
        self._live = live
        self._connections = connections
        self._loop = loop
        self._phase = _Phase.HANDSHAKE
        self._protocol = ServerProtocol(
            extensions=(_DEFLATE,) if live.limits.compresses else None,
            select_subprotocol=_select_subprotocol,
            max_size=MAX_FRAME_BYTES,
            logger=_logger,
        )
        self._request: LiveRequest | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fragments: list[bytes] | None = None
        self._early_frames = 0
        self._backlog_bytes = 0
        self._descriptor: int | None = None
        self.address: str | None = None
        self.backlog: list[bytes] | None = None
        self.is_over = False
        self.person: Person | None = None
        self.session = ""
        self.window_bits = 0

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        self._connections.add(self)
        connected: socket.socket | None = self.transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            if self.transport.get_extra_info("sslcontext") is None and sys.platform != "win32":
                self._descriptor = connected.fileno()
        self.transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._handshake(event)
            elif isinstance(event, Frame) and self._phase is not _Phase.CLOSING:
                self._frame(event)
        self._flush()

    def eof_received(self) -> None:
        """The transport closes itself, and `connection_lost` follows."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._phase = _Phase.CLOSED
        self._connections.discard(self)
        self._cancel_timer()
        if self._task is not None:
            self._task.cancel()
        self._live.lost(self)

    def pause_writing(self) -> None:
        if self.backlog is None:
            self.backlog = []

    def resume_writing(self) -> None:
        waiting, self.backlog, self._backlog_bytes = self.backlog or [], None, 0
        if self._phase is not _Phase.OPEN:
            return
        at = 0
        while at < len(waiting) and self.backlog is None:
            start, size = at, 0
            while at < len(waiting) and size < _MAX_WRITE_BYTES:
                size += len(waiting[at])
                at += 1
            self.transport.write(b"".join(waiting[start:at]))
        for frame in waiting[at:]:
            self._wait(frame)
        if self.is_over and self.buffered_bytes <= self._live.hub_limits.drained_bytes:
            self.is_over = False
            self._live.flow_changed(self)
        if self.backlog is None:
            self._live.drained()

    # Called by uvicorn

    def shutdown(self) -> None:
        """The server is going: 1012, and when to come back (CODE-1)."""
        self._live.send_away(self)

    # Called by the live server

    def write(self, data: bytes) -> None:
        """One frame or several leave now, or when the client has read what is before them.

        Now means straight to the kernel, past the transport, which would first make a record of every write: a tenth
        of all that it costs to deliver a frame. Whatever the kernel does not take, and every error, is the
        transport's affair as ever.
        """
        if self.backlog is not None:
            self._wait(data)
            return
        transport = self.transport
        if self._descriptor is None or transport.get_write_buffer_size() or transport.is_closing():
            transport.write(data)
            return
        try:
            taken = os.write(self._descriptor, data)
        except OSError:
            taken = 0
        if taken < len(data):
            transport.write(data[taken:])

    def _wait(self, frame: bytes) -> None:
        assert self.backlog is not None
        self.backlog.append(frame)
        self._backlog_bytes += len(frame)
        if not self.is_over and self.buffered_bytes > self._live.hub_limits.max_buffer_bytes:
            self.is_over = True
            self._live.flow_changed(self)

    def write_all(self, frames: list[bytes]) -> None:
        """All frames of one tick, in one system call where they are not many."""
        together = frames[0] if len(frames) == 1 else b"".join(frames)
        if self.backlog is None and len(together) <= _MAX_WRITE_BYTES:
            self.write(together)
        else:
            for frame in frames:
                self.write(frame)

    @property
    def buffered_bytes(self) -> int:
        """What the client has not taken yet, beyond the kernel's buffers (FLOW-1)."""
        return self._backlog_bytes + self.transport.get_write_buffer_size()

    def end(self, code: int, reason: str) -> None:
        """Sends a close frame, after what was written before it, and leaves the client some seconds to answer.

        A long backlog is given up: who did not read it will not read it now.
        """
        if self._phase in (_Phase.CLOSING, _Phase.CLOSED):
            return
        if self._protocol.state is not State.OPEN:
            self.transport.close()
            return
        if self.backlog and self._backlog_bytes <= _MAX_WRITE_BYTES:
            self.transport.write(b"".join(self.backlog))
        self._protocol.send_close(code, _fitting(reason))
        self._flush()
        self._closing()

    @property
    def is_waiting(self) -> bool:
        return self.backlog is not None

    @property
    def peer(self) -> str:
        return str(self.transport.get_extra_info("peername"))

    @property
    def is_open(self) -> bool:
        return self._phase is _Phase.OPEN

    # Handshake and sign-in

    def _handshake(self, request: Request) -> None:
        protocol = self._protocol
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        refusal = self._live.origins.refuse(headers.get("origin"), headers.get("host"))
        peer = self.transport.get_extra_info("peername")
        address = self._live.address_of(peer[0] if isinstance(peer, tuple) else "", headers)
        if refusal is None and (refusal := self._live.quota.arrive(address)) is None:
            self.address = address
        response = protocol.accept(request) if refusal is None else protocol.reject(403, refusal + "\n")
        protocol.send_response(response)
        self._flush()
        if response.status_code != 101:
            self._live.refused(
                self, response.status_code, refusal or response.body.decode("utf-8", "replace")
            )
            self._closing()
            return
        for extension in protocol.extensions:
            if isinstance(extension, PerMessageDeflate):
                self.window_bits = extension.local_max_window_bits
        self._identify(LiveRequest(request.path, headers, address or None))

    def _identify(self, request: LiveRequest) -> None:
        self._phase = _Phase.IDENTIFYING
        self._request = request
        self.transport.pause_reading()
        self._task = self._loop.create_task(self._decide(request))

    async def _decide(self, request: LiveRequest) -> None:
        try:
            identity = await self._live.identify(request)
        except Exception:
            # Whoever cannot be identified must not be let in, and must not be told that they may not come back.
            _logger.exception("a live connection could not be identified")
            self._task = None
            self.end(1011, "the server failed; try again")
            return
        self._task = None
        if self._phase is not _Phase.IDENTIFYING:
            return
        self.transport.resume_reading()
        match identity:
            case Person():
                self._request = None
                self._cancel_timer()
                self._phase = _Phase.OPEN
                self.person = identity
                self._live.opened(self, identity)
            case NeedsToken() if request.token is None:
                self._phase = _Phase.AWAITING_TOKEN
                self._timer = self._loop.call_later(
                    self._live.limits.token_within_ms / 1000, self._refuse, "no auth frame came in time"
                )
            case NeedsToken():
                self._refuse("that token is not known")
            case Refused(code, reason):
                self._live.refused(self, code, reason)
                self.end(code, reason)

    def _refuse(self, reason: str) -> None:
        self._live.refused(self, CloseCode.NOT_SIGNED_IN, reason)
        self.end(CloseCode.NOT_SIGNED_IN, reason)

    def _token(self, data: bytes) -> None:
        try:
            frame = decode_up(data)
        except ProtocolError as error:
            self._refuse(error.message)
            return
        if not isinstance(frame, Auth) or self._request is None:
            self._refuse("an auth frame was expected first")
            return
        self._cancel_timer()
        self._identify(replace(self._request, token=frame.token))

    # Frames

    def _frame(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT | Opcode.CONT:
                self._part(bytes(frame.data), is_last=frame.fin)
            case Opcode.PING | Opcode.PONG:
                self._sign_of_life()
            case Opcode.BINARY:
                self.end(_UNSUPPORTED, "text frames with one JSON object each were expected")
            case Opcode.CLOSE:
                self._live.left(self)

    def _part(self, data: bytes, *, is_last: bool) -> None:
        if not is_last or self._fragments is not None:
            self._fragments = [*(self._fragments or ()), data]
            if not is_last:
                self._sign_of_life()
                return
            data = b"".join(self._fragments)
            self._fragments = None
        try:
            data.decode()
        except UnicodeDecodeError as error:
            self.end(_INVALID_DATA, f"UTF-8 was expected: {error.reason} at {error.start}")
            return
        if self._phase is _Phase.OPEN:
            self._live.received(self, data)
        elif self._phase is _Phase.AWAITING_TOKEN:
            self._token(data)
        else:
            self._sign_of_life()

    def _sign_of_life(self) -> None:
        """Counts against the client's bucket like any frame: a flood of pings is a flood."""
        if self._phase is _Phase.OPEN:
            self._live.heard(self)
            return
        self._early_frames += 1
        if self._early_frames > _EARLY_FRAMES:
            self.end(CloseCode.PROTOCOL_ERROR, "too many frames before signing in")

    # Ends

    def _flush(self) -> None:
        """Writes what the protocol has to say: pongs, the close frame, the end of the stream."""
        for data in self._protocol.data_to_send():
            if data:
                if self._phase not in (_Phase.CLOSING, _Phase.CLOSED):
                    self.transport.write(data)
            elif self.transport.can_write_eof() and self._protocol.close_rcvd is None:
                # The client has to learn why before it sees a reset, so reading goes on until it hangs up.
                self.transport.write_eof()
                self._closing()
            else:
                self.transport.close()
                self._closing()

    def _closing(self) -> None:
        if self._phase in (_Phase.CLOSING, _Phase.CLOSED):
            return
        self._phase = _Phase.CLOSING
        self._live.left(self)
        self._cancel_timer()
        within_ms = self._live.limits.close_within_ms
        if self.person is None:
            within_ms = min(within_ms, STRANGER_CLOSES_WITHIN_MS)
        self._timer = self._loop.call_later(within_ms / 1000, self.transport.abort)
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.transport.resume_reading()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _fitting(reason: str) -> str:
    """The RFC gives a reason 123 bytes."""
    return reason.encode()[:123].decode(errors="ignore")
