"""The interface of a channel, and what it needs from the storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from setpoint.contract.http.deliveries import DeliveryState
from setpoint.core.notify import Delivered, Outgoing, Subscription, Tried


class Sender(Protocol):
    @property
    def target(self) -> str:
        """Its destination, without secrets."""

    async def send(self, message: Outgoing, now: float) -> Delivered | Tried:
        """One attempt. Raises nothing but cancellation."""


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    subscription: Subscription
    sender: Sender


class Outbox(Protocol):
    """See `setpoint.persistence.deliveries`. Everything raises `StorageError`."""

    async def collect(self, channel: str, subscription: Subscription, now: float) -> int: ...

    async def due(self, channel: str, now: float, limit: int) -> list[Outgoing]: ...

    async def note(
        self, delivery: int, state: DeliveryState, detail: str, *, tried_at: float, next_at: float | None
    ) -> None: ...

    async def prune(self, channel: str) -> None: ...
