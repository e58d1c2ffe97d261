"""What only an administrator may do with other people's accounts, sessions and tokens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.security.sign_in_server import PASSWORD, Browser, SignInServer, serving

CALLS = [
    ("GET", "/api/people", None),
    ("POST", "/api/people", {"name": "zoe", "grants": {"*": "admin"}}),
    ("PUT", "/api/people/anna/grants", {"grants": {"*": "admin"}}),
    ("POST", "/api/people/anna/disable", None),
    ("POST", "/api/people/anna/enable", None),
    ("POST", "/api/people/anna/link", None),
    ("GET", "/api/people/anna/sessions", None),
    ("DELETE", "/api/people/anna/sessions", None),
    ("DELETE", "/api/people/anna/sessions/x", None),
    ("GET", "/api/people/anna/tokens", None),
    ("POST", "/api/people/anna/tokens", {"name": "mes"}),
    ("DELETE", "/api/people/anna/tokens/x", None),
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path) as running:
        await running.add("boss", "admin")
        await running.add("anna", "operator")
        yield running


async def access_facts(server: SignInServer, event: str) -> list[dict[str, Any]]:
    entries = [json.loads(each.payload) for each in await server.persistence.audit() if each.kind == "access"]
    return [each for each in entries if each["event"] == event]


async def person(boss: Browser, name: str) -> dict[str, Any]:
    return next(each for each in (await boss.get("/api/people")).json() if each["name"] == name)


async def use_link(server: SignInServer, link: str) -> Browser:
    browser = await server.browser()
    answer = await browser.put(
        "/api/invite", json={"secret": link.partition("#link=")[2], "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    return browser


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=lambda each: str(each)[:40])
async def test_only_an_administrator_of_the_whole_plant_in_a_browser_of_this_site_manages_people(
    server: SignInServer, method: str, path: str, body: Any
) -> None:
    for name, role, *lines in (("olga", "operator"), ("egon", "engineer"), ("lina", "admin", "01")):
        await server.add(name, role, *lines)
    strangers: list[tuple[httpx.AsyncClient, int]] = [
        (await server.browser(), 401),
        (await server.browser("olga"), 403),
        (await server.browser("egon"), 403),
        (await server.browser("lina"), 403),
        (await server.program(await server.token("boss")), 403),
    ]
    before = await server.accounts.accounts()
    for who, status in strangers:
        assert (await who.request(method, path, json=body)).status_code == status
    boss = await server.browser("boss")
    evil = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    if method != "GET":
        assert (await boss.request(method, path, json=body, headers=evil)).status_code == 403
    assert await server.accounts.accounts() == before
    assert await server.accounts.tokens("anna") == []


async def test_somebody_is_added_comes_in_by_the_link_and_is_known_by_their_last_sign_in(
    server: SignInServer,
) -> None:
    boss = await server.browser("boss")
    added = await boss.post("/api/people", json={"name": "Zoe", "grants": {"01": "operator"}})
    assert added.status_code == 201, added.text
    assert await person(boss, "zoe") == (await person(boss, "zoe")) | {
        "grants": {"01": "operator"},
        "comesBy": "link",
        "signedInAt": None,
        "isDisabled": False,
        "isMe": False,
    }
    zoe = await use_link(server, added.json()["link"])
    assert (await zoe.get("/api/session")).json()["user"]["grants"] == {"01": "operator"}
    zoe_entry = await person(boss, "zoe")
    assert (zoe_entry["comesBy"], zoe_entry["signedInAt"] is None) == ("password", False)
    assert (await person(boss, "boss"))["isMe"] is True
    assert (await access_facts(server, "account-added"))[0] == {
        "event": "account-added",
        "person": "boss",
        "address": "127.0.0.1",
        "account": "zoe",
        "rights": "operator on 01",
    }
    audit = "".join(each.payload for each in await server.persistence.audit())
    assert added.json()["link"].partition("#link=")[2] not in audit


async def test_a_new_link_replaces_the_one_before(server: SignInServer) -> None:
    boss = await server.browser("boss")
    first, second = [(await boss.post("/api/people/anna/link")).json()["link"] for _ in range(2)]
    stranger = await server.browser()
    old = {"secret": first.partition("#link=")[2]}
    assert (await stranger.post("/api/invite", json=old)).status_code == 404
    await use_link(server, second)


async def test_somebody_of_the_openid_provider_gets_no_link(server: SignInServer) -> None:
    boss = await server.browser("boss")
    body = {"name": "olaf", "grants": {"*": "viewer"}, "subject": "https://id.example|7"}
    assert (await boss.post("/api/people", json=body)).json() == {"name": "olaf", "link": None}
    assert (await person(boss, "olaf"))["comesBy"] == "openid"
    assert (await boss.post("/api/people", json=body | {"name": "other"})).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"name": "two words", "grants": {"*": "viewer"}},
        {"name": "zoe", "grants": {"*": "king"}},
        {"name": "zoe", "grants": {"*": "ADMIN"}},
    ],
    ids=str,
)
async def test_impossible_names_and_roles_are_refused_with_the_reason(
    server: SignInServer, body: dict[str, Any]
) -> None:
    boss = await server.browser("boss")
    answer = await boss.post("/api/people", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (await boss.post("/api/people", json={"name": "zoe", "grants": {}})).status_code == 400
    assert await server.accounts.account("zoe") is None


async def test_changed_rights_and_disabling_end_open_sockets_and_enabling_lets_in_again(
    server: SignInServer,
) -> None:
    boss, anna = await server.browser("boss"), await server.browser("anna")
    live = await server.live_client(cookie=anna.cookie)
    await live.receive("hello")
    changed = await boss.put("/api/people/anna/grants", json={"grants": {"02": "viewer"}})
    assert changed.json() == {"02": "viewer"}
    assert await live.closed(within_s=5) == 4403
    live = await server.live_client(cookie=anna.cookie)
    await live.receive("hello")
    assert (await boss.post("/api/people/anna/disable")).status_code == 204
    assert await live.closed(within_s=5) == 4401
    assert (await (await server.browser()).sign_in("anna")).status_code == 401
    assert (await boss.post("/api/people/anna/enable")).status_code == 204
    assert (await (await server.browser()).sign_in("anna")).status_code == 200
    assert (await anna.get("/api/session")).json()["user"] is None, "the earlier session stays ended"
    assert (await access_facts(server, "rights-changed"))[0]["before"] == "operator"


async def test_nobody_takes_their_own_administrators_rights_away(server: SignInServer) -> None:
    boss = await server.browser("boss")
    for grants in ({"*": "viewer"}, {"01": "admin"}):
        assert (await boss.put("/api/people/boss/grants", json={"grants": grants})).status_code == 409
    assert (await boss.post("/api/people/boss/disable")).status_code == 409
    own = {"grants": {"*": "admin", "01": "viewer"}}
    assert (await boss.put("/api/people/boss/grants", json=own)).status_code == 200


async def test_sessions_of_others_are_listed_and_ended_one_and_all(server: SignInServer) -> None:
    boss = await server.browser("boss")
    browsers = [await server.browser("anna") for _ in range(3)]
    sessions = (await boss.get("/api/people/anna/sessions")).json()
    assert len(sessions) == 3
    assert not any(each["isThis"] for each in sessions)
    own = (await boss.get("/api/people/boss/sessions")).json()
    assert [each["isThis"] for each in own] == [True]
    assert (await boss.delete(f"/api/people/anna/sessions/{own[0]['id']}")).status_code == 404
    assert (await boss.delete(f"/api/people/anna/sessions/{sessions[0]['id']}")).status_code == 204
    assert (await boss.delete(f"/api/people/anna/sessions/{sessions[0]['id']}")).status_code == 404
    assert len((await boss.get("/api/people/anna/sessions")).json()) == 2
    assert (await boss.delete("/api/people/anna/sessions")).status_code == 204
    for each in browsers:
        assert (await each.get("/api/session")).json()["user"] is None
    assert [each["sessions"] for each in await access_facts(server, "sessions-ended")] == ["2"]


async def test_tokens_of_others_are_made_within_their_rights_listed_and_revoked(server: SignInServer) -> None:
    boss = await server.browser("boss")
    answer = await boss.post("/api/people/anna/tokens", json={"name": "mes", "role": "admin"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["grants"] == {"*": "operator"}, "the token has at most anna's own rights"
    program = await server.program(answer.json()["token"])
    assert (await program.get("/api/plant")).status_code == 200
    again = await boss.post("/api/people/anna/tokens", json={"name": "mes"})
    assert again.status_code == 409
    listed = (await boss.get("/api/people/anna/tokens")).json()
    assert [(each["name"], "token" in each) for each in listed] == [("mes", False)]
    assert (await boss.delete(f"/api/people/boss/tokens/{answer.json()['id']}")).status_code == 404
    assert (await boss.delete(f"/api/people/anna/tokens/{answer.json()['id']}")).status_code == 204
    assert (await program.get("/api/plant")).status_code == 401
    assert [each["program"] for each in await access_facts(server, "token-created")] == ["mes"]


async def test_an_account_that_does_not_exist_is_reported_as_unknown(server: SignInServer) -> None:
    boss = await server.browser("boss")
    for method, path, body in CALLS:
        if "/anna/" in path:
            unknown_path = path.replace("/anna/", "/nobody/")
            assert (await boss.request(method, unknown_path, json=body)).status_code == 404, unknown_path


async def test_administrators_read_the_security_log_and_nobody_else(server: SignInServer) -> None:
    await server.add("root", "admin")
    await server.add("vera", "viewer")
    root, vera = await server.browser("root"), await server.browser("vera")
    await (await server.browser()).sign_in("vera", "not the password")
    await root.post("/api/people", json={"name": "zoe", "grants": {"01": "viewer"}})
    entries = (await root.get("/api/security")).json()["items"]
    assert [each["event"] for each in entries[:2]] == ["account-added", "sign-in-refused"]
    assert entries[0]["person"] == "root"
    assert entries[0]["facts"]["rights"] == "viewer on 01"
    first = (await root.get("/api/security?limit=1")).json()
    second = (await root.get(f"/api/security?limit=1&cursor={first['nextCursor']}")).json()
    assert second["items"] == entries[1:2]
    only = (await root.get("/api/security?person=vera")).json()["items"]
    assert {each["person"] for each in only} == {"vera"}
    exported = await root.get("/api/security/export.csv")
    refused = (await root.get("/api/security?event=sign-in-refused")).json()["items"]
    assert [(each["event"], each["person"]) for each in refused] == [("sign-in-refused", "vera")]
    only_refused = (await root.get("/api/security/export.csv?event=sign-in-refused")).text
    assert only_refused.count("sign-in-refused") == 1
    assert "account-added" not in only_refused
    assert (await root.get("/api/security?event=nothing-like-it")).status_code == 400
    assert "account-added" in exported.text
    assert "not the password" not in exported.text
    for path in ("/api/security", "/api/security/export.csv"):
        assert (await vera.get(path)).status_code == 403
    for cursor in ("x", "-1", "9" * 19, "9" * 40):
        assert (await root.get(f"/api/security?cursor={cursor}")).status_code == 400
    program = await server.program(await server.token("root", "admin"))
    assert (await program.get("/api/security")).status_code == 200
