"""The HTTP protocol below ASGI. It handles clients that ASGI never sees: silent and very slow ones.

uvicorn limits the pause between two requests, but not the time before the first. Here a request's headers must arrive
within some seconds and some kilobytes, counted from the connection or from the previous answer, and each address may
open a limited number of connections. Trusted proxies are not counted; they limit their own clients. If an address has
too many, the listener closes the connection that has been idle for longest. So nobody behind a gateway is kept out by
connections that another person holds there.

Bytes that carry nothing cost nothing: requests that come before their turn, chunks that are mostly framing, and bodies
that nobody waits for are bounded, and a read is parsed in pieces, so that no connection takes the loop for long.

Answers that their clients do not read wait in memory, which is bounded too: a client has to read at some minimum speed,
and gets its next answer only after it has read this one. If too much waits in total, one connection is cut: of the
address with the most waiting data, the one with the largest answer.

When a connection becomes a WebSocket, it leaves this protocol, and the live server limits it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from setpoint.core.limits import Quota, counted_as
from setpoint.server.edge.proxies import Proxies

_LINE = 4
"""The bytes of a header's line in addition to its name and value."""
_PIECE_BYTES = 16 * 1024
"""The bytes that are parsed at once. A read has up to 256 KiB."""
_MAX_EXCESS_BYTES = 16 * 1024
"""The framing of a chunked body may take twice the body's size, and this much more: chunks of one byte are allowed, but
not without end."""
_UNWANTED_EVERY_S = 0.01
"""The pause between two reads of a body whose answer has been sent."""


@dataclass(frozen=True, slots=True)
class ListenerLimits:
    head_within_s: float = 5.0
    max_head_bytes: int = 32 * 1024
    max_pipelined: int = 32
    """Requests of one connection that wait for the answers to those before them."""
    max_connections_an_address: int = 1_000
    max_connections: int = 20_000
    drain_within_s: float = 30.0
    """How long an answer waits for a client that reads less than ``min_bytes_per_s``."""
    min_bytes_per_s: int = 16 * 1024
    max_waiting_bytes: int = 256 * 1024 * 1024
    """The total size of answers that wait for their clients: several of the largest workbooks."""


class Connections:
    """All connections of the server, by address."""

    def __init__(self, limits: ListenerLimits, proxies: Proxies) -> None:
        self.limits = limits
        self.refused = 0
        self._proxies = proxies
        self._addresses = Quota(limits.max_connections_an_address)
        self._silent: dict[str, dict[Listener, None]] = {}
        """By address: connections without any request yet, in the order of their arrival."""
        self._idle: dict[str, dict[Listener, None]] = {}
        """By address: connections between two requests, the longest idle first."""
        self._waiting: dict[Listener, int] = {}
        """The bytes that wait for each client, in the order in which they began to wait."""
        self._waiting_bytes = 0

    @property
    def total(self) -> int:
        return self._addresses.total

    def take(self, address: str) -> bool:
        """Whether one more is allowed. If so, it is counted until `give_back`."""
        counted = counted_as(address)
        is_greedy = self._addresses.is_full(counted) and not self._proxies.trusts(address)
        is_full = is_greedy or self.total >= self.limits.max_connections
        if is_full and not self._make_room(counted if is_greedy else self._addresses.greediest()):
            self.refused += 1
            return False
        self._addresses.take(counted)
        return True

    def _make_room(self, counted: str) -> bool:
        """Closes the connection of this address that has been idle for longest. Returns False if all are in use."""
        for idle in (self._silent, self._idle):
            if (waiting := idle.get(counted)) is not None:
                next(iter(waiting)).give_way()
                return True
        return False

    def is_idle(self, client: Listener, address: str, *, has_asked: bool) -> None:
        """The connection waits for a request: its first one, or the next."""
        self.is_busy(client, address)
        idle = self._idle if has_asked else self._silent
        idle.setdefault(counted_as(address), {})[client] = None

    def is_busy(self, client: Listener, address: str) -> None:
        """The connection does not wait for a request any more."""
        counted = counted_as(address)
        for idle in (self._silent, self._idle):
            if (waiting := idle.get(counted)) is not None:
                waiting.pop(client, None)
                if not waiting:
                    del idle[counted]

    def give_back(self, address: str) -> None:
        self._addresses.give_back(counted_as(address))

    def waits(self, client: Listener, size: int) -> None:
        self._waiting_bytes += size - self._waiting.get(client, 0)
        self._waiting[client] = size
        while self._waiting_bytes > self.limits.max_waiting_bytes:
            self._give_up_one()

    def waits_no_more(self, client: Listener) -> None:
        self._waiting_bytes -= self._waiting.pop(client, 0)

    def _give_up_one(self) -> None:
        by_address: Counter[str] = Counter()
        for client, size in self._waiting.items():
            by_address[counted_as(client.address or "")] += size
        ((greediest, _),) = by_address.most_common(1)
        theirs = [each for each in self._waiting if counted_as(each.address or "") == greediest]
        victim = max(theirs, key=self._waiting.__getitem__)  # the oldest, if several are equal
        self.waits_no_more(victim)
        victim.transport.abort()


