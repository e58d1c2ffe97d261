"""Health requests get an answer within a second, whatever the database does.

Only timers of one loop decide, so load does not matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import httpx
import pytest

from setpoint.server.http.app import create_app
from setpoint.server.http.metrics import Metrics
from setpoint.server.identity.authenticator import DemoAuth

TURNS = 50
"""The rounds of the loop after which everything behind an expired timer has run."""


class Frozen:
    """Services that never answer."""

    async def ready(self) -> None:
        await asyncio.Event().wait()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"health asked for {name}")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    metrics = Metrics(cast("Any", None))
    app = create_app(cast("Any", Frozen()), auth=DemoAuth(), metrics=metrics, board={})
    transport = httpx.ASGITransport(cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as found:
        yield found


async def before_a_second_is_over(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Returns the answer. It must come before a timer of one second that starts with the request."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(1.0, over.set)
    request = asyncio.ensure_future(ask())
    second = asyncio.ensure_future(over.wait())
    await asyncio.wait({request, second}, return_when=asyncio.FIRST_COMPLETED)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert request.done(), "the time limit of a second came first"
    second.cancel()
    return await request


async def test_a_frozen_database_is_reported_within_a_second(client: httpx.AsyncClient) -> None:
    await client.get("/healthz")  # the first request has initialized everything
    answer = await before_a_second_is_over(lambda: client.get("/readyz"))
    assert answer.status_code == 503
    assert "has not answered" in answer.json()["detail"]


async def test_the_check_whether_the_process_is_alive_asks_no_database(client: httpx.AsyncClient) -> None:
    answer = await before_a_second_is_over(lambda: client.get("/healthz"))
    assert answer.json() == {"status": "alive"}
