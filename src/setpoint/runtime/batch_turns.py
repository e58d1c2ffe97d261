"""Gives batches to the engine in turns of their accounts (`setpoint.core.limits.turns`).

The outbox stores in order of arrival. If everything that several people send reached it at once, the next person's
batch would be stored behind all of it, and be too late. So only a limited number of targets may wait to be stored, and
the account that has had the least comes next. A batch waits for its turn no longer than for its answer; the engine then
says that it is too late (CMD-8).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from setpoint import clock
from setpoint.contract.http.batches import ANSWER_WITHIN_MS
from setpoint.core.audit.changes import Change
from setpoint.core.commands import Arrival, RecordBatch
from setpoint.core.limits import BATCH_COSTS
from setpoint.server.http.turns import FairTurns

ROOM = 5_000
"""The most targets that may wait to be stored at once. A single batch may have more."""


class BatchTurns:
    """A turn ends when its batch is stored, or when it is answered without that."""

    def __init__(self) -> None:
        self._turns = FairTurns(ROOM)
        self._by_tx_id: dict[str, _Turn] = {}

    @asynccontextmanager
    async def of(self, account: str, tx_id: str, targets: int, arrival: Arrival) -> AsyncIterator[None]:
        turn = _Turn(self._turns, account, targets + BATCH_COSTS)
        due_s = (arrival.now_ms + ANSWER_WITHIN_MS - clock.now_ms()) / 1000
        with suppress(TimeoutError):
            async with asyncio.timeout(due_s):
                await turn.begin()
        self._by_tx_id[tx_id] = turn
        try:
            yield
        finally:
            turn.end()
            if self._by_tx_id.get(tx_id) is turn:
                del self._by_tx_id[tx_id]

    def stored(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, RecordBatch) and (turn := self._by_tx_id.get(change.batch.tx_id)):
                turn.end()


class _Turn:
    def __init__(self, turns: FairTurns, account: str, cost: int) -> None:
        self._turns = turns
        self._account = account
        self._cost = cost
        self._has_begun = False

    async def begin(self) -> None:
        await self._turns.begin(self._account, self._cost)
        self._has_begun = True

    def end(self) -> None:
        if self._has_begun:
            self._has_begun = False
            self._turns.end(self._account, self._cost)
