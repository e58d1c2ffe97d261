"""Heartbeat (HB-1): pings sessions, and finds sessions that do not answer.

Sessions are spread over the ticks of five seconds, so that pongs do not arrive together, and the pings leave with the
deltas of their tick. Sessions that subscribe to the same topics share one ping.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, NamedTuple

from setpoint.contract.live import Ping, encode
from setpoint.core.hub.effects import Effect, HubLimits, S, Send
from setpoint.core.hub.feed import Feed
from setpoint.core.hub.session import Session
from setpoint.core.hub.stream import TICK_MS

STALLED_MS = 1_000
"""If a tick comes later than this, the process was blocked and could not read pongs either, so the deadlines move by as
much.
"""


class _Pinged(NamedTuple):
    deadline_ms: int
    at_ms: int
    slot: int


class Heartbeats(Generic[S]):
    def __init__(self, limits: HubLimits, now_ms: int) -> None:
        self._pong_within_ms = limits.pong_within_ms
        self._slots: list[dict[S, Session[S]]] = [{} for _ in range(max(1, limits.ping_every_ms // TICK_MS))]
        self._pinged: deque[_Pinged] = deque()
        self._added = 0
        self._last_tick = -1
        self._ticked_ms = now_ms

    def add(self, session: Session[S]) -> None:
        session.slot = self._added % len(self._slots)
        self._added += 1
        self._slots[session.slot][session.handle] = session

    def remove(self, session: Session[S]) -> None:
        self._slots[session.slot].pop(session.handle, None)

    def silent(self, now_ms: int) -> list[Session[S]]:
        """The sessions that gave no sign of life within the limit since they were pinged. Call once a tick."""
        late_ms = now_ms - self._ticked_ms - TICK_MS
        self._ticked_ms = now_ms
        if late_ms > STALLED_MS:
            self._pinged = deque(
                each._replace(deadline_ms=each.deadline_ms + late_ms) for each in self._pinged
            )
        found: list[Session[S]] = []
        while self._pinged and self._pinged[0].deadline_ms <= now_ms:
            pinged = self._pinged.popleft()
            found += (each for each in self._slots[pinged.slot].values() if each.touched_ms < pinged.at_ms)
        return found

    def ping(self, tick: int, now_ms: int, ts: float) -> list[Effect[S]]:
        """Pings the sessions that are due, and says where their topics stand (SEQ-3)."""
        effects: list[Effect[S]] = []
        first = max(self._last_tick + 1, tick - len(self._slots) + 1)
        self._last_tick = tick
        for each in range(first, tick + 1):
            slot = each % len(self._slots)
            together: dict[tuple[Feed[S], ...], list[S]] = {}
            for session in self._slots[slot].values():
                together.setdefault(session.live_topics(), []).append(session.handle)
            for topics, handles in together.items():
                heads = {topic.name: topic.seq for topic in topics if topic.is_proven}
                effects.append(Send(handles, encode(Ping(ts, heads))))
            if together:
                self._pinged.append(_Pinged(now_ms + self._pong_within_ms, now_ms, slot))
        return effects
