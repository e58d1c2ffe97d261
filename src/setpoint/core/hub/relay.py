"""Sends the hub's feeds to gateways. A follower is like a subscriber that is never pinged, paused or ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from setpoint.contract.cluster import Ask, Copy, of_key
from setpoint.contract.topics import TopicKind
from setpoint.core.hub.effects import S
from setpoint.core.hub.stream import Stream
from setpoint.core.hub.topic import Topic
from setpoint.core.hub.views import View


class Relay(Generic[S]):
    """``stream`` returns the hub's present stream. When the plant changes, gateways follow every feed again from the
    beginning.
    """

    def __init__(self, stream: Callable[[], Stream[S]]) -> None:
        self._stream = stream

    @property
    def epoch(self) -> str:
        return self._stream().views.epoch

    def follow(self, key: str, follower: S, now_ms: int) -> int | None:
        """The follower gets every delta after this number; None if there is no such feed."""
        found = self._find(key)
        if found is None:
            return None
        topic, view = found
        self._stream().listen(topic, view, now_ms)
        topic.subscribers[follower] = None
        return topic.seq

    def leave(self, key: str, follower: S, now_ms: int) -> None:
        found = self._find(key)
        if found is not None and follower in found[0].subscribers:
            topic, _ = found
            del topic.subscribers[follower]
            if topic.is_active and not topic.subscribers:
                self._stream().leave(topic, now_ms)

    def copy(self, ask: Ask, token: int, now_ms: int, ts: float) -> Copy | None:
        """The deltas or the copy that a gateway lacks. None if nobody follows that feed, because then its numbers do
        not count.
        """
        found = self._find(ask.key)
        if found is None or not found[0].is_active:
            return None
        topic, view = found
        missed = None if ask.after is None else topic.missed(ask.after)
        if missed is not None:
            return Copy(token, self._stream().views.epoch, ask.key, topic.seq, deltas=missed)
        snapshot = self._stream().snapshot(topic, view.epoch, now_ms, ts)
        epoch = self._stream().views.epoch
        return Copy(token, epoch, ask.key, topic.seq, snapshot, topic.history())

    def _find(self, key: str) -> tuple[Topic[S], View[S]] | None:
        name, lines = of_key(key)
        stream = self._stream()
        view = stream.views.of_lines(lines)
        topic = stream.find(name, view)
        if topic is None or (lines is not None and topic.kind is not TopicKind.PLANT):
            return None
        return topic, view
