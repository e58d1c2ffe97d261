"""The state of one client's connection: a record for each state, with only the data that is valid in it (LINK-1).

    CONNECTING ──every subscription acknowledged──▸ CONNECTED ⇄ STALE     silent for ``stale_after_ms`` (HB-2)
        ▲  ╲                                             │        │
        │   ╰───────────── socket lost ──────────────────┴────────╯──▸ DISCONNECTED
        ╰──────────────────────── the back-off's wait is over ──────────────╯

A topic that is subscribed later, or again after a gap, does not make the connection CONNECTING again: only that topic
shows as stale until it has caught up (SEQ-2). ``socket`` numbers the sockets, so that late frames of a dropped socket
are recognised. All instants are monotonic milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, TypeAlias, assert_never

import msgspec

from setpoint.contract.live import Position
from setpoint.contract.topics import TopicKind, topic_kind

CONNECT_WITHIN_MS = 10_000
"""The link gives up a socket that has not sent ``hello`` by then."""

STALE_AFTER_MS = 6_000
"""HB-2: a ping is due every 5 s, and 1 s of jitter is forgiven. A ``hello`` may say otherwise, within bounds."""
LEAST_STALE_AFTER_MS = 1_000
MOST_STALE_AFTER_MS = 60_000

STALE_FOR_MS = 10_000
"""HB-2: after this time as STALE the socket is dropped."""

PAUSE_AFTER_MS = 10_000
"""LINK-3: after this time as a hidden page the session is paused."""

BACKOFF_RESTARTS_AFTER_MS = 30_000
"""LINK-2: a connection that was CONNECTED for this time proves that the server is well."""


class Disconnected(msgspec.Struct, frozen=True, tag="DISCONNECTED", rename="camel"):
    """No socket. ``retry_at_ms`` None: not before a person acts (or before the first `Start`)."""

    since_ms: int
    retry_at_ms: int | None = None
    code: int | None = None
    reason: str = ""


class Connecting(msgspec.Struct, frozen=True, tag="CONNECTING", rename="camel"):
    """A socket was requested. ``heard_at_ms`` is None until it has sent ``hello``."""

    socket: int
    since_ms: int
    heard_at_ms: int | None = None


class Connected(msgspec.Struct, frozen=True, tag="CONNECTED", rename="camel"):
    """Open, and every subscription was acknowledged."""

    socket: int
    since_ms: int
    heard_at_ms: int


class Stale(msgspec.Struct, frozen=True, tag="STALE", rename="camel"):
    """Open, but silent for longer than a heartbeat may take."""

    socket: int
    heard_at_ms: int


Connection: TypeAlias = Disconnected | Connecting | Connected | Stale
"""The connection in one of its states."""
ConnectionState: TypeAlias = Literal["CONNECTING", "CONNECTED", "STALE", "DISCONNECTED"]
"""The specification's words for the states (LINK-1)."""


def state_of(connection: Connection) -> ConnectionState:
    """The specification's word for a state; what a person is shown."""
    match connection:
        case Connecting():
            return "CONNECTING"
        case Connected():
            return "CONNECTED"
        case Stale():
            return "STALE"
        case Disconnected():
            return "DISCONNECTED"
        case _:
            assert_never(connection)


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """Somebody can look at the page, or there is no page."""


class Hidden(msgspec.Struct, frozen=True, tag="hidden", rename="camel"):
    """Nobody has looked since then; the session continues for `PAUSE_AFTER_MS`."""

    since_ms: int


class Paused(msgspec.Struct, frozen=True, tag="paused", rename="camel"):
    """The server knows that nobody looks: only the heartbeat and the plant's topic continue (LINK-3)."""

    since_ms: int


Page: TypeAlias = Shown | Hidden | Paused
"""Whether somebody can look at the page (LINK-3)."""


class Topic(msgspec.Struct, frozen=True, rename="camel"):
    """One topic that is wanted.

    ``position`` is what the store has, ``head`` the highest seq that the server is known to have reached since it
    was last asked (None: it has not sent one), ``pending_id`` the subscription that awaits its ``ack``, ``refusal``
    the code of the server's refusal. ``is_stale``: its values must not look live (SEQ-2, HB-3).
    """

    position: Position | None = None
    head: int | None = None
    pending_id: int | None = None
    heard_at_ms: int | None = None
    is_stale: bool = True
    refusal: str | None = None

    @property
    def is_caught_up(self) -> bool:
        """Whether everything that the server is known to have sent of the topic has been delivered."""
        return (
            self.pending_id is None
            and self.position is not None
            and self.head is not None
            and self.position.seq >= self.head
        )


class Link(msgspec.Struct, frozen=True, rename="camel"):
    """The whole state of one client's connection.

    ``epoch`` is the server's, from the last ``hello``. ``attempt`` counts the waits since the back-off restarted,
    ``sockets`` all sockets asked for (the last one's number), ``gaps`` all gaps found. ``wake_at_ms`` is the
    earliest instant at which time alone may change something; never later, sometimes earlier.
    """

    connection: Connection = Disconnected(since_ms=0)
    topics: Mapping[str, Topic] = {}
    page: Page = Shown()
    epoch: str | None = None
    stale_after_ms: int = STALE_AFTER_MS
    attempt: int = 0
    sockets: int = 0
    gaps: int = 0
    next_id: int = 1
    wake_at_ms: int | None = None
    is_kiosk: bool = False


@lru_cache(maxsize=4_096)
def stale_limit_ms(topic: str) -> int:
    """HB-3: how long a topic may go without a delta and without a matching ``pos``."""
    return _STALE_LIMIT_MS[topic_kind(topic)]


_STALE_LIMIT_MS: dict[TopicKind | None, int] = {kind: max(3 * kind.cadence_ms, 6_000) for kind in TopicKind}
_STALE_LIMIT_MS[None] = 6_000


def next_deadline(link: Link) -> int | None:
    """The earliest instant at which time alone changes ``link``; None if it never does."""
    connection = link.connection
    if isinstance(connection, Disconnected):
        return connection.retry_at_ms
    if connection.heard_at_ms is None:
        return connection.since_ms + CONNECT_WITHIN_MS
    silence_ms = link.stale_after_ms + (STALE_FOR_MS if isinstance(connection, Stale) else 0)
    deadline = connection.heard_at_ms + silence_ms
    if isinstance(link.page, Hidden):
        deadline = min(deadline, link.page.since_ms + PAUSE_AFTER_MS)
    for name, topic in link.topics.items():
        if not topic.is_stale and topic.heard_at_ms is not None:
            deadline = min(deadline, topic.heard_at_ms + stale_limit_ms(name))
    return deadline
