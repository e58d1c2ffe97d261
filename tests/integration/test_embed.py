"""Setpoint inside another ASGI application: FastAPI, Starlette, Litestar, and what it refuses."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import websockets
from litestar import Litestar, get
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.integration.giving import commit

import setpoint
from setpoint import Client, Person, Phase, Role
from setpoint.core.plant import Plant, demo_plant
from setpoint.errors import ConfigError, RefusedError, SetpointError
from setpoint.testing.patience import patient

EXAMPLE = Path(__file__).parents[2] / "examples/fastapi_line/app.py"
ANNA = Person("anna", {"*": Role.OPERATOR})


async def anna(headers: Mapping[str, str], cookies: Mapping[str, str]) -> Person | None:
    return ANNA if "Bearer anna" in (headers.get("authorization"), cookies.get("who")) else None


class StartedServer(uvicorn.Server):
    """A uvicorn server that says that it has started, or has ended before that."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, lifespan="on", log_config=None, timeout_graceful_shutdown=2))
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Runs ``app`` under an unmodified uvicorn, with its lifespan."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = StartedServer(app)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        up = asyncio.create_task(server.is_up.wait())
        await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        assert server.started, "the application did not start"
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@pytest.fixture(autouse=True)
def patient_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETPOINT_DATABASE_TIMEOUT", "30")


@pytest.fixture
def plant() -> Plant:
    return demo_plant(machines=4)


