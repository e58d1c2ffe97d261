"""One commit, followed target by target to its outcome.

    batch = await client.commit({"m_402": {"targetSpeed": 150}})
    async for target in batch:
        print(target.machine, target.field, target.phase, target.message or "")

The loop yields each target once, when it is no longer pending: ``reconciled``, ``failed``, ``conflict``, ``cancelled``,
``superseded`` or ``unknown``. A target that ended ``unknown`` may be settled later; `targets` and `counts` show that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial

from setpoint.client.signal import ChangeSignal
from setpoint.core.preview import Counts, count_targets
from setpoint.core.store import PENDING_PHASES, PendingState, Phase, Target, Transaction, tally


class Batch:
    """``tx_id`` names it for the server, the audit and `Client.undo`."""

    def __init__(self, transaction: Transaction, pending: PendingState, signal: ChangeSignal) -> None:
        self.tx_id = transaction.tx_id
        self._transaction = transaction
        self._pending = pending
        self._signal = signal

    @property
    def transaction(self) -> Transaction:
        """The newest state. The store forgets a transaction after ten minutes; this batch keeps it."""
        self._transaction = self._pending.transactions.get(self.tx_id, self._transaction)
        return self._transaction

    @property
    def targets(self) -> Iterator[Target]:
        """Every target of the batch, as it is now."""
        for fields in self.transaction.targets.values():
            yield from fields.values()

    @property
    def counts(self) -> dict[Phase, int]:
        """The number of targets in each phase."""
        return tally(self.transaction)

    @property
    def groups(self) -> Counts:
        """How many are applied, not applied, unknown and still open (PRE-4)."""
        return count_targets(self.targets)

    @property
    def is_done(self) -> bool:
        """Whether no target is pending any more."""
        return not any(target.phase in PENDING_PHASES for target in self.targets)

    async def done(self) -> dict[Phase, int]:
        """Waits until no target is pending; at most the 10 s of a lock (LOCK-3)."""
        await self._signal.until(lambda: self.is_done)
        return self.counts

    async def __aiter__(self) -> AsyncIterator[Target]:
        """Yields each target when it ends. Targets that end together keep the order of the commit."""
        waiting = [(target.machine, target.field) for target in self.targets]
        while waiting:
            transaction = self.transaction
            found = [transaction.targets[machine][field] for machine, field in waiting]
            waiting = [(target.machine, target.field) for target in found if target.phase in PENDING_PHASES]
            for target in found:
                if target.phase not in PENDING_PHASES:
                    yield target
            if waiting:
                await self._signal.until(partial(self._has_moved, transaction))

    def _has_moved(self, seen: Transaction) -> bool:
        return self.transaction is not seen
