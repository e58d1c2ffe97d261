"""The states of a live connection. Each has only the data that is valid in it.

    Handshake ──▶ Identifying ──▶ Open ──▶ Closing ──▶ Closed
                   │      ▲
                   └▶ AwaitingToken

Every state can turn to Closing, and to Closed when the transport is lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

from setpoint.server.live.identity import Identity, LiveRequest


@dataclass(frozen=True, slots=True)
class Handshake:
    """The upgrade request is not here yet."""


@dataclass(slots=True)
class Identifying:
    """``task`` looks up the person; until it is done, nothing is read from the transport. ``early_frames`` arrived
    before that. ``waiting`` are the messages that were read together with the one before them; they are answered
    afterwards.
    """

    request: LiveRequest
    task: asyncio.Future[Identity]
    early_frames: int = 0
    waiting: list[bytes] = field(default_factory=list)
    waiting_bytes: int = 0


@dataclass(slots=True)
class AwaitingToken:
    """The client has until ``timer`` to send an ``auth`` frame."""

    request: LiveRequest
    timer: asyncio.TimerHandle
    early_frames: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """The hub has a session for the connection."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A close frame was sent, or the handshake was refused. ``timer`` cuts a client that does not answer."""

    timer: asyncio.TimerHandle


@dataclass(frozen=True, slots=True)
class Closed:
    """The transport is gone."""


State: TypeAlias = Handshake | Identifying | AwaitingToken | Open | Closing | Closed

HANDSHAKE = Handshake()
OPEN = Open()
CLOSED = Closed()


def end_of(state: State) -> None:
    """Stops the work of a state when it is left: its look-up or its timer."""
    match state:
        case Identifying(task=task):
            task.cancel()
        case AwaitingToken(timer=timer) | Closing(timer=timer):
            timer.cancel()
        case Handshake() | Open() | Closed():
            pass
