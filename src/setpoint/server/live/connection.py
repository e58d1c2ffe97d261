"""One live connection: handshake, sign-in, messages in, frames out, and its end.

`setpoint.server.live.states` has its states, `setpoint.server.live.flow` its sending half.
`websockets.server.ServerProtocol` implements the RFC. Frames to the client do not pass through it; they are written to
the transport as they are. After a close frame was sent, incoming data is discarded until the client has answered or
some seconds have passed; then the connection is cut.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State as ProtocolState
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from setpoint.contract.live import MAX_FRAME_BYTES, SUBPROTOCOL, Auth, CloseCode, decode_up
from setpoint.core.plant import Person
from setpoint.errors import ProtocolError
from setpoint.server.live.base import FORBIDDEN, NO_TOKEN, TOO_MANY, Live, silent_code
from setpoint.server.live.flow import FlowControl
from setpoint.server.live.identity import Identity, LiveRequest, NeedsToken, Refused, headers_of
from setpoint.server.live.states import (
    CLOSED,
    HANDSHAKE,
    OPEN,
    AwaitingToken,
    Closed,
    Closing,
    Identifying,
    State,
    end_of,
)

_logger = logging.getLogger("setpoint.live.websocket")
_logger.setLevel(logging.WARNING)  # `websockets` logs each opening and closing at INFO

STRANGER_CLOSES_WITHIN_MS = 1_000
"""The limit for clients that never signed in. They read the reason within a second, or never."""

_EARLY_FRAMES = 16
_PIECE_BYTES = 1024
"""The bytes that are parsed in one step, so that a flood is not parsed any further after it has ended the conversation.
A read has up to 256 KiB."""
_LATE_FRAMES = 100
"""The frames that are parsed after the close frame was sent, to find the client's own. Then reading stops."""
_FRAME_COSTS = 64
"""The bytes that a frame before `hello` counts in addition to its own."""
_ENDING = (Closing, Closed)
_UNSUPPORTED = 1003
_INVALID_DATA = 1007
_FAILED = 1011

_DEFLATE = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)


class _ServerProtocol(ServerProtocol):
    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        """``setpoint.v1`` if it was offered; a client need not offer it."""
        return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in subprotocols else None


