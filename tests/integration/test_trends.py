"""A machine's last ten minutes over HTTP, and who may see them."""

from __future__ import annotations

from tests.integration.http_support import FakeServices, client, serving

from setpoint.core.plant import Report


async def test_the_last_ten_minutes_are_told_to_who_may_see_the_line() -> None:
    services = FakeServices()
    services.hub.reported([Report("m_401", {"speed": 100.5, "targetSpeed": 120}, 5.0)], 0, 5.0)
    async with serving(services) as url, client(url) as anna, client(url, "vera") as vera:
        for name in ("m_401", "m:401"):
            answer = await vera.get(f"/api/machines/{name}/history")
            assert answer.json() == {
                "machine": "m_401",
                "ts": 5.0,
                "spanMs": 600_000,
                "everyMs": 1_000,
                "at": [5.0],
                "values": {"targetSpeed": [120.0], "speed": [100.5]},
            }
            assert answer.headers["cache-control"] == "no-store"
        assert (await anna.get("/api/machines/m_421/history")).json()["at"] == []


async def test_a_machine_that_may_not_be_seen_is_refused_as_one_that_is_not_there() -> None:
    async with serving(FakeServices()) as url, client(url, "vera") as vera, client(url, "nobody") as nobody:
        hidden = await vera.get("/api/machines/m:421/history")
        absent = await vera.get("/api/machines/m:999/history")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() == absent.json() | {"detail": absent.json()["detail"].replace("999", "421")}
        assert (await nobody.get("/api/machines/m:401/history")).status_code == 401


async def test_it_is_described() -> None:
    async with serving(FakeServices()) as url, client(url) as anna:
        paths = (await anna.get("/schema/openapi.json")).json()["paths"]
        assert "404" in paths["/api/machines/{machine}/history"]["get"]["responses"]
