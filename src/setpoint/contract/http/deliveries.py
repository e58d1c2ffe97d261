"""``/api/deliveries``: messages to webhooks, e-mail and chat, and whether they arrived."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up: the receiver is gone, or the last attempt failed."""


class DeliveryView(msgspec.Struct, frozen=True, rename="camel"):
    """``type`` is the message's, ``at`` the event's instant, ``said`` what the last attempt said."""

    id: int
    channel: str
    message: str
    type: str
    at: float
    state: DeliveryState
    attempts: int
    said: str
    tried_at: float | None
    next_at: float | None


class DeliveryChannels(msgspec.Struct, frozen=True, rename="camel"):
    """The channels of the server and their destinations, without secrets."""

    channels: dict[str, str]
