"""The interface between the live server and its connections: both import only this.

`LiveSession` is one client, whatever carries its frames: `connection` has a socket of uvicorn's, `asgi` a WebSocket of
an application that Setpoint is embedded in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol

from setpoint.contract.live import CloseCode
from setpoint.core.hub import HubLimits
from setpoint.core.plant import Person
from setpoint.server.live.identity import Identity, LiveRequest
from setpoint.server.live.origin import Origins
from setpoint.server.live.quota import ConnectionQuota, QuotaLimits

FORBIDDEN, TOO_MANY = 403, 503
"""The status of a refused handshake. A client takes 403 as final, so only foreign pages get it (LINK-2)."""
NO_TOKEN = "no auth frame came in time"


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """``quota``: connections beyond it get 503; a person's connections beyond theirs are closed with 4429.

    ``retry_spread_ms``: the time over which clients come back.
    """

    quota: QuotaLimits = QuotaLimits()  # noqa: RUF009  # frozen
    token_within_ms: int = 5_000
    close_within_ms: int = 5_000
    retry_spread_ms: int = 5_000
    compresses: bool = True


class LiveSession(Protocol):
    """One client, as `LiveServer` knows it. ``window_bits`` is 0 if its frames are not compressed here."""

    session: str
    person: Person | None
    address: str | None
    window_bits: int

    def __hash__(self) -> int: ...

    @property
    def is_open(self) -> bool: ...

    @property
    def peer(self) -> str:
        """The other end, for the log."""
        ...

    @property
    def is_waiting(self) -> bool:
        """Whether frames wait because the client has not taken those before them."""
        ...

    @property
    def buffered_bytes(self) -> int:
        """The bytes that the client has not taken yet (FLOW-1)."""
        ...

    def write(self, data: bytes, /) -> None:
        """Writes one finished WebSocket frame."""
        ...

    def write_all(self, frames: list[bytes], /) -> None:
        """Writes all frames of one tick."""
        ...

    def end(self, code: int, reason: str, /) -> None:
        """Closes the connection after what was written before."""
        ...


def silent_code(request: LiveRequest) -> CloseCode:
    """The close code of a connection that sent no ``auth`` frame in time.

    A browser's page no longer has a cookie: its person has to sign in. A program's frame may have been lost in a bad
    network, so it must come back by itself.
    """
    return CloseCode.NO_PONG if request.origin is None else CloseCode.NOT_SIGNED_IN


class Live(Protocol):
    """All connections together, as a single connection sees them."""

    limits: LiveLimits
    origins: Origins
    quota: ConnectionQuota

    @property
    def hub_limits(self) -> HubLimits: ...

    def identify(self, request: LiveRequest, /) -> Awaitable[Identity]: ...

    def address_of(self, peer: str, headers: Mapping[str, str], /) -> str: ...

    def opened(self, connection: LiveSession, person: Person, /) -> None: ...

    def received(self, connection: LiveSession, data: bytes, /) -> None: ...

    def touched(self, connection: LiveSession, /) -> None: ...

    def left(self, connection: LiveSession, /) -> None: ...

    def lost(self, connection: LiveSession, /) -> None: ...

    def refused(self, connection: LiveSession, code: int, reason: str, /) -> None: ...

    def flow_changed(self, connection: LiveSession, /) -> None: ...

    def drained(self) -> None: ...

    def send_away(self, connection: LiveSession, /) -> None: ...
