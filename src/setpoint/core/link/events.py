"""The events of a link, and the effects that its shell carries out. Both unions are tagged by ``type``.

``jitter`` is a fresh random number in [0, 1). Every event that can lead to a wait before the next attempt has one
(LINK-2), because the core itself makes no random numbers.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from setpoint.contract.live import Delta, Down, Hello, Snapshot, Up
from setpoint.core.link.states import ConnectionState


class Start(msgspec.Struct, frozen=True, tag="start"):
    """A person, or a program, wants the connection now. In any state with a socket: nothing."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """The connection is no longer wanted. Topics stay, for the next `Start`."""


class Received(msgspec.Struct, frozen=True, tag="received"):
    """A frame arrived on that socket."""

    socket: int
    frame: Down


class Closed(msgspec.Struct, frozen=True, tag="closed"):
    """The socket is closed, or could not be opened (1006). A refused handshake: 401 is 4401, 403 is 4403."""

    socket: int
    jitter: float
    code: int = 1006
    reason: str = ""


class WantTopic(msgspec.Struct, frozen=True, tag="wantTopic"):
    """Somebody looks at a topic: subscribe to it."""

    topic: str


class DropTopic(msgspec.Struct, frozen=True, tag="dropTopic"):
    """Nobody looks at a topic any more."""

    topic: str


class PageHidden(msgspec.Struct, frozen=True, tag="pageHidden"):
    """Nobody can look at the page (``visibilitychange``)."""


class PageShown(msgspec.Struct, frozen=True, tag="pageShown"):
    """Somebody can look at the page again."""

    jitter: float


class Wake(msgspec.Struct, frozen=True, tag="wake"):
    """The instant of the last `ScheduleAt` has come; early or late does no harm."""

    jitter: float


Event: TypeAlias = Start | Stop | Received | Closed | WantTopic | DropTopic | PageHidden | PageShown | Wake
"""One event of a link."""


class Connect(msgspec.Struct, frozen=True, tag="connect"):
    """Open a socket now; everything from it comes back under this number."""

    socket: int


class SendFrame(msgspec.Struct, frozen=True, tag="sendFrame"):
    """Send the frame on the present socket."""

    frame: Up


class Drop(msgspec.Struct, frozen=True, tag="drop"):
    """Close that socket without waiting; later input from it is ignored."""

    socket: int


class Deliver(msgspec.Struct, frozen=True, tag="deliver"):
    """For the store. Every delta follows the frame delivered before it (SEQ-2)."""

    frame: Hello | Snapshot | Delta


class GapFound(msgspec.Struct, frozen=True, tag="gapFound"):
    """A delta of the topic is missing: it is subscribed again, and shows as stale until then (SEQ-2)."""

    topic: str


class Refetch(msgspec.Struct, frozen=True, tag="refetch"):
    """The connection is a new one: ask for every outstanding batch by its txId (SEQ-5)."""


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The server refused a frame; ``topic`` if it was a subscription."""

    code: str
    message: str
    topic: str | None = None


class Notify(msgspec.Struct, frozen=True, tag="notify"):
    """The connection changed to this state (LINK-1)."""

    state: ConnectionState


class NotifyTopic(msgspec.Struct, frozen=True, tag="notifyTopic", rename="camel"):
    """A topic's values must not look live any more, or may again."""

    topic: str
    is_stale: bool


class ScheduleAt(msgspec.Struct, frozen=True, tag="scheduleAt", rename="camel"):
    """Send `Wake` at this instant. Replaces the one before; there is one timer. None: no timer."""

    at_ms: int | None


Effect: TypeAlias = (
    Connect | SendFrame | Drop | Deliver | GapFound | Refetch | Refused | Notify | NotifyTopic | ScheduleAt
)
"""One effect. The shell of a link carries out all of them, in order."""
