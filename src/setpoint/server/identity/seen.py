"""Notes when sessions and tokens were last seen, without keeping their requests waiting for the database's writer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import structlog

_WITHIN_S = 0.2
"""How long a request waits for its note. Usually it is stored long before."""

log = structlog.get_logger("setpoint.sign_in")


class Seen:
    def __init__(self) -> None:
        self._noting: dict[str, asyncio.Task[None]] = {}

    async def note(self, key: str, noting: Coroutine[Any, Any, None]) -> None:
        """``key`` is that of the session or token. If the database is locked or busy, nobody is refused for that
        reason."""
        if key in self._noting:
            noting.close()
            return
        task = self._noting[key] = asyncio.create_task(noting, name="seen")
        task.add_done_callback(partial(self._noted, key))
        await asyncio.wait({task}, timeout=_WITHIN_S)

    def _noted(self, key: str, task: asyncio.Task[None]) -> None:
        del self._noting[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("not_noted_as_seen", error=str(error))
