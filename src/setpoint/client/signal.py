"""Wakes everyone who waits for a condition whenever something has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class ChangeSignal:
    """``notify`` costs nothing while nobody waits. Each waiter checks its own condition."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def notify(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(woken)
            await woken