async def test_the_example_runs_and_a_batch_is_committed_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIFT_DATA", str(tmp_path))
    spec = importlib.util.spec_from_file_location("fastapi_line", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    async with serving(example.app) as url, httpx.AsyncClient(base_url=url, timeout=20) as http:
        assert set((await http.get("/shift")).json()) == {
            "m_401",
            "m_402",
            "m_403",
            "m_404",
            "m_411",
            "m_412",
        }
        shift_answer = await http.post("/shift/m_402/slow", params={"url": url})
        assert shift_answer.json() == {"targetSpeed": "reconciled"}
        answer = await http.get("/setpoint/api/batches", headers={"Authorization": "Bearer secret-of-anna"})
        assert [each["person"] for each in answer.json()["items"]] == ["anna"]
        assert (await http.get("/setpoint/api/plant")).status_code == 401


async def test_a_person_sees_only_what_the_application_grants(tmp_path: Path) -> None:
    async def vera(headers: Mapping[str, str], cookies: Mapping[str, str]) -> Person:
        return Person("vera", {"01": Role.VIEWER})

    app = setpoint.embed(Starlette(), demo_plant(machines=9), sign_in=vera, data_dir=tmp_path)
    async with serving(app) as url, Client(f"{url}/setpoint") as client:
        assert [line.id for line in client.plant.lines] == ["01"]
        machine = next(iter(client.plant.machines))
        batch = await commit(client, {machine: {"targetSpeed": 100}})
        await batch.done()
        assert [target.phase for target in batch.targets] == [Phase.FAILED]


async def test_everything_else_stays_the_applications(plant: Plant, tmp_path: Path) -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        events.append("begins")
        yield
        events.append("ends")

    async def page(_: Any) -> PlainTextResponse:
        return PlainTextResponse("mine")

    routes = [Route("/setpoints", page), Route("/", page)]
    app = setpoint.embed(
        Starlette(routes=routes, lifespan=lifespan),
        plant,
        sign_in=anna,
        prefix="/setpoint",
        data_dir=tmp_path,
    )
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/setpoints")).text == "mine"
        assert (await http.get("/")).text == "mine"
        async with asyncio.timeout(patient(10)):
            while (await http.get("/setpoint/readyz")).json()["status"] != "ready":
                pass  # the database may not have answered in time
        assert (await http.get("/setpoint/schema/asyncapi.json")).status_code == 200
        assert events == ["begins"]
    assert events == ["begins", "ends"]


async def test_it_runs_inside_litestar_and_under_another_prefix(plant: Plant, tmp_path: Path) -> None:
    @get("/")
    async def page() -> str:
        return "mine"

    app = setpoint.embed(
        Litestar([page]), plant, sign_in=anna, prefix="/factory/live-data", data_dir=tmp_path
    )
    async with serving(app) as url:
        async with Client(f"{url}/factory/live-data", token="anna") as client:
            machine = next(iter(plant.machines.values()))
            await client.subscribe(machine.id)
            batch = await commit(client, {machine.key: {"targetSpeed": 90}})
            await batch.done()
            assert [target.phase for target in batch.targets] == [Phase.RECONCILED]
        async with httpx.AsyncClient(base_url=url) as http:
            assert (await http.get("/")).text == "mine"


async def test_a_person_unknown_to_the_application_is_refused(plant: Plant, tmp_path: Path) -> None:
    app = setpoint.embed(Starlette(), plant, sign_in=anna, data_dir=tmp_path)
    async with serving(app) as url:
        live = f"ws{url.removeprefix('http')}/setpoint/live"
        with pytest.raises(RefusedError) as refused:
            async with Client(f"{url}/setpoint", token="nobody"):
                pass
        assert refused.value.status == 401
        async with websockets.connect(live) as stranger:
            await stranger.send('{"type":"auth","token":"wrong"}')
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await stranger.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        with pytest.raises(websockets.InvalidStatus) as status:
            await websockets.connect(live, origin=websockets.Origin("http://evil.example"))
        assert status.value.response.status_code == 403


async def test_a_page_of_another_site_cannot_write(plant: Plant, tmp_path: Path) -> None:
    app = setpoint.embed(Starlette(), plant, sign_in=anna, data_dir=tmp_path)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, cookies={"who": "Bearer anna"}) as http:
        headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = await http.post("/setpoint/api/batches", json={}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/cross-site")


async def test_a_write_with_a_cookie_has_to_say_where_it_comes_from_whatever_the_cookies_name(
    plant: Plant, tmp_path: Path
) -> None:
    app = setpoint.embed(Starlette(), plant, sign_in=anna, data_dir=tmp_path)
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        cookie = {"Cookie": "who=Bearer anna"}
        answer = await http.post("/setpoint/api/batches", json={}, headers=cookie)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/cross-site")
        own = await http.post("/setpoint/api/batches", json={}, headers=cookie | {"Origin": url})
        assert own.status_code == 422
        program = await http.post("/setpoint/api/batches", json={}, headers={"Authorization": "Bearer anna"})
        assert program.status_code == 422


async def test_cookies_of_other_software_and_in_several_headers_leave_a_person_signed_in(
    plant: Plant, tmp_path: Path
) -> None:
    app = setpoint.embed(Starlette(), plant, sign_in=anna, data_dir=tmp_path)
    cookies = [("Cookie", 'a[b]={"c": 1}'), ("Cookie", "who=Bearer anna")]
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/setpoint/api/plant", headers=cookies)).status_code == 200
        live = f"ws{url.removeprefix('http')}/setpoint/live"
        async with websockets.connect(live, additional_headers=cookies) as socket_of_anna:
            assert '"hello"' in str(await socket_of_anna.recv())


@pytest.mark.parametrize("is_mounted", [True, False], ids=["mounted", "behind a proxy that strips"])
async def test_it_answers_where_the_whole_application_has_a_path(
    plant: Plant, tmp_path: Path, is_mounted: bool
) -> None:
    inner = Starlette(routes=[Route("/", lambda _: PlainTextResponse("mine"))])
    app = setpoint.embed(inner, plant, sign_in=anna, data_dir=tmp_path)
    outer = Starlette(routes=[Mount("/factory", app)])
    root = "" if is_mounted else "/factory"
    await app.start()
    try:
        transport = httpx.ASGITransport(outer if is_mounted else app, root_path=root)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            answer = await http.get("/factory/setpoint/api/plant", headers={"Authorization": "Bearer anna"})
            assert answer.status_code == 200
            assert (await http.get("/factory/")).text == "mine"
            assert (await http.get("/factory/setpointless")).status_code == 404
    finally:
        await app.stop()


async def test_a_second_one_on_the_same_data_says_why_it_does_not_start(plant: Plant, tmp_path: Path) -> None:
    first, second = (setpoint.embed(Starlette(), plant, sign_in=anna, data_dir=tmp_path) for _ in range(2))
    await first.start()
    try:
        with pytest.raises(ConfigError, match="data directory"):
            await second.start()
    finally:
        await first.stop()


@pytest.mark.parametrize("prefix", ["setpoint", "/setpoint/", ""])
def test_an_invalid_prefix_is_refused(plant: Plant, tmp_path: Path, prefix: str) -> None:
    with pytest.raises(ConfigError, match="prefix"):
        setpoint.embed(Starlette(), plant, sign_in=anna, prefix=prefix, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"\xff\xfe", "not UTF-8"), (b"[plant", "not valid TOML")],
    ids=["missing", "another encoding", "not TOML"],
)
def test_a_plant_file_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    path = tmp_path / "plant.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SetpointError, match=why):
        setpoint.embed(Starlette(), path, sign_in=anna, data_dir=tmp_path / "data")


def test_a_plant_file_may_begin_with_the_mark_of_a_windows_editor(tmp_path: Path) -> None:
    path = tmp_path / "plant.toml"
    text = (EXAMPLE.parent / "plant.toml").read_text("utf-8")
    path.write_text(text, "utf-8-sig")
    app = setpoint.embed(Starlette(), path, sign_in=anna, data_dir=tmp_path / "data")
    assert app.runtime.plant.machines
