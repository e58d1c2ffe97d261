"""Undoes a batch, or retries what failed in it.

Both only make a request, which goes through the same checks as any other. Bases are set so that a field that others
changed since is a conflict with their name. A stop between the batch and the request changes no value, so the field is
not skipped. A stop after the request counts as a change, and the field is skipped (SAFE-2). A request may take long to
arrive, so ``seen`` has the revs that the person saw; without it, the current revs count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from setpoint.contract.http.batches import AgainRequest, BatchKind, BatchRequest
from setpoint.contract.http.machines import FieldRev
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import Outcome
from setpoint.contract.values import Value
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.errors import RequestError

UNDONE = frozenset({Outcome.APPLIED, Outcome.DIVERGED})
"""Outcomes that took effect and can be undone. Nobody can say what undoing an ``unknown`` target would mean."""
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
"""Outcomes that a second try may improve. A ``rejected`` target would be rejected again; a ``superseded`` one gave way
to a newer target.
"""

Only: TypeAlias = Mapping[str, Collection[str]]
"""The selected items, by machine. A person who selects items has seen them, so the revs that they saw count (PRE-1)."""


NOTHING_SEEN: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType({})


def make_request(
    kind: BatchKind,
    batch: BatchRecord,
    tx_id: str,
    rev: Callable[[str, str], FieldRev],
    body: AgainRequest,
) -> BatchRequest:
    """The request for the undo or the retry of ``batch``. Raises `RequestError` 409 if there is nothing."""
    make = undo_request if kind is BatchKind.UNDO else retry_request
    request = make(batch, tx_id, rev, seen=body.base, only=body.items, reason=body.reason)
    return msgspec.structs.replace(request, not_after=body.not_after)


def undo_request(
    batch: BatchRecord,
    tx_id: str,
    rev: Callable[[str, str], FieldRev],
    *,
    seen: Mapping[str, Mapping[str, int]] = NOTHING_SEEN,
    only: Only | None = None,
    reason: str | None = None,
) -> BatchRequest:
    """The values before the batch. Raises `RequestError` 409 ``nothing-to-undo``."""
    items = [
        item
        for item in batch.items
        if item.outcome in UNDONE and item.before is not None and _is_selected(item, only)
    ]
    if not items:
        raise RequestError(
            f"nothing in batch {batch.tx_id} took effect and has a value before, so there is nothing to undo",
            code=ProblemCode.NOTHING_TO_UNDO,
            arguments={"batch": batch.tx_id},
        )

    def base(item: ItemRecord) -> int:
        shown = seen.get(item.machine, {}).get(item.field)
        if only is not None and shown is not None:
            return shown
        now = rev(item.machine, item.field)
        return _seen(item, seen, rev) if now.written == item.rev else item.rev or 0

    return _request(tx_id, items, lambda item: item.before, base, reason)


def retry_request(
    batch: BatchRecord,
    tx_id: str,
    rev: Callable[[str, str], FieldRev],
    *,
    seen: Mapping[str, Mapping[str, int]] = NOTHING_SEEN,
    only: Only | None = None,
    reason: str | None = None,
) -> BatchRequest:
    """The targets that did not take effect, with the revs that the person saw as base. Raises `RequestError` 409
    ``nothing-to-retry``.
    """
    items = [item for item in batch.items if item.outcome in RETRIED and _is_selected(item, only)]
    if not items:
        raise RequestError(
            f"nothing in batch {batch.tx_id} failed in a way that a second try may mend",
            code=ProblemCode.NOTHING_TO_RETRY,
            arguments={"batch": batch.tx_id},
        )
    return _request(
        tx_id,
        items,
        lambda item: item.asked,
        lambda item: _seen(item, seen, rev),
        reason or batch.reason,
    )


def _is_selected(item: ItemRecord, only: Only | None) -> bool:
    return only is None or item.field in only.get(item.machine, ())


def _seen(
    item: ItemRecord, seen: Mapping[str, Mapping[str, int]], rev: Callable[[str, str], FieldRev]
) -> int:
    """The rev that the person saw. ``seen`` has no rev for a target that had not ended when they looked. Such a target
    is still retried, unless its machine has changed since, which makes it a conflict: a stop raises every rev of its
    machine (SAFE-3). If ``seen`` has revs of other machines but none of this one, nobody can know whether it has
    changed, so the target is a conflict too."""
    now = rev(item.machine, item.field).rev
    revs = seen.get(item.machine, {})
    if item.field in revs:
        return revs[item.field]
    is_unseen = bool(seen) and not revs
    has_moved = any(rev(item.machine, field).rev > then for field, then in revs.items())
    return max(0, now - 1) if is_unseen or has_moved else now


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
