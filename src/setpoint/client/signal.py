"""Wakes everything that waits for a condition, whenever something has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class ChangeSignal:
    """``ring`` costs nothing while nobody waits; who waits looks for itself whether it was meant."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            ring: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(ring)
            await ring
