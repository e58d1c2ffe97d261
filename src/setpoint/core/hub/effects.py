"""The types around the hub other than frames: its limits, its effects, its counters."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

import msgspec

from setpoint.contract.values import Value

S = TypeVar("S", bound=Hashable)
"""The shell's handle of a session: any hashable object, usually its connection, so that fan-out needs no look-up."""


class HubLimits(msgspec.Struct, frozen=True):
    """The numbers of the contract; only tests change them."""

    stale_after_ms: int = 3_000
    offline_after_ms: int = 15_000
    ping_every_ms: int = 5_000  # HB-1
    pong_within_ms: int = 3_000
    max_buffer_bytes: int = 256 * 1024  # FLOW-1
    drained_bytes: int = 32 * 1024
    max_over_ms: int = 30_000
    bucket_frames: int = 2_100  # FLOW-2
    bucket_refill_per_s: int = 20
    max_subscriptions: int = 2_000
    history_deltas: int = 128  # SEQ-4: half a minute of a machine, two minutes of a line
    history_bytes: int = 64 * 1024
    warm_ms: int = 60_000
    """How long a topic without subscribers keeps counting, for clients that come back."""
    outcome_memory_ms: int = 60_000  # TOPIC-1


class Send(msgspec.Struct, Generic[S], frozen=True, gc=False):
    """Give ``data``, one encoded frame, to each of ``sessions``.

    ``sessions`` may be the topic's own container: play the effect before the next call to the hub. Effects of one
    call keep their order for every session; a shell writes all of one session's frames at once.
    """

    sessions: Collection[S]
    data: bytes


class Close(msgspec.Struct, Generic[S], frozen=True, gc=False):
    """End the session with this code (CODE-1). The hub has forgotten it already."""

    session: S
    code: int
    reason: str


Effect: TypeAlias = Send[S] | Close[S]
"""One effect. The shell of the hub carries out all of them, in order."""


class CriticalChange(msgspec.Struct, frozen=True):
    """A machine's status changed into, out of, or between critical statuses (SAFE-1)."""

    machine: str
    before: Value
    status: Value
    cause: Value
    since: float


class ReportResult(msgspec.Struct, Generic[S], frozen=True):
    """The result of some reports: frames of the urgent lane, and the critical changes in their order."""

    effects: list[Effect[S]]
    critical: list[CriticalChange]


@dataclass(slots=True)
class HubCounters:
    """Counters since the start, for the metrics."""

    deliveries: int = 0
    """Deltas handed to sessions."""
    dropped: int = 0
    """Deltas that sessions over their buffer did not get (FLOW-1)."""
    snapshots: int = 0
    resumed: int = 0
    """Subscriptions that history could bring up to date (SEQ-4)."""
    gaps: int = 0
    """Subscriptions made again, with a position, on a live session: the client saw a gap (SEQ-2, SEQ-3)."""
    refused_frames: int = 0
    unknown_reports: int = 0
    """Reports of machines that the plant does not have."""


class Observer(Protocol):
    """Gets every change. It must be quick, because every report passes through it."""

    def changed(self, key: str, fields: Collection[str], ts: float, /) -> None:
        """Fields of a machine's record changed."""
