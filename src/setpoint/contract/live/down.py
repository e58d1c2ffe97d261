"""The server's frames: one union, `Down`, tagged by ``type``. Keys are camelCase on the wire.

``ts`` is Unix time in seconds, with a fraction (ID-3). ``machines`` and ``kpis`` have the same shape: a map of records,
each a map of fields. The key in ``machines`` is an entity key (``m_402``). The key in ``kpis`` is the topic that the
KPIs describe (``line:01``; the plant's are under ``dashboard:global``). So both merge by the same rule (SEQ-7).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from setpoint.contract.live.overview import Overview
from setpoint.contract.values import Record, Value
from setpoint.message import Message


class Position(msgspec.Struct, frozen=True):
    """A topic's position: the server's epoch and the number of its last delta (SEQ-1, SEQ-5)."""

    epoch: str
    seq: int


class ByKind(StrEnum):
    OPERATOR = "operator"
    DEVICE = "device"
    SAFETY = "safety"


class By(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who changed something. ``name`` is the person's, or the status that asserted itself (CONF-2)."""

    kind: ByKind
    name: str = ""


class Outcome(StrEnum):
    """The outcome of one item of a batch (CMD-3)."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    APPLIED = "applied"
    DIVERGED = "diverged"
    BLOCKED = "blocked"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Final outcomes go out on the stream, once; only ``unknown`` may change, once."""
        return self in FINAL_OUTCOMES


FINAL_OUTCOMES = frozenset(Outcome) - {Outcome.PENDING, Outcome.ACCEPTED}


class TxOutcome(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """The outcome of one target, as it is sent on the stream.

    ``value`` is what the machine reports for the field at that instant, ``rev`` the field's counter after the
    outcome. A change that nobody asked for (CMD-6) has a txId of its own, ``by.kind`` device and ``applied``. ``said``:
    the code and arguments of ``message``, where it has some (SAY-1).
    """

    tx_id: str
    machine: str
    field: str
    outcome: Outcome
    rev: int | None = None
    by: By | None = None
    value: Value | msgspec.UnsetType = msgspec.UNSET
    message: str | None = None
    said: Message | None = None


class OpenTarget(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A target that is under way: ``by`` asked for ``value``, and it was recorded at ``ts`` (OPEN-1)."""

    tx_id: str
    value: Value
    by: By
    ts: float


Open: TypeAlias = dict[str, dict[str, OpenTarget | None]]
"""By machine and field; None if no target is under way any more (OPEN-2)."""


class Heartbeat(msgspec.Struct, frozen=True, rename="camel"):
    ping_every_ms: int = 5_000
    pong_within_ms: int = 3_000
    stale_after_ms: int = 6_000


class User(msgspec.Struct, frozen=True):
    name: str
    role: str


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    epoch: str
    session: str
    ts: float
    user: User
    heartbeat: Heartbeat = Heartbeat()
    protocol: int = 1


class Ack(msgspec.Struct, frozen=True, tag_field="type", tag="ack", omit_defaults=True):
    """Subscription accepted; a snapshot or the missed deltas follow.

    ``seq``: the topic's head at that instant, so that a client that missed nothing knows at once that it is caught
    up. Where it is not given, the next ``ping`` tells.
    """

    id: int
    topic: str
    seq: int | None = None


class SnapshotData(msgspec.Struct, frozen=True):
    """``overview``: on the plant's topic alone, of every machine (OVER-1)."""

    machines: dict[str, Record] = {}
    kpis: dict[str, Record] = {}
    overview: Overview | msgspec.UnsetType = msgspec.UNSET


class Snapshot(msgspec.Struct, frozen=True, tag_field="type", tag="snapshot"):
    """A complete topic: replaces everything that the client has of it; absent keys are removed (SEQ-7)."""

    topic: str
    epoch: str
    seq: int
    ts: float
    data: SnapshotData
    revs: dict[str, dict[str, int]] = {}
    tx: list[TxOutcome] = []
    open: Open | msgspec.UnsetType = msgspec.UNSET


class Delta(msgspec.Struct, frozen=True, tag_field="type", tag="delta", omit_defaults=True):
    """What changed in a topic since ``seq - 1``; absent is unchanged, ``null`` is a value (SEQ-7).

    ``overview``: on the plant's topic alone, of the machines whose status, quality or since changed (OVER-2).
    """

    topic: str
    seq: int
    ts: float
    machines: dict[str, Record] = {}
    kpis: dict[str, Record] = {}
    removed: list[str] = []
    revs: dict[str, dict[str, int]] = {}
    tx: list[TxOutcome] = []
    overview: Overview | msgspec.UnsetType = msgspec.UNSET
    open: Open = {}


class Ping(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    """``pos``: heads of this session's topics, paused ones left out."""

    ts: float
    pos: dict[str, int] = {}


class ErrorFrame(msgspec.Struct, frozen=True, tag_field="type", tag="error", omit_defaults=True):
    """A client's frame was refused. ``id`` is that frame's, if it had one."""

    code: str
    message: str
    id: int | None = None


Down: TypeAlias = Hello | Ack | Snapshot | Delta | Ping | ErrorFrame
