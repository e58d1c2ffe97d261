"""``GET /api/disk``: people who give targets learn that the server's disk is nearly full."""

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
    seen: tuple[int, bool] | None = None
    """The result of the next check."""

    def look(self) -> None:
        if self.seen is not None:
            self.free_bytes, self.is_low = self.seen


@pytest.fixture
def space() -> Space:
    return Space(5_000_000_000, is_low=False)


@dataclass
class History:
    reason: str = ""


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def client(space: Space, history: History) -> TestClient[Litestar]:
    routes = [disk_routes(DemoAuth(), space, history)]
    return TestClient(Litestar(routes, exception_handlers=EXCEPTION_HANDLERS))


@pytest.mark.parametrize("role", ["operator", "engineer", "admin"])
def test_people_who_give_targets_see_the_state_of_the_disk_as_it_is_now(
    client: TestClient[Litestar], space: Space, history: History, role: str
) -> None:
    before = {"isLow": False, "freeBytes": 5_000_000_000, "historyStopped": ""}
    assert client.get(f"/api/disk?role={role}").json() == before
    space.seen, history.reason = (90_000_000, True), "the disk has 90,000,000 bytes free"
    after = {"isLow": True, "freeBytes": 90_000_000, "historyStopped": "the disk has 90,000,000 bytes free"}
    assert client.get(f"/api/disk?role={role}").json() == after


def test_a_viewer_learns_nothing_about_the_disk(client: TestClient[Litestar]) -> None:
    answer = client.get("/api/disk?role=viewer")
    assert answer.status_code == 403
    assert "operator" in answer.json()["detail"]
