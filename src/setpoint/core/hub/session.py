"""One client's session: its subscriptions and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NamedTuple

from setpoint.contract.live import Subscribe
from setpoint.contract.topics import TopicKind
from setpoint.core.hub.effects import S
from setpoint.core.hub.feed import Feed
from setpoint.core.hub.feeds import Viewed
from setpoint.core.limits import TokenBucket
from setpoint.core.plant import Person


class WaitingSubscription(NamedTuple, Generic[S]):
    feed: Feed[S]
    frame: Subscribe
    at_ms: int


@dataclass(slots=True, eq=False)
class Session(Generic[S]):
    """``paused_topics`` maps a topic to its number when it was paused, None if it needs a snapshot anyway.

    ``waiting`` are subscriptions that cannot be answered yet, because too little is known of their feeds.
    ``left`` are the topics that it unsubscribed; the client still has the values that they sent (TICK-1).
    """

    handle: S
    name: str
    person: Person
    view: Viewed
    frames: TokenBucket
    touched_ms: int
    """When the client gave its last sign of life."""
    slot: int = 0
    """The slot of its heartbeat."""
    topics: dict[str, Feed[S]] = field(default_factory=dict)
    paused_topics: dict[Feed[S], int | None] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    waiting: dict[str, WaitingSubscription[S]] = field(default_factory=dict)
    is_paused: bool = False
    over_since_ms: int | None = None
    given_bytes: int = 0

    def may_receive(self, topic: Feed[S]) -> bool:
        return self.over_since_ms is None and not (self.is_paused and topic.kind is not TopicKind.PLANT)

    def live_topics(self) -> tuple[Feed[S], ...]:
        paused = self.paused_topics
        return tuple(topic for topic in self.topics.values() if topic not in paused)
