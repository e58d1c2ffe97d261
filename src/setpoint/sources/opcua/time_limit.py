"""`asyncio.timeout` for calls of the OPC UA library.

Before Python 3.12 the library waits with ``wait_for2``. If its answer arrives together with a cancellation, that raises
a cancellation of its own kind, which carries the answer. `asyncio.timeout` knows only the plain kind: it would let the
other one through, and the task that waits would end as if somebody had cancelled it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager


def within(seconds: float) -> AbstractAsyncContextManager[None]:
    """Ends the block after this many seconds with `TimeoutError`."""
    return until(asyncio.get_running_loop().time() + seconds)


@asynccontextmanager
async def until(deadline: float) -> AsyncIterator[None]:
    """Ends the block at ``deadline``, an instant on the event loop's clock. Raises `TimeoutError` then."""
    async with asyncio.timeout_at(deadline):
        try:
            yield
        except asyncio.CancelledError as cancelled:
            if type(cancelled) is asyncio.CancelledError:
                raise
            raise asyncio.CancelledError from cancelled
