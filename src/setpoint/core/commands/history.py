"""What can be asked of the past: batches and events, a page at a time.

Pages are newest first. A ``cursor`` is opaque text from the page before.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from setpoint.core.commands.records import BatchKind, BatchSource

MAX_PAGE = 500


class BatchQuery(msgspec.Struct, frozen=True):
    """Which batches: all conditions together. ``since`` and ``until`` are Unix seconds, the latter exclusive.

    ``lines`` keeps to batches that touch one of these lines, or are ``or_person``'s own: what a person may know of.
    """

    machine: str | None = None
    person: str | None = None
    since: float | None = None
    until: float | None = None
    lines: frozenset[str] | None = None
    or_person: str | None = None
    cursor: str | None = None
    limit: int = 50


class EventQuery(msgspec.Struct, frozen=True):
    """Which events: as `BatchQuery`."""

    machine: str | None = None
    since: float | None = None
    until: float | None = None
    lines: frozenset[str] | None = None
    cursor: str | None = None
    limit: int = 50


SECURITY_KINDS = ("access", "second-person", "withdrawal")
"""Entries of the audit that are about who may do what."""


class SecurityQuery(msgspec.Struct, frozen=True):
    """Which entries of the security log, newest first: all conditions together, ``before_seq`` exclusive."""

    person: str | None = None
    since: float | None = None
    until: float | None = None
    before_seq: int | None = None
    limit: int = 50


class BatchSummary(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One batch in a list: who, when, why, from which file, and how many items ended how (``counts``)."""

    tx_id: str
    person: str
    at: float
    counts: dict[str, int]
    kind: BatchKind = BatchKind.COMMIT
    reason: str | None = None
    source: BatchSource | None = None
    follows: str | None = None


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """Some of what was asked for; ``next_cursor`` is None on the last page."""

    items: list[T]
    next_cursor: str | None = None


class KeptFile(msgspec.Struct, frozen=True):
    """An original workbook, found by the SHA-256 of its bytes in hex."""

    sha256: str
    filename: str
    content: bytes
