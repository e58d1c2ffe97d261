"""The calls that uvicorn makes on its ``ws=`` class, in order.

They are internal to uvicorn, but our router relies on them.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.integration.live_support import running_live

from setpoint.server.live.router import UpgradeRouter


async def test_uvicorn_makes_the_class_connects_it_and_gives_it_the_request_in_that_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    arguments: list[dict[str, Any]] = []
    requests: list[bytes] = []
    init, made, received = UpgradeRouter.__init__, UpgradeRouter.connection_made, UpgradeRouter.data_received

    def record_init(self: UpgradeRouter, *args: Any, **kwargs: Any) -> None:
        calls.append("made")
        arguments.append(kwargs)
        assert not args
        init(self, **kwargs)

    def record_connection(self: UpgradeRouter, transport: asyncio.BaseTransport) -> None:
        calls.append("connection_made")
        made(self, transport)

    def record_data(self: UpgradeRouter, data: bytes) -> None:
        calls.append("data_received")
        requests.append(data)
        received(self, data)

    monkeypatch.setattr(UpgradeRouter, "__init__", record_init)
    monkeypatch.setattr(UpgradeRouter, "connection_made", record_connection)
    monkeypatch.setattr(UpgradeRouter, "data_received", record_data)

    async with running_live() as running, running.client("/live?user=bert") as client:
        assert (await client.receive())["type"] == "hello"
        await client.subscribe("line:01")

        assert calls == ["made", "connection_made", "data_received"], (
            "afterwards uvicorn calls the application directly"
        )
        assert {"config", "server_state", "app_state"} <= arguments[0].keys()
        assert requests[0].startswith(b"GET /live?user=bert HTTP/1.1\r\n")
        assert requests[0].endswith(b"\r\n\r\n")
        assert len(running.server.server_state.connections) == 1


async def test_http_and_other_sockets_are_served_beside_the_live_one_on_the_same_port() -> None:
    async with running_live() as running:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"http://127.0.0.1:{running.port}/")
        assert answer.text == "hello"
        async with running.client("/echo") as other:
            await other.connection.send("anybody there?")
            assert await other.connection.recv() == "anybody there?"
        async with running.client() as client:
            assert (await client.receive())["type"] == "hello"


async def test_uvicorn_shutting_down_sends_live_clients_away_and_waits_for_them() -> None:
    async with running_live() as running, running.client() as client:
        await client.receive("hello")
        running.server.should_exit = True
        code, reason = await client.closed()
        assert code == 1012
        assert "retryAfterMs" in reason
