"""Says whether the server accepts batches now, within a second, whatever the database does.

Only one check runs at a time, so that probes do not pile up while the database is frozen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from setpoint.errors import StorageError
from setpoint.message import sentence

ANSWER_WITHIN_S = 0.8


class Readiness:
    """``look`` raises a `WorldError` that says why batches cannot be taken."""

    def __init__(self, look: Callable[[], Awaitable[None]], *, within_s: float = ANSWER_WITHIN_S) -> None:
        self._look = look
        self._within_s = within_s
        self._looking: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Raises what ``look`` raises, or `StorageError` if it does not return in time."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._once(), name="readiness")
        looking = self._looking
        await asyncio.wait({looking}, timeout=self._within_s)
        if not looking.done():
            raise StorageError(
                sentence(
                    "words-database-has-not-answered-s-see",
                    "the database has not answered for {withins} s; see that it runs and that nothing holds it",
                    withins=format(self._within_s, "g"),
                )
            )
        looking.result()

    async def _once(self) -> None:
        await self._look()
