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
"""A shorter limit would remove records that people still need, and a typing error could not be undone."""
EVENT_DAYS = 90
MAX_EVENTS = 20_000_000
"""Some 4 GB in SQLite; a thousand machines with an event every minute fill it in two weeks."""


class Retention(msgspec.Struct, frozen=True, rename="camel"):
    """In days; None keeps for ever. ``records``: batches, events of the audit, and the audit. ``files``: uploaded
    workbooks. ``history``: points of fields for which the plant file has no ``keep``. ``events``: all other events;
    at most the newest `MAX_EVENTS` are kept.
    """

    records: int | None = None
    files: int | None = None
    history: int | None = None
    events: int = EVENT_DAYS


class Anchor(msgspec.Struct, frozen=True, rename="camel"):
    """``seq`` and ``hash``: the last removed entry. ``rights`` and ``disabled``: the accounts at that point, with
    fingerprints of their ``passwords``, their ``subjects`` at the OpenID provider, the ``limits`` that are set, and the
    ``tokens`` that are valid, by id, with what their entries say. Older anchors do not name these four.
    """

    seq: int
    hash: str
    rights: Mapping[str, str] = {}
    disabled: list[str] = []
    batches: int = 0
    events: int = 0
    files: int = 0
    by: str = "setpoint"
    passwords: Mapping[str, str] | None = None
    limits: Mapping[str, Mapping[str, str]] | None = None
    subjects: Mapping[str, str] | None = None
    tokens: Mapping[str, Mapping[str, str]] | None = None


_decode = msgspec.json.Decoder(Anchor)


def retention_fact(to: Retention, at: float, *, by: str) -> Fact:
    """The entry of the security log. ``by`` is the operating system's user: no account of the plant signed in."""
    days = {
        name: "for ever" if each is None else f"{each} days"
        for name, each in msgspec.structs.asdict(to).items()
    }
    about = {
        "event": "retention-changed",
        "person": "setpoint",
        "address": "",
        "by": f"{by} on the command line",
    }
    return fact(at, "access", "setpoint", about | days)


def anchor_fact(anchor: Anchor, at: float) -> Fact:
    return fact(at, ANCHOR, anchor.by, anchor)


def read_anchor(entry: AuditEntry) -> Anchor:
    return _decode.decode(entry.payload)


def start_of(first: AuditEntry, anchors: list[AuditEntry]) -> tuple[Head, Anchor | None]:
    """The start of a chain with this first entry, and the anchor if old entries were removed."""
    for entry in anchors:
        anchor = read_anchor(entry)
        if (anchor.seq + 1, anchor.hash) == (first.seq, first.prev_hash):
            return Head(anchor.seq, anchor.hash), anchor
    return Head(), None
