"""The audit as a chain: every entry holds the hash of the one before it.

If an entry is edited, removed, inserted or moved, the chain breaks at a place that `verify` names. The chain cannot
show that its newest entries were cut off; for that, keep a head (`seq`, `hash`) elsewhere and pass it to `verify`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.audit.changes import Change, RecordFact
from setpoint.core.commands.effects import RecordBatch, RecordEvents, RecordOutcomes
from setpoint.core.commands.fact import Fact, canonical, fact
from setpoint.core.shifts.entries import RecordShiftEntry
from setpoint.message import sentence

__all__ = ["GENESIS", "AuditEntry", "Break", "Fact", "Head", "append", "fact", "facts", "verify"]

GENESIS = "0" * 64
"""The hash that the first entry holds as the one before it."""


class AuditEntry(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One entry. ``payload`` is canonical JSON (sorted keys, no white space), exactly the bytes that are hashed."""

    seq: int
    at: float
    kind: str
    actor: str
    payload: str
    prev_hash: str
    hash: str


class Head(msgspec.Struct, frozen=True):
    """The end of the chain."""

    seq: int = 0
    hash: str = GENESIS


class Break(msgspec.Struct, frozen=True):
    """The first entry of a broken chain that cannot be trusted, and why."""

    seq: int
    reason: str


def facts(change: Change) -> Iterator[Fact]:
    """The audit's facts about a stored change: who, what, before, after, why, and the outcome."""
    match change:
        case RecordHeld(fact=of_change) | EndHeld(fact=of_change) | RecordFact(of_change):
            yield of_change
        case RecordShiftEntry():
            yield change.fact
        case RecordBatch(batch, _, facts_too):
            yield from facts_too
            yield fact(batch.at, "batch", batch.person, batch)
        case RecordOutcomes(items):
            yield fact(items[-1].at, "outcomes", "setpoint", items)
        case RecordEvents(events):
            for event in events:
                yield fact(event.at, event.kind, event.machine, event)


def append(head: Head, new: Iterable[Fact]) -> list[AuditEntry]:
    """The entries that continue the chain at ``head``."""
    entries: list[AuditEntry] = []
    seq, last = head.seq, head.hash
    for each in new:
        seq += 1
        digest = _hash(seq, last, each)
        entries.append(AuditEntry(seq, each.at, each.kind, each.actor, each.payload, last, digest))
        last = digest
    return entries


def verify(
    entries: Iterable[AuditEntry], *, start: Head | None = None, end: Head | None = None
) -> Break | None:
    """The first break in a chain, or None. ``start``: where the entries continue; ``end``: a head kept elsewhere."""
    head = start or Head()
    seq, last = head.seq, head.hash
    encode, sha256 = canonical.encode, hashlib.sha256  # looked up once, for up to a million entries
    for entry in entries:
        if entry.seq != seq + 1:
            missing = (
                sentence("words-entry-missing", "entry {seq} is missing", seq=seq + 1)
                if entry.seq > seq + 1
                else sentence("words-out-of-order", "it is out of order")
            )
            return Break(entry.seq, missing)
        if entry.prev_hash != last:
            return Break(
                entry.seq,
                sentence("words-does-not-follow-from-entry", "it does not follow from entry {seq}", seq=seq),
            )
        seq, last = entry.seq, entry.hash
        hashed = (seq, entry.prev_hash, entry.at, entry.kind, entry.actor, entry.payload)
        if last != sha256(encode(hashed)).hexdigest():
            return Break(seq, sentence("words-was-edited", "it was edited"))
        if end is not None and seq == end.seq and last != end.hash:
            return Break(
                seq,
                sentence(
                    "words-not-entry-was-kept-elsewhere-chain",
                    "it is not the entry that was kept elsewhere: the chain was rewritten",
                ),
            )
    if end is not None and seq < end.seq:
        return Break(
            end.seq,
            sentence(
                "words-chain-ends-at-entry-rest-was",
                "the chain ends at entry {seq}: the rest was removed",
                seq=seq,
            ),
        )
    return None


def _hash(seq: int, prev_hash: str, fact: Fact) -> str:
    hashed = (seq, prev_hash, fact.at, fact.kind, fact.actor, fact.payload)
    return hashlib.sha256(canonical.encode(hashed)).hexdigest()
