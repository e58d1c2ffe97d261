"""Reloading the plant file of a running server: who may do it, the answer, and what continues."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.security.sign_in_server import SignInServer, serving

from setpoint.core.plant import Plant, parse_plant
from setpoint.errors import ConfigError
from setpoint.runtime.plant_file import PlantFile
from setpoint.runtime.plant_text import read_plant

HEAD = """
name = "Reloaded"
[sources.simulator]
kind = "simulator"
stops = false
"""
ALL = (401, 402, 403)


def text(*numbers: int) -> str:
    return f'{HEAD}[[lines]]\nid = "01"\nmachines = {list(numbers)}\n'


class File:
    """A plant file that tests edit."""

    def __init__(self, *numbers: int) -> None:
        self.text = text(*numbers)

    def read(self) -> Plant:
        return parse_plant(self.text)


@pytest.fixture
def file() -> File:
    return File(*ALL)


@pytest.fixture
async def server(tmp_path: Path, file: File) -> AsyncIterator[SignInServer]:
    plant_file = PlantFile(file.read, tmp_path, None)
    async with serving(tmp_path, plant=file.read(), plant_file=plant_file) as running:
        await running.add("ada", "admin")
        await running.add("lena", "admin", "01")
        await running.add("otto", "operator")
        yield running


async def keys(server: SignInServer, name: str) -> list[str]:
    plant = (await (await server.browser(name)).get("/api/plant")).json()
    return [machine["key"] for line in plant["lines"] for machine in line["machines"]]


@pytest.mark.rule("PLANT-1")
async def test_only_an_administrator_of_the_whole_plant_has_the_file_read_again(
    server: SignInServer, file: File
) -> None:
    file.text = text(401, 402)
    for who in ("otto", "lena"):
        assert (await (await server.browser(who)).post("/api/plant/reload")).status_code == 403
    assert (await (await server.program()).post("/api/plant/reload")).status_code == 401
    assert await keys(server, "otto") == ["m_401", "m_402", "m_403"]
    token = await server.program(await server.token("ada"))
    assert (await token.post("/api/plant/reload")).json()["removed"] == ["m_403"]
    assert await keys(server, "otto") == ["m_401", "m_402"]


@pytest.mark.rule("PLANT-1")
async def test_a_file_that_cannot_be_used_changes_nothing_and_the_answer_says_why(
    server: SignInServer, file: File
) -> None:
    file.text = text(401).replace('kind = "simulator"', 'kind = "abacus"')
    ada = await server.browser("ada")
    refused = await ada.post("/api/plant/reload")
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/invalid-plant"
    assert "abacus" in refused.json()["detail"]
    german = await ada.post("/api/plant/reload", headers={"Accept-Language": "de"})
    why = "eine solche Quelle ist nicht installiert"
    assert why in german.json()["detail"]
    assert why in german.json()["arguments"]["why"]
    file.text = "[lines"
    assert (await ada.post("/api/plant/reload")).status_code == 422
    assert await keys(server, "otto") == ["m_401", "m_402", "m_403"]


def test_a_file_with_a_mark_of_windows_is_read_and_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "plant.toml"
    path.write_text(text(401), "utf-8-sig")
    assert [*read_plant(path).machines] == ["m_401"]
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="is a pipe or a device; put a file there"):
        read_plant(path)


@pytest.mark.rule("PLANT-1", "PLANT-2")
async def test_an_open_connection_goes_on_with_the_new_plant(server: SignInServer, file: File) -> None:
    ada, otto = await server.browser("ada"), await server.browser("otto")
    live = await server.live_client(cookie=otto.cookie)
    first = await live.receive("hello")
    await live.send(type="subscribe", id=1, topic="line:01")
    assert set((await live.receive("snapshot"))["data"]["machines"]) == {"m_401", "m_402", "m_403"}
    file.text = text(401, 402, 404)
    changed = (await ada.post("/api/plant/reload")).json()
    assert (changed["added"], changed["removed"]) == (["m_404"], ["m_403"])
    again = await live.receive("hello")
    assert again["session"] == first["session"]
    assert again["epoch"] != first["epoch"]
    await live.send(type="subscribe", id=2, topic="line:01")
    assert set((await live.receive("snapshot"))["data"]["machines"]) == {"m_401", "m_402", "m_404"}
    while "m_404" not in (delta := await live.receive("delta")).get("machines", {}):
        pass
    body = {
        "txId": str(uuid.uuid4()),
        "updates": {"m_404": {"targetSpeed": 150}, "m_403": {"targetSpeed": 1}},
    }
    results = (await otto.post("/api/batches", json=body)).json()["results"]
    assert [result["outcome"] for result in results] == ["applied", "rejected"], delta


@pytest.mark.rule("PLANT-2")
async def test_a_source_whose_machines_all_stay_is_not_touched(server: SignInServer, file: File) -> None:
    before = server.runtime.sources.of("m_401")
    file.text = text(*ALL, 404)
    ada = await server.browser("ada")
    await ada.post("/api/plant/reload")
    assert server.runtime.sources.of("m_401") is before
    assert server.runtime.sources.of("m_404") is not before
    file.text = text(404)
    await ada.post("/api/plant/reload")
    assert before is not None
    assert server.runtime.sources.of("m_401") is None
    assert not before.is_started


async def test_the_security_log_says_who_reloaded_the_plant_and_what_changed(
    server: SignInServer, file: File
) -> None:
    file.text = text(401)
    ada = await server.browser("ada")
    await ada.post("/api/plant/reload")
    entry = (await ada.get("/api/security", params={"limit": 1})).json()["items"][0]
    assert (entry["event"], entry["person"], entry["address"]) == ("plant-changed", "ada", "127.0.0.1")
    assert entry["facts"]["removed"] == ["m_402", "m_403"]