class LiveConnection(FlowControl):
    """A session, as the hub knows it. ``window_bits`` is 0 if frames are sent uncompressed.

    ``person`` is None until somebody has signed in; after that, it does not change.
    """

    __slots__ = (
        "_connections",
        "_fragments",
        "_late_frames",
        "_loop",
        "_protocol",
        "_state",
        "address",
        "person",
        "session",
        "window_bits",
    )

    def __init__(self, live: Live, connections: set[Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(live)
        self._connections = connections
        self._loop = loop
        self._state: State = HANDSHAKE
        self._protocol = _ServerProtocol(
            extensions=(_DEFLATE,) if live.limits.compresses else None,
            max_size=MAX_FRAME_BYTES,
            logger=_logger,
        )
        self._fragments: list[bytes] | None = None
        self._late_frames = 0
        self.address: str | None = None
        self.person: Person | None = None
        self.session = ""
        self.window_bits = 0

    @property
    def peer(self) -> str:
        return str(self.transport.get_extra_info("peername"))

    @property
    def is_open(self) -> bool:
        return self._state is OPEN

    @property
    def _is_ending(self) -> bool:
        return isinstance(self._state, _ENDING)

    def _become(self, state: State) -> None:
        end_of(self._state)
        if isinstance(self._state, AwaitingToken) and self.address is not None:
            self._live.quota.waits_no_more(self, self.address)
        self._state = state
        if isinstance(state, AwaitingToken) and self.address is not None:
            self._live.quota.waits(self, self.address)

    def give_way(self) -> None:
        """Closes this connection, which has not signed in, because another one of its address needs the place."""
        state, address = self._state, self.address
        assert isinstance(state, AwaitingToken)
        assert address is not None
        self._refuse(NO_TOKEN, silent_code(state.request))
        self._live.quota.leave(address, None)
        self.address = None
        self.transport.close()  # the reason is on its way; nobody waits for the answer to it

    def _flow_changed(self) -> None:
        self._live.flow_changed(self)

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE_BYTES):
            if self._late_frames > _LATE_FRAMES:
                if not self.transport.is_closing():
                    self.transport.pause_reading()  # until the connection is cut
                return
            self._parse(data[start : start + _PIECE_BYTES])

    def _parse(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._handshake(event)
            elif isinstance(event, Frame):
                if self._is_ending:
                    self._late_frames += 1
                else:
                    self._frame(event)
        self._flush()

    def eof_received(self) -> None:
        """The transport closes itself, and `connection_lost` follows."""
        self._stop_writing_directly()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's
        self._stop_writing_directly()
        self._become(CLOSED)
        self._connections.discard(self)
        self._live.lost(self)
        _take_apart(self._protocol)

    # Called by uvicorn

    def shutdown(self) -> None:
        """The server stops: closes with 1012, and says when to come back (CODE-1)."""
        self._live.send_away(self)

    # Handshake and sign-in

    def _handshake(self, request: Request) -> None:
        protocol = self._protocol
        headers = headers_of(request.headers.raw_items())
        refusal, status = self._live.origins.refuse(headers.get("origin"), headers.get("host")), FORBIDDEN
        peer = self.transport.get_extra_info("peername")
        address = self._live.address_of(peer[0] if isinstance(peer, tuple) else "", headers)
        if refusal is None:
            refusal, status = self._live.quota.arrive(address), TOO_MANY
            self.address = address if refusal is None else None
        response = protocol.accept(request) if refusal is None else protocol.reject(status, refusal + "\n")
        protocol.send_response(response)
        # The library's parser keeps the request as long as the connection lasts. A browser's headers are some KB.
        request.headers.clear()
        self._flush()
        if response.status_code != 101:
            self._live.refused(
                self, response.status_code, refusal or response.body.decode("utf-8", "replace")
            )
            self._close_soon()
            return
        for extension in protocol.extensions:
            if isinstance(extension, PerMessageDeflate):
                self.window_bits = extension.local_max_window_bits
        self._identify(LiveRequest(request.path, headers, address or None))

    def _identify(self, request: LiveRequest, early_frames: int = 0) -> None:
        self.transport.pause_reading()
        task = asyncio.ensure_future(self._live.identify(request), loop=self._loop)
        self._become(Identifying(request, task, early_frames))
        task.add_done_callback(self._identified)

    def _identified(self, task: asyncio.Future[Identity]) -> None:
        state = self._state
        if task.cancelled() or not isinstance(state, Identifying):
            return
        if (error := task.exception()) is not None:
            # An unidentified client is not admitted, but must not be told that it may never come back.
            _logger.error("a live connection could not be identified", exc_info=error)
            self.end(_FAILED, "the server failed; try again")
            return
        self.transport.resume_reading()
        match task.result():
            case Person() as person:
                self._become(OPEN)
                self.person = person
                self._live.opened(self, person)
            case NeedsToken() if state.request.token is None:
                within_s = self._live.limits.token_within_ms / 1000
                timer = self._loop.call_later(within_s, self._refuse, NO_TOKEN, silent_code(state.request))
                self._become(AwaitingToken(state.request, timer, state.early_frames))
            case NeedsToken():
                self._refuse("that token is not known")
            case Refused(code, reason):
                self._live.refused(self, code, reason)
                self.end(code, reason)
        for data in state.waiting:
            if not self._is_ending:
                self._message(data)

    def _refuse(self, reason: str, code: CloseCode = CloseCode.NOT_SIGNED_IN) -> None:
        self._live.refused(self, code, reason)
        self.end(code, reason)

    def _token(self, state: AwaitingToken, data: bytes) -> None:
        try:
            frame = decode_up(data)
        except ProtocolError as error:
            self._refuse(error.message)
            return
        if not isinstance(frame, Auth):
            self._refuse("expected an auth frame first")
            return
        self._identify(replace(state.request, token=frame.token), state.early_frames)

    # Frames

    def _frame(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT | Opcode.CONT:
                self._part(bytes(frame.data), is_last=frame.fin)
            case Opcode.PING | Opcode.PONG:
                self._sign_of_life()
            case Opcode.BINARY:
                self.end(_UNSUPPORTED, "expected text frames with one JSON object each")
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
            self.end(_INVALID_DATA, f"expected UTF-8: {error.reason} at {error.start}")
            return
        self._message(data)

    def _message(self, data: bytes) -> None:
        if self.is_open:
            self._live.received(self, data)
        elif isinstance(self._state, AwaitingToken):
            self._token(self._state, data)
        elif isinstance(self._state, Identifying):
            self._keep_waiting(self._state, data)

    def _keep_waiting(self, state: Identifying, data: bytes) -> None:
        """The message came before `hello`, in the same read as the one before it (FLOW-2)."""
        state.waiting.append(data)
        state.waiting_bytes += len(data) + _FRAME_COSTS
        if state.waiting_bytes > MAX_FRAME_BYTES:
            self.end(CloseCode.PROTOCOL_ERROR, "too many frames before signing in")

    def _sign_of_life(self) -> None:
        """Counts against the client's bucket like any frame: a flood of pings is a flood."""
        if self.is_open:
            self._live.touched(self)
        elif isinstance(self._state, Identifying | AwaitingToken):
            self._state.early_frames += 1
            if self._state.early_frames > _EARLY_FRAMES:
                self.end(CloseCode.PROTOCOL_ERROR, "too many frames before signing in")

    # Ends

    def end(self, code: int, reason: str) -> None:
        """Sends a close frame, after what was written before it, and leaves the client some seconds to answer."""
        if self._is_ending:
            return
        if self._protocol.state is not ProtocolState.OPEN:
            self.transport.close()
            return
        self._write_rest()
        self._protocol.send_close(code, _fitting(reason))
        self._flush()
        self._close_soon()

    def _flush(self) -> None:
        """Writes the protocol's own output: pongs, the close frame, the end of the stream."""
        for data in self._protocol.data_to_send():
            if data:
                if not self._is_ending:
                    self._write_by_transport(data)
            elif self.transport.can_write_eof() and self._protocol.close_rcvd is None:
                # The client must get the reason before it sees a reset, so reading continues until it hangs up.
                self.transport.write_eof()
                self._close_soon()
            else:
                self.transport.close()
                self._close_soon()

    def _close_soon(self) -> None:
        if self._is_ending:
            return
        within_ms = self._live.limits.close_within_ms
        if self.person is None:
            within_ms = min(within_ms, STRANGER_CLOSES_WITHIN_MS)
        self._become(Closing(self._loop.call_later(within_ms / 1000, self.transport.abort)))
        self._live.left(self)
        self.transport.resume_reading()


def _take_apart(protocol: ServerProtocol) -> None:
    """The library's protocol refers to itself, by its parser and its errors. It holds the compression's buffers, which
    would otherwise stay until the garbage collector looks at them.
    """
    protocol.parser.close()
    protocol.parser_exc = protocol.handshake_exc = None


def _fitting(reason: str) -> str:
    """The reason, cut to the 123 bytes that the RFC allows."""
    return reason.encode()[:123].decode(errors="ignore")
