"""A fact for the audit, before it has its place in the chain (`setpoint.core.audit.chain`)."""

from __future__ import annotations

import msgspec

canonical = msgspec.json.Encoder(order="sorted")


class Fact(msgspec.Struct, frozen=True):
    """One fact: when (Unix seconds), its kind, who did it, and the details in canonical JSON."""

    at: float
    kind: str
    actor: str
    payload: str


def fact(at: float, kind: str, actor: str, payload: object) -> Fact:
    """A fact with its payload in canonical JSON."""
    return Fact(at, kind, actor, canonical.encode(payload).decode())
