"""HTTP around the API: identity, the board, health, figures, and /schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.integration.http_support import FakeServices, client, serving
from tests.integration.test_http_api import kind_of

from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.live import By, ByKind, CloseCode, Outcome, TxOutcome
from setpoint.core.plant import Person, Role
from setpoint.errors import RequestError
from setpoint.server.http.board_files import read_board
from setpoint.server.identity.authenticator import DemoAuth
from setpoint.server.live import LiveRequest, Refused


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
async def url(services: FakeServices) -> AsyncIterator[str]:
    async with serving(services) as url:
        yield url


@pytest.fixture
async def browser(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client(url) as browser:
        yield browser


# Identity


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ({}, {}, ("operator", Role.OPERATOR)),
        ({"x-demo-user": "anna", "x-demo-role": "viewer"}, {}, ("anna", Role.VIEWER)),
        ({}, {"user": "bert", "role": "admin"}, ("bert", Role.ADMIN)),
        ({"x-demo-user": "Zoë".encode().decode("latin-1")}, {}, ("Zoë", Role.OPERATOR)),
        ({"x-demo-user": "Zo\xeb"}, {}, ("Zoë", Role.OPERATOR)),
        ({"x-demo-user": "  "}, {"role": "ENGINEER"}, ("operator", Role.ENGINEER)),
    ],
)
async def test_in_the_demo_a_person_is_who_they_claim_to_be(
    headers: dict[str, str], query: dict[str, str], expected: tuple[str, Role]
) -> None:
    person = await DemoAuth().identify(headers, query, {}, None)
    assert (person.name, person.role) == expected


@pytest.mark.parametrize("query", [{"role": "boss"}, {"user": "x" * 65}, {"user": "a\x07"}])
async def test_an_invalid_name_or_role_is_refused_on_http_and_on_live(query: dict[str, str]) -> None:
    with pytest.raises(RequestError) as refused:
        await DemoAuth().identify({}, query, {}, None)
    assert refused.value.code == "bad-user"
    target = "/live?" + str(httpx.QueryParams(query))
    answer = await DemoAuth().identify_live(LiveRequest(target, {}, None))
    assert isinstance(answer, Refused)
    assert answer.code is CloseCode.FORBIDDEN


async def test_live_and_http_see_the_same_person() -> None:
    person = await DemoAuth().identify_live(LiveRequest("/live?user=anna&role=viewer", {}, None))
    assert person == Person("anna", {"*": Role.VIEWER})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/plant"),
        ("POST", "/api/batches"),
        ("GET", "/api/batches"),
        ("GET", "/api/batches/x"),
        ("GET", "/api/batches/x/file"),
        ("POST", "/api/batches/x/undo"),
        ("POST", "/api/batches/x/retry"),
        ("GET", "/api/batches/export.csv"),
        ("GET", "/api/events"),
        ("GET", "/api/template.xlsx"),
        ("PUT", "/api/files/x?filename=a"),
    ],
)
async def test_without_signing_in_there_is_nothing(url: str, method: str, path: str) -> None:
    async with client(url, "nobody") as nobody:
        assert kind_of(await nobody.request(method, path)) == (401, "not-signed-in")


# The board


@pytest.mark.parametrize(
    "path", ["/", "/lines/01", "/machines/m:401", "/batches", "/batches/x", "/upload?user=anna"]
)
async def test_every_view_of_the_board_is_the_page(browser: httpx.AsyncClient, path: str) -> None:
    response = await browser.get(path)
    assert (response.status_code, response.text) == (200, "<!doctype html>")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepts", "encoding", "body"),
    [
        ("gzip, br", "br", b"BR"),
        ("gzip", "gzip", b"GZ"),
        ("identity", None, b"plain"),
        ("gzip, br;q=0", "gzip", b"GZ"),
        ("gzip;q=0, br; q=0.0", None, b"plain"),
    ],
)
async def test_assets_are_kept_for_ever_and_sent_in_the_smallest_form(
    url: str, accepts: str, encoding: str | None, body: bytes
) -> None:
    async with (
        httpx.AsyncClient(base_url=url) as browser,
        browser.stream("GET", "/assets/index-abc.js", headers={"Accept-Encoding": accepts}) as response,
    ):
        raw = b"".join([part async for part in response.aiter_raw()])
    assert (raw, response.headers.get("content-encoding")) == (body, encoding)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "Accept-Encoding"


async def test_a_page_that_the_browser_has_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/", headers={"If-None-Match": '"page"'})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/missing.js",
        "/assets/../../app.py",
        "/assets/%2e%2e/%2e%2e/app.py",
        "/assets/..%2f..%2fapp.py",
        "/api",
        "/api/nothing",
        "/live",
    ],
)
async def test_a_path_that_is_neither_a_view_nor_a_file_is_not_found(
    browser: httpx.AsyncClient, path: str
) -> None:
    assert kind_of(await browser.get(path)) == (404, "not-found")


async def test_a_method_that_a_path_does_not_take_is_405(browser: httpx.AsyncClient) -> None:
    response = await browser.delete("/api/plant")
    assert kind_of(response) == (405, "method-not-allowed")
    assert response.headers["allow"]


def test_a_build_is_read_with_its_smaller_twins(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name, content in {
        "index.html": b"page",
        "assets/a-1.js": b"code",
        "assets/a-1.js.br": b"br",
        "assets/a-1.js.gz": b"gz",
        "assets/f-1.woff2": b"font",
    }.items():
        (tmp_path / name).write_bytes(content)
    files = read_board(tmp_path)
    assert set(files) == {"index.html", "assets/a-1.js", "assets/f-1.woff2"}
    assert dict(files["assets/a-1.js"].encoded) == {"br": b"br", "gzip": b"gz"}
    assert [files[name].media_type for name in files] == [
        "text/javascript",
        "font/woff2",
        "text/html",
    ]
    assert [files[name].is_hashed for name in files] == [True, True, False]


def test_without_a_build_there_is_no_board(tmp_path: Path) -> None:
    assert read_board(tmp_path / "none") == {}


# Health and figures


async def test_a_server_that_works_is_alive_and_ready(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/healthz")).json() == {"status": "alive"}
    assert (await browser.get("/readyz")).json() == {
        "status": "ready",
        "role": "plant",
        "history": "recorded",
    }


async def test_the_figures_tell_of_clients_machines_ticks_and_outcomes(
    browser: httpx.AsyncClient, services: FakeServices
) -> None:
    services.metrics.ticked(0.003)
    by = By(ByKind.OPERATOR, "anna")
    services.metrics.settled([TxOutcome("t", "m_401", "mode", Outcome.APPLIED, by=by)] * 2)
    services.shell.machines["m_401"].update(quality="OFFLINE", seen=1.5)
    response = await browser.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = response.text
    for line in (
        "setpoint_clients 2.0",
        "setpoint_deliveries_total 7.0",
        "setpoint_drops_total 0.0",
        "setpoint_gaps_total 0.0",
        'setpoint_closed_total{code="4429"} 1.0',
        'setpoint_machines{quality="GOOD"} 8.0',
        'setpoint_machines{quality="OFFLINE"} 1.0',
        "setpoint_oldest_contact_age_seconds 3.5",
        'setpoint_outcomes_total{by="operator",outcome="applied"} 2.0',
        'setpoint_outcomes_total{by="operator",outcome="unknown"} 0.0',
        'setpoint_tick_lateness_seconds_bucket{le="0.005"} 1.0',
    ):
        assert line in text.splitlines()
    assert "anna" not in text
    assert "m_401" not in text


# What the schema says


async def test_the_schema_describes_every_call_and_fetches_nothing(browser: httpx.AsyncClient) -> None:
    for path in ("/schema", "/schema/openapi.json"):
        response = await browser.get(path)
        assert response.status_code == 200
        document = response.json()
    assert document["openapi"].startswith("3.")
    calls = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert calls >= {
        ("get", "/api/plant"),
        ("post", "/api/batches"),
        ("get", "/api/batches"),
        ("get", "/api/batches/{tx_id}"),
        ("post", "/api/batches/{tx_id}/undo"),
        ("get", "/api/template.xlsx"),
        ("post", "/api/simulator/events"),
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/metrics"),
    }
    batch = document["paths"]["/api/batches"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(batch["properties"]) == set(BatchRequest.__struct_encode_fields__)
    assert batch["required"] == ["txId", "updates"]
    answers = document["components"]["schemas"]
    assert "txId" in answers["BatchAnswer"]["properties"]
    problem = document["paths"]["/api/batches"]["post"]["responses"]["409"]["content"]
    assert list(problem) == ["application/problem+json"]
