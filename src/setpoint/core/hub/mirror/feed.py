"""A gateway's copy of one feed: brings deltas into their order, finds gaps, and knows whether its head is proven.

A bus may drop, delay, double and reorder. A delta that comes early waits for those before it. If these do not come
within `GAP_MS`, the owner is asked for them. The head is *proven* while the owner has confirmed recently that
nothing after it was sent. Only then may a ping name it, so clients show the other topics as stale by themselves (HB-3).
"""

from __future__ import annotations

from setpoint.contract.cluster import Copy
from setpoint.contract.live import Delta, Snapshot, decode_down
from setpoint.contract.topics import TopicKind
from setpoint.core.hub.effects import HubLimits, S
from setpoint.core.hub.feed import Feed
from setpoint.core.hub.mirror.state import FeedState

GAP_MS = 300
"""How long missing deltas may be on their way before the gateway requests them."""
ASK_AGAIN_MS = 1_000
FRESH_MS = 2_500
"""How long an answer of the owner counts. The gateway asks every second."""
_MAX_EARLY = 256


class Now:
    """The instant of the gateway, the same for all its feeds."""

    def __init__(self, now_ms: int) -> None:
        self.ms = now_ms


class MirrorFeed(Feed[S]):
    def __init__(self, key: str, name: str, kind: TopicKind, now: Now, limits: HubLimits) -> None:
        super().__init__(name, history_deltas=limits.history_deltas, history_bytes=limits.history_bytes)
        self.key = key
        self.kind = kind
        self.is_known = False
        self.state = FeedState()
        self._now = now
        self._outcome_memory_ms = limits.outcome_memory_ms
        self._ts = 0.0
        self._early: dict[int, tuple[Delta, bytes]] = {}
        self._head = -1
        self._stamp_ms = now.ms
        self._proven_ms: int | None = None
        self._gap_since_ms: int | None = now.ms - GAP_MS
        self._requested_ms: int | None = None
        self._snapshots: dict[str, bytes] = {}

    @property
    def is_proven(self) -> bool:
        return self.is_known and self._proven_ms is not None and self._now.ms - self._proven_ms <= FRESH_MS

    def has_reached(self, seq: int, since_ms: int) -> bool:
        if self.is_known and seq <= self.seq:
            return True
        return self.is_known and self._proven_ms is not None and self._proven_ms > since_ms

    @property
    def lag_ms(self) -> int | None:
        """The age of the owner's last confirmation that this is the head; None if there never was one."""
        return None if self._proven_ms is None else self._now.ms - self._proven_ms

    # From the owner

    def headed(self, head: int, stamp_ms: int) -> None:
        """At ``stamp_ms`` of this gateway's clock or later, the owner had sent everything up to ``head``."""
        self._head, self._stamp_ms = head, stamp_ms
        self._prove()

    def _prove(self) -> None:
        if not self.is_known:
            return
        if self.seq >= self._head:
            if self._head >= 0:
                self._proven_ms = self._stamp_ms
            if not self._early:
                self._gap_since_ms = None
                return
        if self._gap_since_ms is None:
            self._gap_since_ms = self._now.ms

    def take(self, delta: Delta, data: bytes) -> list[bytes]:
        """The deltas that may go to clients now, in their order."""
        if self.is_known and delta.seq == self.seq + 1 and not self._early:
            self._apply(delta, data)
            self._prove()
            return [data]
        if (delta.seq > self.seq or not self.is_known) and len(self._early) < _MAX_EARLY:
            self._early[delta.seq] = delta, data
        return self._in_order()

    def _in_order(self) -> list[bytes]:
        ready: list[bytes] = []
        while self.is_known and (found := self._early.pop(self.seq + 1, None)) is not None:
            self._apply(*found)
            ready.append(found[1])
        for seq in [seq for seq in self._early if self.is_known and seq <= self.seq]:
            del self._early[seq]
        self._prove()
        return ready

    def _apply(self, delta: Delta, data: bytes) -> None:
        self.seq = delta.seq
        self._ts = delta.ts
        self._snapshots.clear()
        since_ms = self._now.ms - self._outcome_memory_ms
        self.state.merge(delta, self._now.ms, outcomes_since_ms=since_ms)
        self._keep(data)

    def wants(self) -> bool:
        """Whether to ask the owner now for what is missing; if so, it counts as asked."""
        now_ms = self._now.ms
        if self._gap_since_ms is None or now_ms - self._gap_since_ms < GAP_MS:
            return False
        if self._requested_ms is not None and now_ms - self._requested_ms < ASK_AGAIN_MS:
            return False
        self._requested_ms = now_ms
        return True

    def copied(self, copy: Copy) -> tuple[list[bytes], bool]:
        """Deltas for clients, and whether the state was replaced instead."""
        self._requested_ms = None
        if not copy.snapshot:
            ready: list[bytes] = []
            for data in copy.deltas:
                delta = decode_down(data)
                if isinstance(delta, Delta):
                    ready += self.take(delta, data)
            return ready, False
        snapshot = decode_down(copy.snapshot)
        if not isinstance(snapshot, Snapshot) or (self.is_known and snapshot.seq <= self.seq):
            return [], False
        self._replace(snapshot, copy.deltas)
        return [], True

    def _replace(self, snapshot: Snapshot, deltas: list[bytes]) -> None:
        self.seq = snapshot.seq
        self._ts = snapshot.ts
        self.state.replace(snapshot, self._now.ms)
        self._snapshots.clear()
        self._forget_history()
        for data in deltas:
            self._keep(data)
        self.is_known = self.is_active = True

    def after_replacement(self) -> list[bytes]:
        """The deltas that waited until the snapshot had gone to the clients."""
        return self._in_order()

    # For sessions

    def snapshot(self, epoch: str) -> bytes:
        """The feed as of its number, encoded once for everybody of a view."""
        found = self._snapshots.get(epoch)
        if found is None:
            since_ms = self._now.ms - self._outcome_memory_ms
            found = self._snapshots[epoch] = self.state.snapshot(
                self.name, epoch, self.seq, self._ts, outcomes_since_ms=since_ms
            )
        return found
