"""One client's session: its subscriptions, and what limits it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic

from setpoint.contract.topics import TopicKind
from setpoint.core.hub.effects import S
from setpoint.core.hub.topic import Topic
from setpoint.core.hub.views import View
from setpoint.core.limits import TokenBucket
from setpoint.core.plant import Person


@dataclass(slots=True, eq=False)
class Session(Generic[S]):
    """``paused_topics`` maps a topic to its number when it was paused, None if a snapshot is owed anyway.

    ``left`` are the topics that it unsubscribed: what they told is still known there (TICK-1).
    """

    handle: S
    name: str
    person: Person
    view: View[S]
    frames: TokenBucket
    touched_ms: int
    """When the client gave its last sign of life."""
    slot: int = 0
    """Of its heartbeat."""
    topics: dict[str, Topic[S]] = field(default_factory=dict)
    paused_topics: dict[Topic[S], int | None] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    is_paused: bool = False
    over_since_ms: int | None = None
    given_bytes: int = 0

    def may_hear(self, topic: Topic[S]) -> bool:
        return self.over_since_ms is None and not (self.is_paused and topic.kind is not TopicKind.PLANT)

    def live_topics(self) -> tuple[Topic[S], ...]:
        paused = self.paused_topics
        return tuple(topic for topic in self.topics.values() if topic not in paused)
