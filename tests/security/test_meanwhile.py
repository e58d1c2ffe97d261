"""A person who loses their rights while a request is on its way has lost them for that request too."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
from tests.security.sign_in_server import SignInServer, serving, until

from setpoint.contract.http.pages import Page
from setpoint.core.plant import WHOLE_PLANT, Person, Role
from setpoint.server.http import sight
from setpoint.testing.patience import patient

FILE = b"Machine ID,Target Speed\r\nm:401,150\r\n"


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SignInServer]:
    monkeypatch.setattr(sight, "_RENEWED_AFTER_MS", 0)  # every body counts as slow
    async with serving(tmp_path) as running:
        await running.add("otto", "operator")
        machines = running.runtime.machines
        await until(lambda: all(record["quality"] == "GOOD" for record in machines.values()))
        yield running


def batch() -> bytes:
    updates = {"m_401": {"targetSpeed": 150}}
    return json.dumps({"txId": str(uuid.uuid4()), "updates": updates}).encode()


def make_viewer(server: SignInServer) -> Awaitable[None]:
    return server.accounts.set_grants("otto", {WHOLE_PLANT: Role.VIEWER})


async def send_in_two_parts(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch, request: str, body: bytes, change: Awaitable[None]
) -> bytes:
    """Sends half of a request, changes its person, sends the rest, and returns the answer."""
    token, is_known = await server.token("otto"), asyncio.Event()
    by_token = server.sign_in.by_token

    async def note_known(text: str) -> Person | None:
        person = await by_token(text)
        is_known.set()
        return person

    monkeypatch.setattr(server.sign_in, "by_token", note_known)
    head = (
        f"{request} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await server.raw(head.encode() + body[:10])
    async with asyncio.timeout(patient(10)):
        await is_known.wait()
        await change
        writer.write(body[10:])
        return await reader.read()


async def test_a_batch_of_an_account_that_was_disabled_meanwhile_is_refused(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(server.runtime.machines["m_401"])
    answer = await send_in_two_parts(
        server, monkeypatch, "POST /api/batches", batch(), server.accounts.set_disabled("otto", True)
    )
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert server.runtime.machines["m_401"]["targetSpeed"] == before["targetSpeed"]


async def test_a_batch_of_a_person_who_is_now_a_viewer_changes_nothing(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await send_in_two_parts(server, monkeypatch, "POST /api/batches", batch(), make_viewer(server))
    assert b'"outcome":"rejected"' in answer
    assert b"needs operator on line 01" in answer


async def test_a_workbook_of_a_person_who_is_now_a_viewer_is_not_kept(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/files/{hashlib.sha256(FILE).hexdigest()}?filename=plan.csv"
    answer = await send_in_two_parts(server, monkeypatch, f"PUT {path}", FILE, make_viewer(server))
    assert answer.startswith(b"HTTP/1.1 403 ")


async def test_an_administrator_who_was_disabled_meanwhile_gives_nobody_rights(server: SignInServer) -> None:
    """A person who loses access must not have a request on its way that makes them a new account."""
    await server.add("ada", "admin")
    everything = {WHOLE_PLANT: "admin"}
    for request, body in (
        ("POST /api/people", {"name": "eve", "grants": everything}),
        ("PUT /api/people/otto/grants", {"grants": everything}),
        ("POST /api/people/otto/tokens", {"name": "way-back", "role": "admin"}),
        ("POST /api/tokens", {"name": "way-back", "role": "admin"}),
    ):
        await server.accounts.set_disabled("ada", False)
        browser, encoded = await server.browser("ada"), json.dumps(body).encode()
        head = (
            f"{request} HTTP/1.1\r\nHost: localhost:{server.port}\r\nOrigin: http://localhost:{server.port}\r\n"
            f"Cookie: {browser.cookie}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(encoded)}\r\n\r\n"
        )
        reader, writer = await server.raw(head.encode() + encoded[:10])
        assert (await browser.get("/api/session")).json()["user"]["name"] == "ada"
        await server.accounts.set_disabled("ada", True)
        writer.write(encoded[10:])
        async with asyncio.timeout(patient(10)):
            assert (await reader.read()).startswith(b"HTTP/1.1 401 "), request
    assert {each.name: each.grants[WHOLE_PLANT] for each in await server.accounts.accounts()} == {
        "ada": Role.ADMIN,
        "otto": Role.OPERATOR,
    }
    assert not await server.accounts.tokens("otto")


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("/api/batches/export.csv", "batches"),
        ("/api/batches/export.xlsx", "batches"),
        ("/api/events/export.csv", "events"),
        ("/api/history?signals=m_401.speed&from=0&to=60", "history"),
    ],
)
@pytest.mark.parametrize("role", [Role.VIEWER, None])
async def test_what_was_read_for_a_person_who_has_other_rights_now_is_not_given_out(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch, path: str, reads: str, role: Role | None
) -> None:
    """The person loses a line, or their account, during an export."""
    otto = await server.program(await server.token("otto"))
    change = (
        server.accounts.set_disabled("otto", True)
        if role is None
        else server.accounts.set_grants("otto", {"01": role})
    )

    async def read_and_change(*_: object) -> object:
        await change
        return (b"read with the former rights", "text/csv") if reads == "history" else Page[Any]([])

    with monkeypatch.context() as patched:
        patched.setattr(server.runtime, reads, read_and_change)
        refused = await otto.get(path)
    assert refused.status_code == (403 if role else 401), refused.text
    assert refused.json()["type"] == "/problems/" + ("rights-changed" if role else "not-signed-in")


async def test_the_security_log_is_not_given_to_somebody_who_is_no_administrator_any_more(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.add("ada", "admin")
    ada, still = await server.program(await server.token("ada")), server.sign_in.still

    async def demote(via: str) -> Person | None:
        await server.accounts.set_grants("ada", {WHOLE_PLANT: Role.ENGINEER})
        return await still(via)

    monkeypatch.setattr(server.sign_in, "still", demote)
    for path in ("/api/security", "/api/security/export.csv"):
        await server.accounts.set_grants("ada", {WHOLE_PLANT: Role.ADMIN})
        refused = await ada.get(path)
        assert refused.status_code == 403, refused.text
