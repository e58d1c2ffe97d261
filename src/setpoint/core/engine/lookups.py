"""Reads from storage that a decision has to wait for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from setpoint.core.commands.records import BatchRecord
from setpoint.errors import StorageError

T = TypeVar("T")

Records: TypeAlias = Mapping[str, BatchRecord | None]
"""Batches by txId as they are stored; None if there is none."""


@dataclass
class _Waiting(Generic[T]):
    missing: set[str]
    go_on: Callable[[Records, int, float], T]
    give_up: Callable[[StorageError], T]
    found: dict[str, BatchRecord | None] = field(default_factory=dict)


class Lookups(Generic[T]):
    """Reads that are under way; each txId is read once for all who wait for it."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[_Waiting[T]]] = {}

    def need(
        self,
        tx_ids: Sequence[str],
        go_on: Callable[[Records, int, float], T],
        give_up: Callable[[StorageError], T],
    ) -> list[str]:
        """``go_on`` is called with ``now_ms`` and ``ts`` when all of these are read. Returns those to ask for now."""
        waiting = _Waiting(set(tx_ids), go_on, give_up)
        to_read = [tx_id for tx_id in sorted(waiting.missing) if tx_id not in self._waiting]
        for tx_id in waiting.missing:
            self._waiting.setdefault(tx_id, []).append(waiting)
        return to_read

    def found(self, tx_id: str, batch: BatchRecord | None, now_ms: int, ts: float) -> list[T]:
        """The requests that can continue now, in the order of their arrival."""
        ready = []
        for waiting in self._waiting.pop(tx_id, []):
            waiting.found[tx_id] = batch
            waiting.missing.discard(tx_id)
            if not waiting.missing:
                ready.append(waiting.go_on(waiting.found, now_ms, ts))
        return ready

    def failed(self, tx_id: str, error: StorageError) -> list[T]:
        """Gives up the requests that waited for this read."""
        given_up = []
        for waiting in self._waiting.pop(tx_id, []):
            for other in waiting.missing - {tx_id}:
                # The list stays, empty or not: its answer is on its way.
                self._waiting[other] = [each for each in self._waiting[other] if each is not waiting]
            given_up.append(waiting.give_up(error))
        return given_up
