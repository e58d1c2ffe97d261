"""The network. Sockets keep their order, and may stall or be cut. Requests and their answers may get lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.clock import Clock

from setpoint.contract.http.batches import BatchAnswer, BatchKind, BatchRequest
from setpoint.core.hub import HubLimits
from setpoint.core.plant import Person
from setpoint.errors import RequestError

if TYPE_CHECKING:
    from tests.simulation.server import Server

Outcome = BatchAnswer | RequestError | None
"""The result of a request: an answer, a refusal, or None if nothing comes."""
Follows = tuple[str, BatchKind]
"""The txId of an earlier batch, and whether the new one undoes or retries it."""


LATE_MS = (500, 8_000)
"""How long a request may wait at the server before it is read."""


class Network:
    """The delays and losses of the network. ``server`` is None while no server is up.

    ``late`` is the share of requests that the server reads late. ``limits`` are the limits of the hub.
    """

    def __init__(self, clock: Clock, limits: HubLimits) -> None:
        self.clock = clock
        self.limits = limits
        self.server: Server | None = None
        self.delay_ms = (1, 20)
        self.loss = 0.0
        self.repeats = 0.0
        self.late = 0.0
        self.is_down = False

    def delay(self) -> int:
        return self.clock.between(*self.delay_ms)

    def post(
        self,
        request: BatchRequest,
        person: Person,
        on_outcome: Callable[[Outcome], None],
        follows: Follows | None = None,
    ) -> None:
        """Sends a request. It may get lost or arrive twice, and its answer may get lost."""
        times = 2 if self.clock.chance(self.repeats) else 1
        for _ in range(times):
            if follows is None:
                self._request(lambda server, reply: server.post(request, person, reply), on_outcome)
            else:
                self._request(
                    lambda server, reply: server.again(*follows, request, person, reply), on_outcome
                )

    def cancel(self, tx_id: str, person: Person, on_outcome: Callable[[Outcome], None]) -> None:
        self._request(lambda server, reply: server.cancel(tx_id, person, reply), on_outcome)

    def confirm(
        self, tx_id: str, person: Person, asked_by: Person, on_outcome: Callable[[Outcome], None]
    ) -> None:
        self._request(lambda server, reply: server.confirm(tx_id, person, asked_by, reply), on_outcome)

    def get(self, tx_id: str, on_outcome: Callable[[Outcome], None]) -> None:
        self._request(lambda server, reply: server.get(tx_id, reply), on_outcome)

    def _request(
        self,
        serve: Callable[[Server, Callable[[BatchAnswer | RequestError], None]], None],
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        def arrive() -> None:
            server = self.server
            if server is None or self.is_down or self.clock.chance(self.loss):
                return
            if self.late and self.clock.chance(self.late):
                self.clock.after(self.clock.between(*LATE_MS), lambda: read(server))
            else:
                read(server)

        def read(server: Server) -> None:
            server.do(lambda: serve(server, lambda answer: self._answer(server, answer, on_outcome)))

        self.clock.after(self.delay(), arrive)

    def _answer(
        self, server: Server, answer: BatchAnswer | RequestError, on_outcome: Callable[[Outcome], None]
    ) -> None:
        if self.clock.chance(self.loss):
            return
        self.clock.after(self.delay(), lambda: on_outcome(answer) if server.is_alive else None)


class Session:
    """One WebSocket. Frames keep their order. Each end may stop reading, and notices a cut at its own time."""

    def __init__(
        self,
        network: Network,
        server: Server,
        name: str,
        *,
        receive: Callable[[bytes], None],
        end: Callable[[int, str], None],
    ) -> None:
        self.name = name
        self._network = network
        self._server = server
        self._receive = receive
        self._end = end
        self._unread: deque[bytes] = deque()
        self._held = 0
        self._size = 0
        self._is_high = False
        self._down_at_ms = 0
        self._up_at_ms = 0
        self.is_open = True
        self.is_stalled = False
        self.largest = 0
        self.largest_frame = 0

    # Server to client

    def down(self, data: bytes) -> None:
        if not self.is_open:
            return
        size = len(data)
        self._size += size
        self.largest = max(self.largest, self._size)
        self.largest_frame = max(self.largest_frame, size)
        self._unread.append(data)
        if self.is_stalled or self._held:
            self._held += 1
            return
        self._carry()

    def _carry(self) -> None:
        """Lets one more frame arrive: the oldest unread one, not necessarily the one that was just sent."""
        clock = self._network.clock
        at_ms = clock.now_ms + self._network.delay()
        self._down_at_ms = at_ms = max(at_ms, self._down_at_ms)
        clock.after(at_ms - clock.now_ms, self._arrived)

    def _arrived(self) -> None:
        if self.is_stalled:
            self._held += 1
            return
        data = self._unread.popleft()
        self._size -= len(data)
        if self.is_open:
            self.report_size()
            if not self._network.is_down:
                self._receive(data)
            else:
                self.cut()

    def report_size(self) -> None:
        """Tells the server when the buffer passes one of the transport's water marks, upwards or downwards."""
        limits = self._network.limits
        if not self._is_high and self._size > limits.max_buffer_bytes:
            self._is_high = True
            self._report_buffered(self._size)
        elif self._is_high and self._size <= limits.drained_bytes:
            self._is_high = False
            self._report_buffered(self._size)

    def _report_buffered(self, size: int) -> None:
        self._server.do(lambda: self._server.buffered(self, size))

    def stall(self, *, is_stalled: bool) -> None:
        """Makes the client's end stop reading, or read on."""
        self.is_stalled = is_stalled
        if not is_stalled:
            held, self._held = self._held, 0
            for _ in range(held):
                self._carry()

    # Client to server

    def up(self, data: bytes) -> None:
        clock = self._network.clock
        self._up_at_ms = max(self._up_at_ms, clock.now_ms + self._network.delay())
        clock.after(self._up_at_ms - clock.now_ms, lambda: self._risen(data))

    def _risen(self, data: bytes) -> None:
        if self._network.is_down:
            self.cut()  # a stream loses nothing but itself
        elif self.is_open:
            self._server.do(lambda: self._server.received(self, data))

    # Ends

    def cut(self) -> None:
        """Cuts the connection. Each end notices it later, at its own time."""
        self.close(1006, "")

    def close(self, code: int, reason: str) -> None:
        if not self.is_open:
            return
        self.is_open = False
        clock = self._network.clock
        clock.after(self._network.delay(), self._report_lost)
        clock.after(
            max(0, self._down_at_ms - clock.now_ms) + self._network.delay(), lambda: self._end(code, reason)
        )

    def leave(self) -> None:
        """The client closes the socket."""
        if self.is_open:
            self.is_open = False
            self._network.clock.after(self._network.delay(), self._report_lost)

    def _report_lost(self) -> None:
        self._server.do(lambda: self._server.lost(self))
