"""The targets of `$pending` with their transactions, locks and notices, and how each is changed.

An object is replaced, what looks different now is noted in the transition, and the deadline of a notice is set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from setpoint.core.deadlines import Deadlines
from setpoint.core.store.outcomes import ServerOutcome, coded_message
from setpoint.core.store.types import (
    NOTICE_MS,
    PENDING_PHASES,
    Notice,
    NoticeKind,
    Phase,
    Status,
    Target,
    Transaction,
    Transition,
)
from setpoint.message import Message

_UNSETTLED_PHASES = PENDING_PHASES | {Phase.UNKNOWN}


class PendingTargets:
    """``transactions`` by txId; ``locks`` and ``notices`` by machine, then field."""

    __slots__ = ("_deadlines", "locks", "notices", "transactions")

    def __init__(self) -> None:
        self.transactions: dict[str, Transaction] = {}
        self.locks: dict[str, dict[str, Target]] = {}
        self.notices: dict[str, dict[str, Notice]] = {}
        # An entry that no longer matters does nothing when it is due.
        self._deadlines: Deadlines[Callable[[Transition], None]] = Deadlines()

    def _find(self, tx_id: str, machine: str, field: str) -> Target | None:
        known = self.transactions.get(tx_id)
        return None if known is None else known.targets.get(machine, {}).get(field)

    def _pending(self, tx_id: str) -> list[Target]:
        return self._targets(tx_id, PENDING_PHASES)

    def _unsettled(self, tx_id: str) -> list[Target]:
        return self._targets(tx_id, _UNSETTLED_PHASES)

    def _targets(self, tx_id: str, phases: Collection[Phase]) -> list[Target]:
        known = self.transactions.get(tx_id)
        if known is None:
            return []
        return [
            target
            for targets in known.targets.values()
            for target in targets.values()
            if target.phase in phases
        ]

    def _move(self, tx_id: str, status: Status, transition: Transition, **changes: int) -> None:
        known = self.transactions[tx_id]
        if known.status is not status:
            self.transactions[tx_id] = msgspec.structs.replace(known, status=status, **changes)
            transition.transactions[tx_id] = None

    def _update(self, target: Target, transition: Transition, **changes: object) -> Target:
        """Replaces the old target by the changed one."""
        changed = msgspec.structs.replace(target, **changes)
        if changed == target:
            return target
        known = self.transactions[target.tx_id]
        known.targets[target.machine][target.field] = changed
        if target.tx_id not in transition.transactions:
            self.transactions[target.tx_id] = msgspec.structs.replace(known)
            transition.transactions[target.tx_id] = None
        fields = self.locks.get(target.machine, {})
        if fields.get(target.field) is target:
            fields[target.field] = changed
            transition.machines[target.machine] = None
        return changed

    def _end(
        self,
        target: Target,
        phase: Phase,
        transition: Transition,
        result: ServerOutcome | None = None,
        **changes: object,
    ) -> None:
        """Releases the lock and reports the change."""
        outcome = target.outcome if result is None else result.outcome
        code = None if result is None or phase is Phase.CONFLICT else coded_message(result)
        target = self._update(
            target, transition, phase=phase, outcome=outcome, rival=None, said=code, **changes
        )
        fields = self.locks.get(target.machine, {})
        if fields.get(target.field) is target:
            del fields[target.field]
            if not fields:
                del self.locks[target.machine]
        self._notify(NoticeKind(phase.value), target, target.message or "", code, transition)

    def _notify(
        self, kind: NoticeKind, target: Target, message: str, code: Message | None, transition: Transition
    ) -> None:
        machine, field = target.machine, target.field
        until_ms = transition.now_ms + NOTICE_MS[kind]
        notice = Notice(kind, machine, field, target.tx_id, target.value, message, until_ms, target.by, code)
        transition.notices.append(notice)
        if until_ms > transition.now_ms:
            self.notices.setdefault(machine, {})[field] = notice
            transition.machines[machine] = None
            self._deadlines.at(until_ms, lambda later: self._fade(notice, later))
        elif machine in self.notices:
            self._drop_notice(machine, field)
            transition.machines[machine] = None

    def _fade(self, notice: Notice, transition: Transition) -> None:
        if self.notices.get(notice.machine, {}).get(notice.field) is notice:
            self._drop_notice(notice.machine, notice.field)
            transition.machines[notice.machine] = None

    def _drop_notice(self, machine: str, field: str) -> None:
        fields = self.notices.get(machine)
        if fields and fields.pop(field, None) is not None and not fields:
            del self.notices[machine]
