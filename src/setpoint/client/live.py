"""The socket and the timer around `setpoint.core.link`: carries out its effects and decides nothing.

The program sets the pace: each frame is passed on before the next one is read. A slow program slows down its own TCP
connection, and no queue grows. The queue of frames to send is bounded too: if the server does not read, the connection
ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias, assert_never
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from setpoint.contract.live import (
    SUBPROTOCOL,
    Auth,
    CloseCode,
    Delta,
    Hello,
    Ping,
    Snapshot,
    Up,
    decode_down,
    encode,
)
from setpoint.core.link import (
    Closed,
    Connect,
    Deliver,
    Drop,
    Effect,
    Event,
    GapFound,
    Link,
    Notify,
    NotifyTopic,
    Received,
    Refetch,
    Refused,
    ScheduleAt,
    SendFrame,
    Start,
    Stop,
    Wake,
    step,
)
from setpoint.errors import ProtocolError

log = logging.getLogger("setpoint.client")

MAX_OUTBOX_FRAMES = 4_096
"""Twice what a client may subscribe to (FLOW-2)."""
MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024

Spawn: TypeAlias = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
_REFUSED_STATUS = {401: CloseCode.NOT_SIGNED_IN, 403: CloseCode.FORBIDDEN}


class LiveSocket:
    """One client's connection to ``/live``.

    ``on_frame`` gets the frames that the link delivers, ``on_effect`` its other effects (states, gaps, refusals).
    ``on_again`` is called after every ``hello`` but the first. ``spawn`` starts a task in the owner's task group.
    ``jitter`` returns numbers in [0, 1) for the back-off.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None,
        query: dict[str, str],
        on_frame: Callable[[Hello | Snapshot | Delta], None],
        on_effect: Callable[[Notify | NotifyTopic | GapFound | Refused], None],
        on_again: Callable[[], object],
        spawn: Spawn,
        now_ms: Callable[[], int],
        jitter: Callable[[], float],
    ) -> None:
        self.link = Link()
        self._url = f"{url}?{urlencode(query)}" if query else url
        self._token = token
        self._on_frame = on_frame
        self._on_effect = on_effect
        self._on_again = on_again
        self._spawn = spawn
        self._now_ms = now_ms
        self._jitter = jitter
        self._server_clock: tuple[float, int] | None = None
        """The ``ts`` of the last ``hello`` or ``ping``, and when that arrived."""
        self._socket: asyncio.Task[None] | None = None
        self._websocket: ClientConnection | None = None
        self._outbox: asyncio.Queue[Up] = asyncio.Queue(MAX_OUTBOX_FRAMES)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self.feed(Start())

    def server_ts(self, now_ms: int) -> float | None:
        """The current time by the server's clock: its last ``ts`` plus the time since. None before the first one."""
        if self._server_clock is None:
            return None
        ts, at_ms = self._server_clock
        return ts + (now_ms - at_ms) / 1000

    async def stop(self) -> None:
        """Closes the socket, if there is one, and stops the link."""
        if self._websocket:
            await self._websocket.close(CloseCode.GOING_AWAY)
        self.feed(Stop())

    def feed(self, event: Event) -> None:
        """Passes one event to the link, and carries out its effects in order."""
        self.link, effects = step(self.link, event, self._now_ms())
        for effect in effects:
            self._play(effect)

    def _play(self, effect: Effect) -> None:
        match effect:
            case Deliver(frame=frame):
                self._on_frame(frame)
            case SendFrame(frame=frame):
                self._send(frame)
            case Connect(socket=socket):
                self._outbox = asyncio.Queue(MAX_OUTBOX_FRAMES)
                self._socket = self._spawn(self._live(socket))
            case Drop():
                self._cancel()
            case ScheduleAt(at_ms=at_ms):
                self._schedule(at_ms)
            case Notify() | NotifyTopic() | GapFound() | Refused():
                self._on_effect(effect)
            case Refetch():
                self._on_again()  # the store itself asks for open batches, when it gets the hello
            case _:
                assert_never(effect)

    def _send(self, frame: Up) -> None:
        try:
            self._outbox.put_nowait(frame)
        except asyncio.QueueFull:
            socket = self.link.sockets
            asyncio.get_running_loop().call_soon(lambda: self._abandon(socket))

    def _abandon(self, socket: int) -> None:
        log.warning("the server reads nothing: %d frames wait; closing the connection", MAX_OUTBOX_FRAMES)
        self._cancel()
        self._lost(socket, 1006, "the server reads nothing")

    def _cancel(self) -> None:
        if self._socket:
            self._socket.cancel()
        self._socket = None

    def _schedule(self, at_ms: int | None) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if at_ms is not None:
            delay_s = max(at_ms - self._now_ms(), 0) / 1000
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay_s, lambda: self.feed(Wake(self._jitter())))

    async def _live(self, socket: int) -> None:
        """One socket from its opening to its end. If it is not cancelled, it tells the link that it has ended."""
        try:
            async with connect(
                self._url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                max_size=MAX_SNAPSHOT_BYTES,
                open_timeout=None,
                ping_interval=None,
                close_timeout=1,
            ) as self._websocket:
                code, reason = await self._converse(socket, self._websocket)
        except InvalidStatus as error:
            status = error.response.status_code
            # A server that was reached before refuses people with a close code; this comes from something in front of
            # it, such as a proxy.
            refused = _REFUSED_STATUS if self._server_clock is None else {}
            code, reason = refused.get(status, 1006), f"the server answered {status}"
        except (OSError, EOFError, InvalidHandshake) as error:
            code, reason = 1006, str(error)
        finally:
            self._websocket = None
        self._lost(socket, code, reason)

    def _lost(self, socket: int, code: int, reason: str) -> None:
        self.feed(Closed(socket, self._jitter(), code, reason))

    async def _converse(self, socket: int, websocket: ClientConnection) -> tuple[int, str]:
        """Runs until the socket is closed. Returns its close code and reason."""
        if self._token:
            self._outbox.put_nowait(Auth(self._token))
        writer = asyncio.create_task(self._write(websocket))
        try:
            async for message in websocket:
                frame = decode_down(message)
                if isinstance(frame, Hello | Ping):
                    self._server_clock = (frame.ts, self._now_ms())
                self.feed(Received(socket, frame))
        except ProtocolError as error:
            log.warning("the server sent a frame that this client does not understand: %s", error)
            await websocket.close(CloseCode.PROTOCOL_ERROR, "not understood")
            return CloseCode.PROTOCOL_ERROR, error.message
        except ConnectionClosed:
            pass
        except asyncio.CancelledError:
            websocket.transport.abort()
            raise
        finally:
            writer.cancel()
        return websocket.close_code or 1006, websocket.close_reason or ""

    async def _write(self, websocket: ClientConnection) -> None:
        outbox = self._outbox
        with suppress(ConnectionClosed):
            while True:
                await websocket.send(encode(await outbox.get()), text=True)
