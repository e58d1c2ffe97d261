"""The bookkeeping of one step: the link so far, the effects so far, and the next deadline.

It has only one rule: whenever a topic is stored, it decides whether the topic's values may look live (SEQ-2, HB-3), so
that no caller can forget it.
"""

from __future__ import annotations

from msgspec.structs import replace

from setpoint.contract.live import Subscribe
from setpoint.core.link.events import Effect, Notify, NotifyTopic, ScheduleAt, SendFrame
from setpoint.core.link.states import (
    Disconnected,
    Link,
    Stale,
    Topic,
    next_deadline,
    stale_limit_ms,
    state_of,
)


class Transition:
    __slots__ = ("_topics", "effects", "link", "now_ms")

    def __init__(self, link: Link, now_ms: int) -> None:
        self.link = link
        self.now_ms = now_ms
        self.effects: list[Effect] = []
        self._topics: dict[str, Topic] | None = None

    def set(self, **changes: object) -> None:
        self.link = replace(self.link, **changes)

    def own_topics(self) -> dict[str, Topic]:
        """This step's own copy of the topics, made when the first of them changes."""
        if self._topics is None:
            self._topics = dict(self.link.topics)
            self.set(topics=self._topics)
        return self._topics

    def put(self, name: str, topic: Topic) -> None:
        """Stores a topic, and judges whether its values may look live (SEQ-2, HB-3)."""
        heard_at_ms = topic.heard_at_ms
        is_old = heard_at_ms is None or self.now_ms - heard_at_ms >= stale_limit_ms(name)
        # While the connection is silent, no topic looks live (HB-2) until something of that topic arrives again.
        is_silent = isinstance(self.link.connection, Stale) and heard_at_ms != self.now_ms
        is_stale = is_old or is_silent or not topic.is_caught_up
        if is_stale != topic.is_stale:
            topic = replace(topic, is_stale=is_stale)
            self.effects.append(NotifyTopic(name, is_stale))
            if not is_stale:
                self.wake_by(self.now_ms + stale_limit_ms(name))
        self.own_topics()[name] = topic

    def subscribe(self, name: str, topic: Topic) -> None:
        """Asks for a topic, with the position that we have (SEQ-4)."""
        frame_id = self.take_id()
        self.put(name, replace(topic, pending_id=frame_id, head=None, refusal=None))
        self.effects.append(SendFrame(Subscribe(frame_id, name, topic.position)))

    def take_id(self) -> int:
        self.set(next_id=self.link.next_id + 1)
        return self.link.next_id - 1

    def is_open(self) -> bool:
        """The server has said ``hello`` on the current socket."""
        connection = self.link.connection
        return not isinstance(connection, Disconnected) and connection.heard_at_ms is not None

    def is_acknowledged(self) -> bool:
        return all(topic.pending_id is None for topic in self.link.topics.values())

    # The deadline: ``wake_at_ms`` is a lower bound of all, so that a frame costs nothing until that instant comes.

    def is_due(self) -> bool:
        return self.link.wake_at_ms is None or self.now_ms >= self.link.wake_at_ms

    def wake_by(self, at_ms: int) -> None:
        if self.link.wake_at_ms is None or at_ms < self.link.wake_at_ms:
            self.set(wake_at_ms=at_ms)

    def reschedule(self) -> None:
        self.set(wake_at_ms=next_deadline(self.link))

    def finish(self, before: Link, *, is_timer_spent: bool) -> tuple[Link, tuple[Effect, ...]]:
        if self.link.connection is not before.connection:
            state = state_of(self.link.connection)
            if state != state_of(before.connection):
                self.effects.append(Notify(state))
        if is_timer_spent or self.link.wake_at_ms != before.wake_at_ms:
            self.effects.append(ScheduleAt(self.link.wake_at_ms))
        return self.link, tuple(self.effects)
