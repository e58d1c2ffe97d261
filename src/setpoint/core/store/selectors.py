"""`$view`: a pure function of `$server` and `$pending`, one machine at a time (TIER-2).

`get_render_state` returns for each machine what the specification's ``getRenderState`` returns for the whole plant. A
plain version of that function is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from math import floor
from typing import Protocol, TypeAlias

from setpoint.contract.live import Condition, OpenTarget
from setpoint.contract.values import Value, is_critical
from setpoint.core.store.types import Lock, MachineState, MachineView, Notice, Overlay, Phase, Transaction

_NO_LOCKS: Mapping[str, Lock] = {}
_NO_NOTICES: Mapping[str, Notice] = {}
_NO_OPEN: Mapping[str, OpenTarget] = {}
_NO_OVERLAYS: Mapping[str, Overlay] = {}

Asked: TypeAlias = dict[str, dict[str, Value]]
Base: TypeAlias = dict[str, dict[str, int]]


class Records(Protocol):
    """The part of `$server` that a view needs."""

    @property
    def machines(self) -> Mapping[str, MachineState]: ...


class Overviews(Records, Protocol):
    """The part of `$server` that a condition needs."""

    @property
    def overview(self) -> Mapping[str, Condition]: ...


class OpenTargets(Protocol):
    """The part of `$server` that shows another person's open target."""

    @property
    def open(self) -> Mapping[str, Mapping[str, OpenTarget]]: ...


class Locks(Protocol):
    """The part of `$pending` that a view needs."""

    @property
    def locks(self) -> Mapping[str, Mapping[str, Lock]]:
        """By machine and field, the target that shows."""
        ...

    @property
    def notices(self) -> Mapping[str, Mapping[str, Notice]]:
        """By machine and field, how the last target ended, for as long as a person should see it."""
        ...


class PendingState(Locks, Protocol):
    """`$pending`, read-only: the targets, and which of them are shown. The specification's name."""

    @property
    def transactions(self) -> Mapping[str, Transaction]:
        """By txId, with all their targets."""
        ...


ViewState: TypeAlias = Mapping[str, MachineView]
"""`$view`, as a person sees it: every machine of `$server` and every one that has a lock. The specification's name."""


def get_render_state(server: Records, pending: Locks, machine: str) -> MachineView | None:
    """The specification's merge of both tiers, for one machine: the server's values, with pending targets in their
    place.

    A critical status wins over every lock (SAFE-1). Locks past their deadline are removed before this is called
    (LOCK-3). None if the machine is not known and has no target.
    """
    record = server.machines.get(machine)
    locks = pending.locks.get(machine, _NO_LOCKS)
    found = pending.notices.get(machine)
    notices = dict(found) if found else _NO_NOTICES
    if record is None and not locks:
        return None
    known: MachineState = {} if record is None else record
    if not locks or is_critical(known.get("status")):
        return MachineView(known, _NO_OVERLAYS, notices)
    overlays = {
        field: Overlay(lock.phase, lock.tx_id, lock.value, known.get(field), lock.at_ms)
        for field, lock in locks.items()
    }
    shown = {field: lock.value for field, lock in locks.items()}
    return MachineView(known | shown, overlays, notices)


def get_condition(server: Overviews, machine: str) -> Condition | None:
    """Status, quality and since of a machine, from any topic of `$server` (OVER-3).

    While a topic of the machine is subscribed, its record is at least as new as the overview. Without a record, the
    overview counts. None if nothing is known of the machine.
    """
    record = server.machines.get(machine)
    if record is None or "status" not in record:
        return server.overview.get(machine)
    since = None if record.get("sinceSeen") else record.get("since")
    whole_s = floor(since) if isinstance(since, int | float) else None
    return Condition(record["status"], record.get("quality"), whole_s)


def get_open_target(
    server: OpenTargets, transactions: Container[str], machine: str, field: str
) -> OpenTarget | None:
    """Another person's open target on the field (OPEN-3). One's own are in ``transactions``."""
    target = server.open.get(machine, _NO_OPEN).get(field)
    return None if target is None or target.tx_id in transactions else target


def batch_body(transaction: Transaction) -> tuple[Asked, Base]:
    """``updates`` and ``base`` of the POST: the targets that were not withdrawn or voided since."""
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
    """The number of a batch's targets in each phase; empty phases are left out."""
    counted: dict[Phase, int] = {}
    for targets in transaction.targets.values():
        for target in targets.values():
            counted[target.phase] = counted.get(target.phase, 0) + 1
    return counted
