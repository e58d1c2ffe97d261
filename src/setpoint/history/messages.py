"""The messages between the server and the historian's process: length-prefixed MessagePack over its pipes."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from setpoint.core.history import HistoryQuery, Points, Signal
from setpoint.core.shifts import ShiftQuestion

MAX_FRAME_BYTES = 256 * 1024 * 1024
_PREFIX = 4


class Begin(msgspec.Struct, frozen=True, tag=True):
    """A recorder begins: its signals by number, and the days that points of a field are kept (HIST-5)."""

    ts: float
    signals: tuple[Signal, ...]
    keep_days: dict[str, int] = {}


class Record(msgspec.Struct, frozen=True, tag=True):
    """Points, sampled at ``ts``; an empty list says that nothing changed until then."""

    ts: float
    points: Points


class Ask(msgspec.Struct, frozen=True, tag=True):
    """A question, answered by an `Answer` or a `Failure` with its number."""

    number: int
    query: HistoryQuery
    format: str = "json"
    units: dict[str, str] = {}
    changes: bytes = b"[]"
    """People's changes in that time, as JSON, which goes into the answer unchanged."""


class AskShift(msgspec.Struct, frozen=True, tag=True):
    """A question for a shift's report, answered as an `Ask`."""

    number: int
    question: ShiftQuestion
    format: str = "json"


class Keep(msgspec.Struct, frozen=True, tag=True):
    """How many days points are kept if the plant file says nothing of their field; None keeps them for ever."""

    days: int | None


class Past(msgspec.Struct, frozen=True, tag=True):
    """Points of a generated past, for the demo."""

    signals: tuple[Signal, ...]
    points: Points


Down: TypeAlias = Begin | Record | Ask | AskShift | Keep | Past


class Figures(msgspec.Struct, frozen=True, tag=True):
    """The historian's state. ``reason`` says why nothing is recorded; empty while it records."""

    free_bytes: int = 0
    points: int = 0
    files: int = 0
    dropped: int = 0
    reason: str = ""
    is_empty: bool = False


class Answer(msgspec.Struct, frozen=True, tag=True):
    number: int
    body: bytes
    media_type: str


class Failure(msgspec.Struct, frozen=True, tag=True):
    """``is_too_large``: the question asks for too much. Otherwise something outside failed, and it may be answered
    later.
    """

    number: int
    message: str
    is_too_large: bool = False


class Lost(msgspec.Struct, frozen=True, tag=True):
    """Points were lost, and recording works again: everything has to be recorded again (HIST-5)."""


Up: TypeAlias = Figures | Answer | Failure | Lost

_down, _up = msgspec.msgpack.Decoder(Down), msgspec.msgpack.Decoder(Up)
_encoder = msgspec.msgpack.Encoder()


def frame(message: Down | Up) -> bytes:
    body = _encoder.encode(message)
    return len(body).to_bytes(_PREFIX, "big") + body


def length(prefix: bytes) -> int:
    """The length of the next frame. Raises `ValueError` for a length that we never send."""
    found = int.from_bytes(prefix, "big")
    if found > MAX_FRAME_BYTES:
        raise ValueError(f"expected a frame of at most {MAX_FRAME_BYTES} bytes, but got one of {found}")
    return found


def read_down(body: bytes) -> Down:
    found: Down = _down.decode(body)
    return found


def read_up(body: bytes) -> Up:
    found: Up = _up.decode(body)
    return found
