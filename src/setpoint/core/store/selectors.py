"""`$view`: a pure function of `$server` and `$pending`, one machine at a time (TIER-2).

Equal to the specification's ``getRenderState``; that function, written plainly, is the tests' oracle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from setpoint.core.plant import Value, is_critical
from setpoint.core.protocol import Record
from setpoint.core.store.types import MachineView, Notice, Overlay, Phase, Target, Transaction

NO_LOCKS: Mapping[str, Target] = {}
NO_NOTICES: Mapping[str, Notice] = {}
_NO_OVERLAYS: Mapping[str, Overlay] = {}

Asked: TypeAlias = dict[str, dict[str, Value]]
Base: TypeAlias = dict[str, dict[str, int]]


def render_machine(
    record: Record | None, locks: Mapping[str, Target], notices: Mapping[str, Notice]
) -> MachineView | None:
    """One machine as a person sees it. None where nothing is known of it and nothing is asked of it."""
    if record is None and not locks:
        return None
    known: Record = {} if record is None else record
    if not locks or is_critical(known.get("status")):
        return MachineView(known, _NO_OVERLAYS, notices)
    overlays = {
        field: Overlay(lock.phase, lock.tx_id, lock.value, known.get(field), lock.at_ms)
        for field, lock in locks.items()
    }
    shown = {field: lock.value for field, lock in locks.items()}
    return MachineView(known | shown, overlays, notices)


def batch_body(transaction: Transaction) -> tuple[Asked, Base]:
    """``updates`` and ``base`` of the POST: what was asked and was not taken back or voided since."""
    updates: Asked = {}
    base: Base = {}
    for machine, targets in transaction.targets.items():
        for field, target in targets.items():
            if target.phase is Phase.OPTIMISTIC:
                updates.setdefault(machine, {})[field] = target.value
                if target.base is not None:
                    base.setdefault(machine, {})[field] = target.base
    return updates, base


def tally(transaction: Transaction) -> dict[Phase, int]:
    """How many of a batch's targets stand where; phases of nobody are left out."""
    counted: dict[Phase, int] = {}
    for targets in transaction.targets.values():
        for target in targets.values():
            counted[target.phase] = counted.get(target.phase, 0) + 1
    return counted
