"""All live connections: turns the hub's effects into bytes, and problems of connections into events for the hub.

The loop over a topic's subscribers is the hot path of the whole product: one frame, built once, and one ``write`` for
each subscriber. If a call has several frames for a session, they leave in one system call.

Slow clients are found by the transport's own water marks, which cost nothing while all is well (FLOW-1). They can fire
in the middle of a fan-out, while the hub's containers must not change. So they are noted, and reported to the hub when
the fan-out is over.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

import structlog

from setpoint.contract.live import CloseCode, restart_reason
from setpoint.core.hub import Close, Effect, HubLimits, Send
from setpoint.core.plant import Person
from setpoint.server.live.base import LiveLimits, LiveSession
from setpoint.server.live.clock import Clock
from setpoint.server.live.core import LiveCore
from setpoint.server.live.frames import compressed_frame, text_frame
from setpoint.server.live.identity import Identify
from setpoint.server.live.log_limiter import LogRateLimiter
from setpoint.server.live.origin import OriginPolicy, Origins
from setpoint.server.live.quota import ConnectionQuota
from setpoint.server.live.router import UpgradeRouter

_log = structlog.get_logger("setpoint.live")

_GOLDEN = 0.6180339887498949
"""Its multiples, modulo 1, are spread evenly, however many there are (Weyl)."""


@dataclass(slots=True)
class LiveCounters:
    """Counters since the start, for the metrics; the hub counts deltas (`HubCounters`)."""

    opened: int = 0
    refused: int = 0
    frames: int = 0
    """Frames handed to transports, before they were gathered."""
    closed: dict[int, int] = field(default_factory=dict)
    """Connections that this server ended, by close code."""
    late_s: deque[float] = field(default_factory=lambda: deque(maxlen=1_200))
    """How late the ticks of the last five minutes were."""


class LiveServer:
    """Owns the hub's sessions. Give `protocol_class` to uvicorn's ``Config(ws=…)``, and call `tick` every 250 ms.

    ``core`` is the engine: it gets the sockets' input, and its frames are sent here at once.
    """

    def __init__(
        self,
        core: LiveCore[LiveSession],
        clock: Clock,
        identify: Identify,
        *,
        origins: Origins = OriginPolicy(),  # noqa: B008  # frozen
        limits: LiveLimits = LiveLimits(),  # noqa: B008  # frozen
        address_of: Callable[[str, Mapping[str, str]], str] = lambda peer, _: peer,
    ) -> None:
        self.core = core
        self.clock = clock
        self.identify = identify
        self.origins = origins
        self.limits = limits
        self.quota = ConnectionQuota(limits.quota)
        self.address_of = address_of
        """The caller's address, of the peer's and the request's headers: behind a proxy they differ."""
        self.counters = LiveCounters()
        self.protocol_class: type[UpgradeRouter] = type("LiveProtocol", (UpgradeRouter,), {"live": self})
        self._connections: dict[str, LiveSession] = {}
        self._is_playing = False
        self._is_sending_more = False
        self._flow: list[LiveSession] = []
        self._departures = count()
        self._refusals = LogRateLimiter()

    @property
    def hub_limits(self) -> HubLimits:
        return self.core.limits

    # Called by the runtime

    def tick(self, late_s: float = 0.0, /) -> None:
        """Ticks the hub, and sends what is due; ``late_s`` is how late the tick is, for the metrics."""
        self.counters.late_s.append(late_s)
        self.play(self.core.tick(self.clock.now_ms, self.clock.ts))

    def play(self, effects: Sequence[Effect[LiveSession]]) -> None:
        """Writes frames and ends connections, before anything else happens to the hub."""
        self._is_playing = True
        try:
            if len(effects) == 1 and isinstance(effects[0], Send):
                self._fan_out(effects[0])
            elif effects:
                self._gather(effects)
        finally:
            self._is_playing = False
        self._report_flow()
        self._send_more_soon()

    def shutdown(self) -> None:
        """Closes every connection with 1012. Each gets its own instant to come back, evenly over the spread
        (LINK-2)."""
        for connection in list(self._connections.values()):
            self.send_away(connection)

    def connections(self) -> Iterator[LiveSession]:
        """Every connection with an open session."""
        yield from self._connections.values()

    def people(self) -> Iterator[Person]:
        """The people with open connections; a person with several appears several times."""
        for connection in self._connections.values():
            if connection.person is not None:
                yield connection.person

    def end(self, via: str, code: int, reason: str) -> None:
        """Ends every connection of this session or token (`Person.via`)."""
        for connection in list(self._connections.values()):
            if connection.person is not None and connection.person.via == via:
                self._end(connection, code, reason)

    # Called by connections

    def opened(self, connection: LiveSession, person: Person) -> None:
        if (refusal := self.quota.known(person.name)) is not None:
            self.refused(connection, CloseCode.TOO_SLOW, refusal)
            connection.end(CloseCode.TOO_SLOW, refusal)
            return
        connection.session = secrets.token_urlsafe(9)
        self._connections[connection.session] = connection
        self.counters.opened += 1
        now_ms, ts = self.clock.now_ms, self.clock.ts
        self.play(self.core.open(connection, person, name=connection.session, now_ms=now_ms, ts=ts))

    def received(self, connection: LiveSession, data: bytes) -> None:
        self.play(self.core.received(connection, data, self.clock.now_ms, self.clock.ts))

    def touched(self, connection: LiveSession) -> None:
        self.play(self.core.touch(connection, self.clock.now_ms))

    def left(self, connection: LiveSession) -> None:
        """The connection takes no more frames."""
        self.core.close(connection, self.clock.now_ms)

    def lost(self, connection: LiveSession) -> None:
        self.core.close(connection, self.clock.now_ms)
        self._connections.pop(connection.session, None)
        if connection.address is not None:
            self.quota.leave(connection.address, connection.person.name if connection.person else None)

    def refused(self, connection: LiveSession, code: int, reason: str) -> None:
        self.counters.refused += 1
        if (left_out := self._refusals.turn(self.clock.now_ms)) is not None:
            more = {"untold": left_out} if left_out else {}
            _log.info(
                "live connection refused", code=code, reason=reason.strip(), peer=connection.peer, **more
            )

    def flow_changed(self, connection: LiveSession) -> None:
        """The amount that the connection has not taken yet passed a limit, upwards or downwards."""
        self._flow.append(connection)
        if not self._is_playing:
            self._report_flow()

    def drained(self) -> None:
        """Some connection has taken all of its waiting frames."""
        self._send_more_soon()

    def send_away(self, connection: LiveSession) -> None:
        retry_after_ms = int(next(self._departures) * _GOLDEN % 1 * self.limits.retry_spread_ms)
        self._end(connection, CloseCode.RESTART, restart_reason(retry_after_ms))

    # Bytes

    def _fan_out(self, send: Send[LiveSession]) -> None:
        data = send.data
        plain = text_frame(data)
        self.counters.frames += len(send.sessions)
        for connection in send.sessions:
            bits = connection.window_bits
            connection.write(compressed_frame(data, bits) if bits else plain)

    def _gather(self, effects: Sequence[Effect[LiveSession]]) -> None:
        # Most ticks give many sessions one frame, and some of them a second. Only those with several are gathered.
        *others, _ = sorted((each.sessions for each in effects if isinstance(each, Send)), key=len) or ((),)
        with_several = set(chain.from_iterable(others))
        outbox: dict[LiveSession, list[bytes]] = {}
        ends: list[Close[LiveSession]] = []
        for effect in effects:
            match effect:
                case Send(sessions, data):
                    plain = text_frame(data)
                    self.counters.frames += len(sessions)
                    for connection in sessions:
                        bits = connection.window_bits
                        frame = compressed_frame(data, bits) if bits else plain
                        if connection not in with_several:
                            connection.write(frame)
                        elif waiting := outbox.get(connection):
                            waiting.append(frame)
                        else:
                            outbox[connection] = [frame]
                case Close():
                    ends.append(effect)
        for connection, frames in outbox.items():
            connection.write_all(frames)
        for end in ends:
            self._end(end.session, end.code, end.reason)

    def _end(self, connection: LiveSession, code: int, reason: str) -> None:
        if connection.is_open:
            self.counters.closed[code] = self.counters.closed.get(code, 0) + 1
            if code in (CloseCode.NO_PONG, CloseCode.TOO_SLOW, CloseCode.PROTOCOL_ERROR):
                person = connection.person.name if connection.person else None
                _log.info("live connection ended", code=code, reason=reason, person=person)
        connection.end(code, reason)

    def _report_flow(self) -> None:
        while self._flow:
            noted, self._flow = self._flow, []
            for connection in noted:
                self._report_size(connection)

    def _report_size(self, connection: LiveSession) -> None:
        size = connection.buffered_bytes
        self.play(self.core.buffered(connection, size, self.clock.now_ms, self.clock.ts))

    def _send_more_soon(self) -> None:
        """Sends more snapshots to sessions that wait for them and have read what they had, one at a time."""
        if self._ready() is not None and not self._is_sending_more:
            self._is_sending_more = True
            asyncio.get_running_loop().call_soon(self._send_more)

    def _send_more(self) -> None:
        self._is_sending_more = False
        if (connection := self._ready()) is not None:
            self._report_size(connection)

    def _ready(self) -> LiveSession | None:
        return next((each for each in self.core.awaiting_snapshot() if not each.is_waiting), None)
