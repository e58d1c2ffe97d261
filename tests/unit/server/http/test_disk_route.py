"""``GET /api/disk``: those who give targets learn that the server's disk is nearly full."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from setpoint.server.http.disk import disk_routes
from setpoint.server.http.problems import EXCEPTION_HANDLERS
from setpoint.server.identity.authenticator import DemoAuth


@dataclass
class Space:
    free_bytes: int
    is_low: bool


@pytest.fixture
def space() -> Space:
    return Space(5_000_000_000, is_low=False)


@pytest.fixture
def client(space: Space) -> TestClient[Litestar]:
    routes = [disk_routes(DemoAuth(), space)]
    return TestClient(Litestar(routes, exception_handlers=EXCEPTION_HANDLERS))


@pytest.mark.parametrize("role", ["operator", "engineer", "admin"])
def test_who_gives_targets_sees_how_the_disk_stands_now(
    client: TestClient[Litestar], space: Space, role: str
) -> None:
    assert client.get(f"/api/disk?role={role}").json() == {"isLow": False, "freeBytes": 5_000_000_000}
    space.free_bytes, space.is_low = 90_000_000, True
    assert client.get(f"/api/disk?role={role}").json() == {"isLow": True, "freeBytes": 90_000_000}


def test_a_viewer_is_told_nothing_of_the_disk(client: TestClient[Litestar]) -> None:
    answer = client.get("/api/disk?role=viewer")
    assert answer.status_code == 403
    assert "operator" in answer.json()["detail"]
