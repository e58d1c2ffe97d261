"""What is remembered of a command: batches, their items, the revs of fields, and events at machines.

These records are what persistence stores and what audit and HTTP tell. They are frozen: a change of outcome is
a new record of the same item. ``at`` is Unix seconds everywhere.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from setpoint.contract.live import By, Outcome
from setpoint.contract.values import Value


class BatchSource(msgspec.Struct, frozen=True, rename="camel"):
    """The workbook that a batch came from: its name, the SHA-256 of its bytes in hex, and its rows."""

    filename: str
    sha256: str
    rows: int


class BatchKind(StrEnum):
    """What made a batch: a person's targets, the undo of another batch, or what had failed in one, again."""

    COMMIT = "commit"
    UNDO = "undo"
    RETRY = "retry"


class ItemRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One target of a batch, and what has become of it by now.

    ``asked`` is the target. ``before`` is what the machine reported when it was asked. ``reported`` is what the
    machine reports (``applied``, ``diverged``) or what stands in the way (``conflict``). ``rev`` is the item's own
    rev where it was accepted, the field's where it was not. ``since`` is when what blocks it began.
    """

    tx_id: str
    machine: str
    field: str
    asked: Value
    outcome: Outcome
    at: float
    before: Value = None
    reported: Value | msgspec.UnsetType = msgspec.UNSET
    rev: int | None = None
    by: By | None = None
    message: str | None = None
    since: float | None = None
    line: str = ""


class BatchRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One commit under one txId. ``digest`` tells the same request from another with its txId (CMD-2).

    ``follows`` names the batch that this one undoes or retries.
    """

    tx_id: str
    person: str
    at: float
    digest: str
    items: tuple[ItemRecord, ...]
    is_atomic: bool = False
    reason: str | None = None
    source: BatchSource | None = None
    kind: BatchKind = BatchKind.COMMIT
    follows: str | None = None

    @property
    def is_settled(self) -> bool:
        return all(item.outcome.is_final for item in self.items)


class FieldRev(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How often a writable field was changed or voided, and by whom last.

    ``rev`` is raised by every accepted write, every change by the device and every safety assertion; ``written``
    is the rev of the last of these that was no safety assertion: equal to an item's rev, nobody changed the
    field since.
    """

    machine: str
    field: str
    rev: int = 0
    written: int = 0
    by: By | None = None
    at: float = 0.0


class EventKind(StrEnum):
    ASSERTED = "asserted"
    CLEARED = "cleared"
    DEVICE_CHANGE = "device_change"
    LATE_LANDING = "late_landing"
    STOP_BETWEEN = "stop_between"
    """A warning: a write that had left before a stop took effect after it (CMD-6)."""


class Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What happened at a machine and belongs in the audit. ``status`` and ``cause`` are those of a stop."""

    kind: EventKind
    machine: str
    at: float
    line: str = ""
    field: str | None = None
    tx_id: str | None = None
    status: str | None = None
    cause: str | None = None
    before: Value = None
    value: Value = None
    rev: int | None = None
    message: str | None = None
