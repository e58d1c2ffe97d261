"""How long records are kept. Nothing is removed until an administrator sets a limit.

Only the oldest entries of the audit are removed. An *anchor*, an entry of the chain itself, says where it was cut
(`seq`, `hash`) and which rights everybody had at that point. So the rest can be verified as before.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from setpoint.core.audit.chain import AuditEntry, Fact, Head, fact

ANCHOR = "anchor"
DAY_S = 86_400.0
MIN_DAYS = 30
"""Less would take the record from people who still ask about it, and a slip would take it for good."""


class Retention(msgspec.Struct, frozen=True, rename="camel"):
    """Days; None keeps for ever. ``records``: batches, events and the audit. ``files``: original workbooks."""

    records: int | None = None
    files: int | None = None


class Anchor(msgspec.Struct, frozen=True, rename="camel"):
    """``seq`` and ``hash``: the last entry that was removed. ``rights``, ``disabled``: the accounts as of then."""

    seq: int
    hash: str
    rights: Mapping[str, str] = {}
    disabled: list[str] = []
    batches: int = 0
    events: int = 0
    files: int = 0
    by: str = "setpoint"


_decode = msgspec.json.Decoder(Anchor)


def anchor_fact(anchor: Anchor, at: float) -> Fact:
    return fact(at, ANCHOR, anchor.by, anchor)


def read_anchor(entry: AuditEntry) -> Anchor:
    return _decode.decode(entry.payload)


def start_of(first: AuditEntry, anchors: list[AuditEntry]) -> tuple[Head, Anchor | None]:
    """Where a chain begins whose first entry is this one; the anchor that says so, where it was cut."""
    for entry in anchors:
        anchor = read_anchor(entry)
        if (anchor.seq + 1, anchor.hash) == (first.seq, first.prev_hash):
            return Head(anchor.seq, anchor.hash), anchor
    return Head(), None
