"""The records of commands: batches, their items, the revs of fields, and events at machines.

Persistence stores these records; audit and HTTP return them. They are frozen: a change of outcome is a new record of
the same item. ``at`` is Unix seconds everywhere.
"""

from __future__ import annotations

import msgspec

from setpoint.contract.http.batches import BatchKind, BatchSource
from setpoint.contract.live import By, Outcome
from setpoint.contract.values import Value
from setpoint.message import Message


class ItemRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One target of a batch, and its present outcome.

    ``asked`` is the target. ``before`` is the set-point that an undo restores: the last one before the target that no
    stop had set; None if it is not known (PRE-5). ``reported`` is what the machine reports (``applied``, ``diverged``)
    or the other person's value (``conflict``). ``rev`` is the item's own rev if it was accepted, otherwise the field's.
    ``since`` is when what blocks it began. ``said`` is the code and arguments of ``message``, if it has any (SAY-1).
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
    said: Message | None = None


class BatchRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One commit under one txId. ``digest`` distinguishes the same request from another one with its txId (CMD-2).

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
