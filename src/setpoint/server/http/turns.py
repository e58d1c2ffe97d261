"""Waits for a turn (`setpoint.core.limits.turns`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from setpoint.core.limits import Turns


class FairTurns:
    """Work of accounts, of which only so much is under way at once (`Turns`)."""

    def __init__(self, room: int | None = None, *, each: int | None = None) -> None:
        self._turns: Turns[asyncio.Future[None]] = Turns(room, each=each)

    @asynccontextmanager
    async def of(self, account: str, cost: int = 1) -> AsyncIterator[None]:
        """A turn of this account, for the time of the block."""
        await self.begin(account, cost)
        try:
            yield
        finally:
            self.end(account, cost)

    async def begin(self, account: str, cost: int) -> None:
        """Returns when the turn has come. Call `end` once when the work is done."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.join(account, cost, turn)
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if self._turns.leave(account, turn):
                self._let_in()
            else:  # the turn came at the same moment
                self.end(account, cost)
            raise

    def end(self, account: str, cost: int) -> None:
        self._turns.end(account, cost)
        self._let_in()

    def _let_in(self) -> None:
        while (turn := self._turns.begin()) is not None:
            if not turn.done():
                turn.set_result(None)
