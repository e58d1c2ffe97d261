"""A batch again: undone, or what failed in it tried once more.

Both only make a request; it goes through the same checks as any other. Bases are set so that what others changed
since comes back as their conflict, with the name; a stop in between moves no value and is no reason to skip, for the
undo is asked for after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from setpoint.core.commands.records import BatchRecord, FieldRev, ItemRecord
from setpoint.core.commands.request import BatchRequest
from setpoint.core.plant import Value
from setpoint.core.protocol import Outcome
from setpoint.errors import RequestError

UNDONE = frozenset({Outcome.APPLIED, Outcome.DIVERGED})
"""What took effect and can be taken back; of what is ``unknown`` nobody can say what it would mean."""
RETRIED = frozenset(
    {
        Outcome.BLOCKED,
        Outcome.CONFLICT,
        Outcome.FAILED,
        Outcome.CANCELLED,
        Outcome.DIVERGED,
        Outcome.UNKNOWN,
    }
)
"""What a second try may mend; ``rejected`` stays what it is, and ``superseded`` gave way to a newer target."""


def undo_request(
    batch: BatchRecord, tx_id: str, rev: Callable[[str, str], FieldRev], *, reason: str | None = None
) -> BatchRequest:
    """The values before the batch. Raises `RequestError` 409 ``nothing-to-undo``."""
    items = [item for item in batch.items if item.outcome in UNDONE and item.before is not None]
    if not items:
        raise RequestError(
            f"nothing in batch {batch.tx_id} took effect and has a value before, so there is nothing to undo",
            status=409,
            code="nothing-to-undo",
        )

    def base(item: ItemRecord) -> int:
        now = rev(item.machine, item.field)
        return now.rev if now.written == item.rev else item.rev or 0

    return _request(tx_id, items, lambda item: item.before, base, reason)


def retry_request(
    batch: BatchRecord, tx_id: str, rev: Callable[[str, str], FieldRev], *, reason: str | None = None
) -> BatchRequest:
    """The targets that did not take effect, upon the revs of now. Raises `RequestError` 409 ``nothing-to-retry``."""
    items = [item for item in batch.items if item.outcome in RETRIED]
    if not items:
        raise RequestError(
            f"nothing in batch {batch.tx_id} failed in a way that a second try may mend",
            status=409,
            code="nothing-to-retry",
        )
    return _request(
        tx_id,
        items,
        lambda item: item.asked,
        lambda item: rev(item.machine, item.field).rev,
        reason or batch.reason,
    )


def _request(
    tx_id: str,
    items: Iterable[ItemRecord],
    value: Callable[[ItemRecord], Value],
    base: Callable[[ItemRecord], int],
    reason: str | None,
) -> BatchRequest:
    updates: dict[str, dict[str, Value]] = {}
    bases: dict[str, dict[str, int]] = {}
    for item in items:
        updates.setdefault(item.machine, {})[item.field] = value(item)
        bases.setdefault(item.machine, {})[item.field] = base(item)
    return BatchRequest(tx_id, updates, bases, reason=reason)
