"""Queries of the past: batches and events, one page at a time.

Pages are newest first. A ``cursor`` is opaque text from the page before.
"""

from __future__ import annotations

import msgspec

from setpoint.contract.http.machines import EventKind, EventNote
from setpoint.core.commands.records import ItemRecord


class BatchQuery(msgspec.Struct, frozen=True):
    """Selects batches that meet all of these conditions. ``since`` and ``until`` are Unix seconds, the latter
    exclusive.

    ``lines`` selects batches that touch one of these lines, or are ``or_person``'s own: those that a person may see.
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
    """Selects events, as `BatchQuery` does batches. ``kinds``: any of these; ``without``: none of these."""

    machine: str | None = None
    since: float | None = None
    until: float | None = None
    lines: frozenset[str] | None = None
    cursor: str | None = None
    limit: int = 50
    line: str | None = None
    person: str | None = None
    kinds: tuple[EventKind, ...] = ()
    without: tuple[EventKind, ...] = ()

    @property
    def wanted_kinds(self) -> tuple[EventKind, ...] | None:
        """The kinds that may be in the answer; None for all."""
        if not self.kinds and not self.without:
            return None
        return tuple(kind for kind in (self.kinds or EventKind) if kind not in self.without)

    @property
    def wanted_lines(self) -> tuple[str, ...] | None:
        """The lines that may be in the answer; None for all, and for events of the plant."""
        if self.line is None:
            return None if self.lines is None else tuple(sorted(self.lines))
        return (self.line,) if self.lines is None or self.line in self.lines else ()


class EventMark(msgspec.Struct, frozen=True):
    """An event's identity, and who acknowledged it. ``field`` is that of a target, or the name of an alarm."""

    kind: EventKind
    machine: str
    at: float
    field: str
    note: EventNote


class TargetQuery(msgspec.Struct, frozen=True):
    """Selects targets of these machines that were asked for from ``since`` until ``until``, Unix seconds."""

    machines: tuple[str, ...]
    since: float
    until: float
    limit: int = 500


class PastTarget(msgspec.Struct, frozen=True):
    """A target, the person who asked for it, and when. ``item.at`` is the time of its outcome."""

    person: str
    at: float
    reason: str | None
    item: ItemRecord


SECURITY_KINDS = ("access", "second-person", "withdrawal")
"""The kinds of audit entries about rights."""


class SecurityQuery(msgspec.Struct, frozen=True):
    """Selects entries of the security log that meet all of these conditions, newest first; ``before_seq`` is exclusive.

    ``event``: small letters and ``-`` only.
    """

    event: str | None = None
    person: str | None = None
    since: float | None = None
    until: float | None = None
    before_seq: int | None = None
    limit: int = 50


class KeptFile(msgspec.Struct, frozen=True):
    """An original workbook, found by the SHA-256 of its bytes in hex."""

    sha256: str
    filename: str
    content: bytes
