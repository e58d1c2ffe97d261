"""A message on its way, and the result of an attempt to send it."""

from __future__ import annotations

import msgspec


class Outgoing(msgspec.Struct, frozen=True):
    """``message`` names it for the receiver, and stays the same in every attempt. ``body`` is JSON."""

    id: int
    message: str
    body: str
    attempts: int


class Delivered(msgspec.Struct, frozen=True):
    """The receiver took the message. ``detail`` is its answer, for people."""

    detail: str


class Tried(msgspec.Struct, frozen=True):
    """An attempt that failed. ``is_final``: no other one can help. ``detail`` is for people."""

    detail: str
    is_final: bool = False
    retry_after_s: float = 0.0