class Listener(HttpToolsProtocol):
    """One connection. Made by uvicorn through the class that `listener` returns."""

    bounds: Connections

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.address: str | None = None
        self._head_bytes = 0
        self._head_fields = 0
        self._is_too_large = False
        self._has_ended = False
        """Nothing more is read: too many requests wait, or the connection is a WebSocket's now."""
        self._body_bytes = 0
        """Of the piece that is being parsed."""
        self._excess_bytes = 0
        self._is_complete = False
        """An answer has been made, and its client has not read it yet."""
        self._awaits_head = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._drain_timer: asyncio.TimerHandle | None = None

    # Called by the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self.bounds.take(address):
            transport.write(_FULL)
            transport.close()
            return
        self.address = address
        self.bounds.is_idle(self, address, has_asked=False)
        self._arm()

    def give_way(self) -> None:
        """Closes the connection, which waits for a request, so that another one has room."""
        self._has_ended = True
        self._release()
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE_BYTES):
            if self.address is None or self._is_too_large or self._has_ended or self.transport.is_closing():
                return
            self._parse(data[start : start + _PIECE_BYTES])
        cycle: RequestResponseCycle | None = self.cycle
        if not self._awaits_head and cycle is not None and cycle.response_complete:
            self._read_no_faster()

    def _parse(self, piece: bytes) -> None:
        is_body = not self._awaits_head
        self._body_bytes = 0
        if self._awaits_head:
            self._arm()
            self._head_bytes += len(piece)
        super().data_received(piece)
        if self._awaits_head:
            if self._head_bytes > self.bounds.limits.max_head_bytes:
                self.transport.write(_HEAD_TOO_LARGE)
                self.transport.close()
        elif is_body:
            self._excess_bytes = max(0, self._excess_bytes + len(piece) - 3 * self._body_bytes)
            if self._excess_bytes > _MAX_EXCESS_BYTES:
                self.transport.write(_TOO_MUCH_FRAMING)
                self.transport.close()

    def _read_no_faster(self) -> None:
        """Reads the rest of a body slowly. The answer has been sent, and nobody needs the body. The client must see the
        answer, so the connection is not cut yet (`_too_slow` does that)."""
        self.flow.pause_reading()
        self.loop.call_later(_UNWANTED_EVERY_S, self._read_on)

    def _read_on(self) -> None:
        if self._drain_timer is None and not self.transport.is_closing():
            self.flow.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._release()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.flow.pause_reading()
        self._waits()

    def resume_writing(self) -> None:
        self._waits_no_more()
        super().resume_writing()
        self.flow.resume_reading()
        if self._is_complete:
            self._is_complete = False
            self._next_request()

    # Called by the parser and by the answer

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + _LINE)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        """Counts headers as they are parsed, because `_head_bytes` is checked only while the head is incomplete, and
        headers may arrive all at once."""
        self._head_fields += size
        if self._head_fields > self.bounds.limits.max_head_bytes:
            self._is_too_large = True
            # This ends the parsing, and `send_400_response` answers.
            raise ValueError("the head is too large")

    def send_400_response(self, msg: str) -> None:
        if self._is_too_large:
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()
        elif not self._has_ended:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= self.bounds.limits.max_pipelined:
            self._has_ended = True  # those before it are answered, and then the connection is closed
            raise ValueError("too many requests wait")  # this ends the parsing
        self._awaits_head = True
        self._head_fields = 0
        self._arm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._awaits_head = False
        self._head_bytes = self._excess_bytes = 0
        self._disarm()
        if self.address is not None:
            self.bounds.is_busy(self, self.address)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._awaits_head = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.response_complete and not self.pipeline:
            self._waits_for_request()  # the answer came before the whole body

    def on_response_complete(self) -> None:
        if self._drain_timer is not None:
            self._is_complete = True  # the next request is handled when this answer has been read
        else:
            self._next_request()
        if not self._awaits_head:
            self._arm()  # The answer was sent before the whole body arrived, so the rest must arrive soon.

    def _next_request(self) -> None:
        was_last = not self.pipeline
        super().on_response_complete()
        if self._has_ended and was_last:
            self.transport.close()
        elif self.pipeline:
            self.flow.pause_reading()  # those that wait come first
        elif self._awaits_head:
            self._waits_for_request()

    def _waits_for_request(self) -> None:
        if self.address is not None:
            self.bounds.is_idle(self, self.address, has_asked=True)

    def handle_websocket_upgrade(self) -> None:
        self._has_ended = True
        self._release()
        super().handle_websocket_upgrade()

    # Timers and counts

    def _arm(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.bounds.limits.head_within_s, self._too_slow)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._arm()  # Data arrived behind a request that is being answered; check again when it is done.
            return
        if self._awaits_head and self._head_bytes:
            self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _waits(self) -> None:
        left, limits = self.transport.get_write_buffer_size(), self.bounds.limits
        self.bounds.waits(self, left)
        self._drain_timer = self.loop.call_later(limits.drain_within_s, self._look_at_reader, left)

    def _look_at_reader(self, left: int) -> None:
        limits = self.bounds.limits
        read = left - self.transport.get_write_buffer_size()
        if read < limits.drain_within_s * limits.min_bytes_per_s:
            self.transport.abort()
        else:
            self._waits()

    def _waits_no_more(self) -> None:
        self.bounds.waits_no_more(self)
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None

    def _release(self) -> None:
        self._disarm()
        self._waits_no_more()
        if self.address is not None:
            self.bounds.is_busy(self, self.address)
            self.bounds.give_back(self.address)
            self.address = None


def listener(limits: ListenerLimits | None = None, proxies: Proxies | None = None) -> type[asyncio.Protocol]:
    """The class for uvicorn's ``http=``."""
    shared = Connections(limits or ListenerLimits(), proxies or Proxies())

    class Bound(Listener):
        bounds = shared

    return Bound


def _closing(status: str, text: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    return f"{head}content-length: {len(text)}\r\n\r\n{text}".encode("ascii")


_FULL = _closing(
    "503 Service Unavailable", "too many connections from this address; close some and try again\n"
)
_HEAD_TOO_LARGE = _closing(
    "431 Request Header Fields Too Large", "the head of a request has at most 32 KiB\n"
)
_TOO_MUCH_FRAMING = _closing(
    "400 Bad Request", "the chunks of the body are mostly framing; send larger chunks\n"
)
_TOO_SLOW = _closing("408 Request Timeout", "the head of the request did not come in time\n")
