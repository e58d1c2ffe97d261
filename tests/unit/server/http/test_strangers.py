"""People who have not signed in get 401 whatever is wrong with their request, and the server does not read their
bodies.
"""

from __future__ import annotations

from typing import Any, cast
from unittest.mock import MagicMock

import httpx
import pytest

from setpoint.server.http.app import create_app
from setpoint.server.http.metrics import Metrics


class NobodyIsKnown:
    async def identify(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def app() -> Any:
    auth = cast("Any", NobodyIsKnown())
    return create_app(MagicMock(), auth=auth, metrics=Metrics(cast("Any", None)), board={})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/batches?limit=0"),
        ("GET", "/api/batches?since=-1"),
        ("GET", "/api/batches/export.csv?until=never"),
        ("GET", "/api/batches/export.xlsx?since=-1"),
        ("GET", "/api/events?limit=x"),
        ("GET", "/api/history?signals=m_401&width=0"),
        ("PUT", "/api/files/x?filename=%00"),
        ("POST", "/api/held/x"),
    ],
)
async def test_a_stranger_does_not_learn_what_is_wrong_with_a_request(
    app: Any, method: str, path: str
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")


@pytest.mark.parametrize("path", ["/api/batches", "/api/batches/x/undo", "/api/batches/x/result.xlsx"])
async def test_a_strangers_body_is_not_read(app: Any, path: str) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 401
