"""What passes between the servers of one plant: MessagePack, each message an array in the order of its fields.

    gateway                                             plant server
                                    request ───────────▸
                            ◂─ Greeting {wire, version, database}, and what follows it ──
    Sync {want}             ── request, every second ─▸
                            ◂─ Heads {token, epoch, heads} ──
    Ask {key, after}        ── request ───────────────▸
                            ◂─ Copy {snapshot, deltas} ──
                            ◂─ Frames {key, delta} … ──  published: those of a line and tick in one message

A *key* names a feed: a topic, and for the plant's topic of people who see only some lines, those lines. Each message of
the plant server carries the token of its lease and its epoch; a gateway drops messages with an older one.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from setpoint.errors import ProtocolError

WIRE = 1
"""Raised with each change that a server of the version before would not understand. Adding a field with a default to
the end of a message does not count.
"""
_LINES = "/"
M = TypeVar("M", bound=msgspec.Struct)


def feed_key(name: str, lines: frozenset[str] | None) -> str:
    """``lines`` are given for the plant's topic of people who see no others."""
    return name if lines is None else f"{name}{_LINES}{','.join(sorted(lines))}"


def of_key(key: str) -> tuple[str, frozenset[str] | None]:
    """The topic's name, and the lines."""
    name, mark, lines = key.partition(_LINES)
    return name, frozenset(filter(None, lines.split(","))) if mark else None


class Greeting(msgspec.Struct, frozen=True):
    """How each introduction begins: what every version understands of it (MIR-8). ``database`` names the plant's."""

    wire: int = 0
    version: str = ""
    database: str = ""


class Sync(msgspec.Struct, frozen=True, array_like=True):
    """A gateway says which feeds it listens to. ``stamp_ms`` is an instant of its own clock; the answer returns it."""

    gateway: str
    stamp_ms: int
    want: list[str]


class Heads(msgspec.Struct, frozen=True, array_like=True):
    """The position of each of these feeds: the deltas up to there have everything that is known of it at ``stamp_ms``.

    ``owner_ms`` and ``ts`` are that instant on the plant server's monotonic clock and in its calendar.
    """

    token: int
    epoch: str
    stamp_ms: int
    owner_ms: int
    heads: dict[str, int]
    history: str = ""
    ts: float = 0.0


class Ask(msgspec.Struct, frozen=True, array_like=True):
    """A gateway needs the deltas after this number, or a whole copy."""

    key: str
    after: int | None = None


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """The deltas that were asked for; or a snapshot, with the deltas that led to it, for clients that come back."""

    token: int
    epoch: str
    key: str
    seq: int
    snapshot: bytes = b""
    deltas: list[bytes] = []


class Frames(msgspec.Struct, frozen=True, array_like=True):
    """Deltas as they go to clients, by the key of their feed, in order."""

    token: int
    epoch: str
    frames: list[tuple[str, bytes]]


def pack(message: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(message)


def unpack(data: bytes, kind: type[M]) -> M:
    """Raises `ProtocolError` if another program, or another version, sends on this subject."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"expected a {kind.__name__} of another server: {error}") from error
