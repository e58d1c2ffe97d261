"""Keeps the order: a fact is stored before anybody gets it (CMD-1).

One queue, one transaction at a time. When a transaction is done, everything that waits goes into the next one, however
many batches and outcomes that is. The effects behind it are carried out only after the commit. So no write reaches a
machine, and nobody gets an outcome, before its record would survive a crash.

When storing fails, the outbox is *degraded*: the engine refuses the waiting batches, outcomes wait and are tried again,
and new batches are refused until something could be written. If nothing waits, the storage is probed.

If the storage did not answer a commit, the transaction is *in doubt*: it may be stored now or later. It stays in flight
until a probe has found out, and nothing behind it is stored. So nothing is stored twice, and nothing that was stored
counts as lost.

The queue is bounded by the open targets (`setpoint.core.commands.commands.MAX_TARGETS`). While storage fails, events of
the machines wait in it as well, some 0.5 KB each, because they must not be lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from setpoint.core.audit.changes import Change
from setpoint.core.commands.effects import Behind
from setpoint.errors import InDoubtError

RETRY_AFTER_MS = 1_000
MAX_ENTRIES = 200
"""Entries of one transaction: bounds how long one commit can take, and what is repeated when it fails."""

Entry: TypeAlias = Change | Behind


class Outbox:
    """``is_degraded``: the last attempt to write failed. All instants are monotonic milliseconds.

    ``name`` is that of the transaction begun last; ``epoch`` makes the name unique.
    """

    def __init__(self, epoch: str) -> None:
        self.is_degraded = False
        self.in_doubt: InDoubtError | None = None
        self._epoch = epoch
        self._count = 0
        self._queue: deque[Entry] = deque()
        self._in_flight: list[Entry] | None = None
        self._retry_at_ms = 0
        self._is_probing = False

    def __len__(self) -> int:
        """How much waits to be stored or announced."""
        return len(self._queue) + len(self._in_flight or ())

    @property
    def name(self) -> str:
        return f"{self._epoch}/{self._count}"

    def put(self, entry: Entry) -> None:
        self._queue.append(entry)

    def begin(self, now_ms: int) -> Sequence[Entry]:
        """The next entries, which are in flight from now on; none while others are, or while a failure is recent."""
        if (
            self._in_flight is not None
            or not self._queue
            or (self.is_degraded and now_ms < self._retry_at_ms)
        ):
            return ()
        self._count += 1
        self._in_flight = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_ENTRIES))]
        return self._in_flight

    def done(self, *, is_written: bool) -> Sequence[Entry]:
        """The entries in flight are stored, as far as they had to be (``is_written``), and are played now."""
        entries, self._in_flight = self._in_flight or [], None
        self.in_doubt = None
        if is_written:
            self.is_degraded = False
        return entries

    def doubted(self, error: InDoubtError, now_ms: int) -> None:
        """Begins to find out whether the entries in flight are stored: at once and then every second."""
        self.in_doubt = error
        self.is_degraded = True
        self._retry_at_ms = now_ms

    def failed(self, now_ms: int) -> Sequence[Entry]:
        """None of the entries in flight was stored. The caller returns those that still count with `put_back`."""
        entries, self._in_flight = self._in_flight or [], None
        self.in_doubt = None
        self.is_degraded = True
        self._retry_at_ms = now_ms + RETRY_AFTER_MS
        return entries

    def put_back(self, entries: Iterable[Entry]) -> None:
        self._queue.extendleft(reversed(list(entries)))

    def wants_probe(self, now_ms: int) -> bool:
        """Whether to ask the storage now; there is one question at a time."""
        if not self.is_degraded:
            return False
        is_idle = self._in_flight is None and not self._queue
        wants = (
            (is_idle or self.in_doubt is not None) and not self._is_probing and now_ms >= self._retry_at_ms
        )
        self._is_probing = self._is_probing or wants
        return wants

    def probed(self, now_ms: int, *, is_well: bool) -> None:
        self._is_probing = False
        if is_well:
            self.is_degraded = False
        else:
            self._retry_at_ms = now_ms + RETRY_AFTER_MS

    def next_due_ms(self) -> int | None:
        """When to try again; None if nothing has failed or a try is under way."""
        is_trying = (self._in_flight is not None and self.in_doubt is None) or self._is_probing
        return self._retry_at_ms if self.is_degraded and not is_trying else None
