"""All feeds together, as sessions need them: the hub's `stream`, or a gateway's mirror."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from setpoint.core.hub.effects import S
from setpoint.core.hub.feed import Feed
from setpoint.core.plant import Person


class Viewed(Protocol):
    """The part of the plant that a person may see. Positions count in its epoch (SEQ-5)."""

    @property
    def lines(self) -> frozenset[str]: ...

    @property
    def epoch(self) -> str: ...


class ViewsOf(Protocol):
    def of(self, person: Person) -> Any:
        """The `Viewed` of a person, to be passed to the feeds."""
        ...


class Feeds(Protocol[S]):
    @property
    def views(self) -> ViewsOf: ...

    def find(self, name: str, view: Any) -> Feed[S] | None:
        """The feed of that name, if it exists in this view."""
        ...

    def overlaps(self, topic: Any, names: Collection[str]) -> bool:
        """Whether any of the named topics other than ``topic`` shares a machine with ``topic``."""
        ...

    def listen(self, topic: Any, view: Any, now_ms: int) -> None:
        """A session subscribes."""
        ...

    def leave(self, topic: Any, now_ms: int) -> None:
        """The last subscriber has left."""
        ...

    def snapshot(self, topic: Any, epoch: str, now_ms: int, ts: float) -> bytes: ...

    def describe(self, view: Any) -> str:
        """A text that lists the topics, for a person who asked for one that does not exist."""
        ...
