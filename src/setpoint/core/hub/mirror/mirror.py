"""The interface of a gateway's copy: sessions on one side, messages from and to the bus on the other.

Nothing here waits, reads a clock or uses a socket. The same sessions code serves clients here and at the hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic

from setpoint.contract.cluster import Ask, Copy, Frames, Heads, Sync
from setpoint.contract.live import Delta, decode_down
from setpoint.contract.values import Record
from setpoint.core.hub.effects import Effect, HubCounters, HubLimits, S, Send
from setpoint.core.hub.mirror.feed import MirrorFeed, Now
from setpoint.core.hub.mirror.feeds import MirrorFeeds
from setpoint.core.hub.sessions import Sessions
from setpoint.core.hub.stream import TICK_MS
from setpoint.core.plant import Person, Plant
from setpoint.errors import ProtocolError


class Mirror(Generic[S]):
    """``name`` tells the owner which gateway this is. ``plant`` is the owner's, in its ``epoch``."""

    def __init__(
        self,
        plant: Plant,
        *,
        name: str,
        token: int,
        epoch: str,
        now_ms: int,
        limits: HubLimits = HubLimits(),  # noqa: B008  # frozen
    ) -> None:
        self.name = name
        self.limits = limits
        self.counters = HubCounters()
        self.token = token
        self.refused = 0
        """Messages of a former owner or a former epoch."""
        self._now = Now(now_ms)
        self._feeds: MirrorFeeds[S] = self._new_feeds(plant, epoch)
        self._sessions: Sessions[S] = Sessions(self._feeds, limits, self.counters, now_ms)
        self._next: tuple[int, str] | None = None
        self._stamp_ms = now_ms - 1
        self._grid_from_ms: int | None = None

    def _new_feeds(self, plant: Plant, epoch: str) -> MirrorFeeds[S]:
        return MirrorFeeds(plant, epoch=epoch, now=self._now, limits=self.limits, counters=self.counters)

    @property
    def plant(self) -> Plant:
        return self._feeds.plant

    @property
    def epoch(self) -> str:
        return self._feeds.epoch

    @property
    def machines(self) -> Mapping[str, Record]:
        """Every machine's record that is known: read it, never write it."""
        found: dict[str, Record] = {}
        for line in self.plant.lines:
            found.update(self._feeds.records_of(line.id))
        return found

    @property
    def revs(self) -> Mapping[str, Mapping[str, int]]:
        """The counters that go with the records."""
        found: dict[str, Mapping[str, int]] = {}
        for line in self.plant.lines:
            found.update(self._feeds.revs_of(line.id))
        return found

    # From the owner

    @property
    def wants_plant(self) -> bool:
        """Another server owns the plant now, or the plant has changed: call `begin` with it."""
        return self._next is not None

    def heads(self, heads: Heads, now_ms: int) -> None:
        """Takes the owner's answer to `sync`."""
        self._now.ms = now_ms
        if heads.token < self.token or heads.stamp_ms <= self._stamp_ms:
            self.refused += 1
            return
        self._stamp_ms = heads.stamp_ms
        if (heads.token, heads.epoch) != (self.token, self.epoch):
            self._next = heads.token, heads.epoch
            return
        self._next = None
        for key, head in heads.heads.items():
            if (feed := self._feeds.get(key)) is not None:
                feed.headed(head, heads.stamp_ms)

    def begin(self, plant: Plant, token: int, epoch: str, now_ms: int, ts: float) -> list[Effect[S]]:
        """Another owner, or another plant: every session gets a new ``hello``, and every position is void (SEQ-5)."""
        self._now.ms = now_ms
        if token < self.token or (token, epoch) == (self.token, self.epoch):
            return []
        self.token, self._next = token, None
        self._feeds = self._new_feeds(plant, epoch)
        return self._sessions.begin_again(self._feeds, ts)

    def frames(self, frames: Frames, now_ms: int) -> list[Effect[S]]:
        """Takes deltas of the owner, in whatever order they come."""
        self._now.ms = now_ms
        if (frames.token, frames.epoch) != (self.token, self.epoch):
            self.refused += 1
            return []
        effects: list[Effect[S]] = []
        for key, data in frames.frames:
            feed = self._feeds.get(key)
            if feed is None:
                continue  # nobody listens any more
            delta = decode_down(data)
            if not isinstance(delta, Delta):
                raise ProtocolError(f"expected a delta on the bus, but got {type(delta).__name__}")
            effects += self._sends(feed, feed.take(delta, data))
        return effects

    def copied(self, copy: Copy, now_ms: int, ts: float) -> list[Effect[S]]:
        """Takes the owner's answer to one of `asks`."""
        self._now.ms = now_ms
        feed = self._feeds.get(copy.key)
        if feed is None or (copy.token, copy.epoch) != (self.token, self.epoch):
            self.refused += 1
            return []
        ready, is_replaced = feed.copied(copy)
        effects = self._sends(feed, ready)
        if is_replaced:
            effects += self._sessions.replaced(feed, now_ms, ts)
            effects += self._sessions.known(feed, now_ms, ts)
            effects += self._sends(feed, feed.after_replacement())
        return effects

    def _sends(self, feed: MirrorFeed[S], ready: Iterable[bytes]) -> list[Effect[S]]:
        if not feed.subscribers:
            return []
        effects: list[Effect[S]] = [Send(feed.subscribers, data) for data in ready]
        self.counters.deliveries += len(effects) * len(feed.subscribers)
        return effects

    # To the owner

    def sync(self, now_ms: int) -> Sync:
        """Send it every second, and pass the answer to `heads`."""
        self._now.ms = now_ms
        return Sync(self.name, now_ms, self._feeds.wanted())

    def asks(self, now_ms: int) -> Iterator[Ask]:
        """Send these now, and pass the answers to `copied`. Call it after every message and at each tick."""
        self._now.ms = now_ms
        for feed in self._feeds:
            if feed.wants():
                yield Ask(feed.key, feed.seq if feed.is_known else None)

    @property
    def lag_ms(self) -> int | None:
        """How long ago the owner last confirmed the head of the lines' feed that has waited longest; None if it never
        did.
        """
        return self._feeds.lag_ms

    # Sessions, as at the hub

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    def open(self, session: S, person: Person, *, name: str, now_ms: int, ts: float) -> list[Effect[S]]:
        self._now.ms = now_ms
        return self._sessions.open(session, person, name=name, now_ms=now_ms, ts=ts)

    def received(self, session: S, data: bytes | str, now_ms: int, ts: float) -> list[Effect[S]]:
        self._now.ms = now_ms
        return self._sessions.received(session, data, now_ms, ts)

    def touch(self, session: S, now_ms: int) -> list[Effect[S]]:
        return self._sessions.touch(session, now_ms)

    def buffered(self, session: S, size: int, now_ms: int, ts: float) -> list[Effect[S]]:
        return self._sessions.buffered(session, size, now_ms, ts)

    def awaiting_snapshot(self) -> Iterable[S]:
        return self._sessions.awaiting_snapshot()

    def close(self, session: S, now_ms: int) -> None:
        self._sessions.close(session, now_ms)

    def tick(self, now_ms: int, ts: float) -> list[Effect[S]]:
        """Everything that is due by time: pending snapshots, pings, and the end of silent sessions."""
        self._now.ms = now_ms
        if self._grid_from_ms is None:
            self._grid_from_ms = now_ms - TICK_MS // 2
        effects = self._sessions.enforce_limits(now_ms, ts)
        self._feeds.forget_idle()
        effects += self._sessions.all_known(now_ms, ts)
        effects += self._sessions.ping((now_ms - self._grid_from_ms) // TICK_MS, now_ms, ts)
        return effects
