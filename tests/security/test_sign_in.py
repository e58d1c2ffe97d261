"""The right people can sign in, and nobody else. Each test is an attack, or a way in that must stay open."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Literal

import httpx
import pytest
from argon2 import PasswordHasher
from tests.security.sign_in_server import PASSWORD, Browser, SignInServer, serving, until

from setpoint.core.accounts import SignInLimits, ThrottleLimits
from setpoint.core.plant import Role
from setpoint.server.edge.edge import EdgeSettings
from setpoint.testing.patience import patient


@pytest.fixture
async def server(tmp_path: Path):  # type: ignore[no-untyped-def]  # an async generator fixture
    async with serving(tmp_path) as running:
        yield running


async def test_the_right_password_opens_a_session_and_the_cookie_is_out_of_reach_of_scripts(
    server: SignInServer,
) -> None:
    await server.add("anna")
    browser = await server.browser()
    answer = await browser.sign_in("Anna ")
    assert answer.json() == {"name": "anna", "role": "operator", "grants": {"*": "operator"}}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert (await browser.get("/api/session")).json()["user"]["name"] == "anna"


async def test_wrong_name_wrong_password_disabled_and_without_password_look_the_same(
    server: SignInServer,
) -> None:
    await server.add("anna")
    await server.add("gone")
    await server.accounts.set_disabled("gone", True)
    await server.add("norights")
    await server.accounts.set_grants("norights", {})
    browser = await server.browser()
    answers = [
        await browser.sign_in("anna", "not the password"),
        await browser.sign_in("nobody", PASSWORD),
        await browser.sign_in("gone", PASSWORD),
        await browser.sign_in("norights", PASSWORD),
        await browser.sign_in("", PASSWORD),
        await browser.sign_in("' OR 1=1 --", PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


class RecordingHasher(PasswordHasher):
    """Notes the cost of each check: algorithm, version and parameters of the hash."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.costs: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # its name in argon2
        self.costs.append(str(hash).rpartition("$")[0].rpartition("$")[0])
        return super().verify(hash, password)


async def test_an_unknown_name_costs_the_same_check_as_a_wrong_password(tmp_path: Path) -> None:
    """Otherwise the time of an answer would show whether the account exists."""
    hasher = RecordingHasher()
    async with serving(tmp_path, hasher=hasher) as server:
        await server.add("anna")
        browser = await server.browser()
        for name in ("anna", "nobody"):
            await browser.sign_in(name, "not the password")
    assert hasher.costs == ["$argon2id$v=19$m=64,t=1,p=1"] * 2


async def test_an_earlier_session_is_worth_nothing_after_a_sign_in(server: SignInServer) -> None:
    """Session fixation: a planted cookie does not become a session, and each sign-in makes a new one."""
    await server.add("anna")
    browser = await server.browser()
    browser.cookies.set("setpoint-session", "planted", domain="127.0.0.1")
    await browser.sign_in("anna")
    first = browser.cookies["setpoint-session"]
    assert first != "planted"
    await browser.sign_in("anna")
    assert browser.cookies["setpoint-session"] != first


async def test_a_stolen_cookie_is_worth_nothing_after_sign_out(server: SignInServer) -> None:
    await server.add("anna")
    anna, thief = await server.browser("anna"), await server.browser()
    thief.cookies.set("setpoint-session", anna.cookies["setpoint-session"], domain="127.0.0.1")
    assert (await thief.get("/api/sessions")).status_code == 200
    answer = await anna.delete("/api/session")
    assert answer.status_code == 204
    assert "setpoint-session" not in anna.cookies
    assert (await thief.get("/api/sessions")).status_code == 401


async def test_signing_out_everywhere_ends_every_browser_and_no_one_elses(server: SignInServer) -> None:
    await server.add("anna")
    await server.add("bert")
    here, there, bert = [await server.browser(name) for name in ("anna", "anna", "bert")]
    assert len((await here.get("/api/sessions")).json()) == 2
    assert (await here.delete("/api/sessions")).status_code == 204
    assert (await there.get("/api/sessions")).status_code == 401
    assert (await bert.get("/api/sessions")).status_code == 200


async def test_a_person_can_end_only_their_own_sessions_from_another_one(server: SignInServer) -> None:
    await server.add("anna")
    await server.add("bert")
    here, there, bert = [await server.browser(name) for name in ("anna", "anna", "bert")]
    [session_of_bert] = (await bert.get("/api/sessions")).json()
    other = next(each for each in (await here.get("/api/sessions")).json() if not each["isThis"])
    assert (await here.delete(f"/api/sessions/{session_of_bert['id']}")).status_code == 404
    assert (await here.delete(f"/api/sessions/{other['id']}")).status_code == 204
    assert (await there.get("/api/sessions")).status_code == 401
    assert (await bert.get("/api/sessions")).status_code == 200


async def test_a_session_ends_by_standing_idle_and_by_age(tmp_path: Path) -> None:
    limits = SignInLimits(idle_s=100, absolute_s=250, touch_every_s=0)
    async with serving(tmp_path, limits=limits) as server:
        await server.add("anna")
        used, idle = await server.browser("anna"), await server.browser("anna")
        statuses = []
        for _ in range(4):
            server.clocks.ahead_s += 80
            statuses.append((await used.get("/api/sessions")).status_code)
        assert statuses == [200, 200, 200, 401], "a session in constant use ends by age"
        assert (await idle.get("/api/sessions")).status_code == 401


async def test_a_new_password_ends_every_session(server: SignInServer) -> None:
    await server.add("anna")
    thief = await server.browser("anna")
    secret = await server.sign_in.invite("anna")
    anna = await server.browser()
    answer = await anna.put("/api/invite", json={"secret": secret, "password": "a newer sentence"})
    assert answer.status_code == 200
    assert (await anna.get("/api/sessions")).status_code == 200
    assert (await thief.get("/api/sessions")).status_code == 401
    assert (await thief.sign_in("anna", PASSWORD)).status_code == 401
    assert (await anna.sign_in("anna", "a newer sentence")).status_code == 200


async def test_a_link_works_once_for_the_name_it_was_made_for(server: SignInServer) -> None:
    await server.add("anna", "viewer")
    await server.add("boss", "admin")
    secret = await server.sign_in.invite("anna")
    browser = await server.browser()
    answer = await browser.post("/api/invite", json={"secret": secret})
    assert answer.json()["name"] == "anna"
    weak = await browser.put("/api/invite", json={"secret": secret, "password": "anna-anna-anna"})
    assert weak.status_code == 422
    used = await browser.put(
        "/api/invite", json={"secret": secret, "password": "a newer sentence", "name": "boss"}
    )
    assert used.json()["name"] == "anna"
    again = await browser.put("/api/invite", json={"secret": secret, "password": "a third sentence"})
    assert again.status_code == 404
    assert (await browser.post("/api/invite", json={"secret": "guessed"})).status_code == 404


async def test_the_first_administrator_comes_by_a_link_and_there_is_no_second_first(
    server: SignInServer,
) -> None:
    browser = await server.browser()
    assert (await browser.get("/api/session")).json() == {"user": None, "needsSetUp": True, "openId": None}
    secret = await server.sign_in.invite(None)
    answer = await browser.put("/api/invite", json={"secret": secret, "name": "Boss", "password": PASSWORD})
    assert answer.json() == {"name": "boss", "role": "admin", "grants": {"*": "admin"}}
    assert (await (await server.browser()).get("/api/session")).json()["needsSetUp"] is False
    late = await server.sign_in.invite(None)
    assert (await browser.post("/api/invite", json={"secret": late})).status_code == 404, (
        "the link is refused before the form is shown"
    )
    answer = await browser.put("/api/invite", json={"secret": late, "name": "evil", "password": PASSWORD})
    assert answer.status_code == 404
    assert [each.name for each in await server.accounts.accounts()] == ["boss"]


async def test_guessing_costs_more_time_each_try_and_the_right_password_waits_as_well(
    server: SignInServer,
) -> None:
    await server.add("anna")
    server.clocks.stop()
    guesser = await server.browser()
    statuses = [(await guesser.sign_in("anna", f"guess {number}")).status_code for number in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    refused = await guesser.sign_in("anna", PASSWORD)
    assert refused.status_code == 429
    server.clocks.ahead_s += 1
    assert (await guesser.sign_in("anna", "guess")).status_code == 401
    refused = await guesser.sign_in("anna", PASSWORD)
    server.clocks.ahead_s += 2
    assert (await guesser.sign_in("anna")).status_code == 200, (
        "wrong passwords delay a sign-in and lock nobody out"
    )


async def test_strangers_guesses_do_not_lock_out_the_account_holder_at_another_address(
    tmp_path: Path,
) -> None:
    edge = EdgeSettings(trusted_proxies=("127.0.0.1",))
    async with serving(tmp_path, edge=edge) as server:
        await server.add("anna")
        server.clocks.stop()
        home = await server.browser(headers={"x-forwarded-for": "10.0.0.7"})
        assert (await home.sign_in("anna")).status_code == 200
        statuses = []
        for number in range(30):
            bot = await server.browser(headers={"x-forwarded-for": f"203.0.113.{number}"})
            statuses.append((await bot.sign_in("anna", "guess")).status_code)
        assert 429 in statuses, "strangers have to wait"
        assert (await home.sign_in("anna")).status_code == 200


async def test_a_caller_cannot_choose_the_address_that_guesses_are_counted_for(server: SignInServer) -> None:
    await server.add("anna")
    server.clocks.stop()
    statuses = []
    for number in range(8):
        bot = await server.browser(headers={"x-forwarded-for": f"203.0.113.{number}"})
        statuses.append((await bot.sign_in("anna", "guess")).status_code)
    assert 429 in statuses


async def test_sign_ins_refusals_and_changes_are_in_the_audit_without_a_secret(server: SignInServer) -> None:
    await server.add("anna")
    browser = await server.browser()
    await browser.sign_in("anna", "not the password")
    await browser.sign_in("anna")
    answer = await browser.post("/api/tokens", json={"name": "mes"})
    await browser.delete("/api/session")
    entries = [each for each in await server.persistence.audit() if each.kind == "access"]
    audit = "".join(each.payload for each in entries)
    for event in ("sign-in-refused", "signed-in", "token-created", "signed-out"):
        assert f'"event":"{event}"' in audit
    assert '"address":"127.0.0.1"' in audit
    for secret in (
        PASSWORD,
        "not the password",
        browser.cookie or "-",
        answer.json()["token"].split("_", 2)[2],
    ):
        assert secret == "-" or secret not in audit


def stored_bytes(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir() if path.is_file())


async def test_the_database_holds_no_secret_that_would_open_anything(
    server: SignInServer, tmp_path: Path
) -> None:
    await server.add("anna")
    browser = await server.browser("anna")
    token = (await browser.post("/api/tokens", json={"name": "mes"})).json()["token"]
    link = await server.sign_in.invite("anna")
    stored = stored_bytes(tmp_path)
    assert b"signed-in" in stored
    for secret in (PASSWORD, browser.cookies["setpoint-session"], token, token.split("_", 2)[2], link):
        assert secret.encode() not in stored


async def test_a_program_comes_by_token_until_it_is_revoked_and_cannot_make_another(
    server: SignInServer,
) -> None:
    await server.add("anna", "operator", "01")
    anna = await server.browser("anna")
    answer = await anna.post("/api/tokens", json={"name": "mes", "role": "admin"})
    assert answer.status_code == 201
    assert answer.json()["grants"] == {"01": "operator"}, "the token never has more than its owner's rights"
    assert "token" not in (await anna.get("/api/tokens")).json()[0], "the token is shown once"
    program = await server.program(answer.json()["token"])
    assert (await program.get("/api/session")).json()["user"]["name"] == "anna/mes"
    assert (await program.post("/api/tokens", json={"name": "child"})).status_code == 403
    assert (await program.delete("/api/sessions")).status_code == 403
    assert (await anna.delete(f"/api/tokens/{answer.json()['id']}")).status_code == 204
    assert (await program.get("/api/session")).json()["user"] is None


async def test_a_token_ends_with_its_date_with_its_account_and_with_its_owners_rights(
    server: SignInServer,
) -> None:
    await server.add("anna", "engineer")
    program = await server.program(await server.token("anna"))

    async def who() -> object:
        return (await program.get("/api/session")).json()["user"]

    assert (await who())["grants"] == {"*": "engineer"}  # type: ignore[index]  # a dictionary
    await server.accounts.set_grants("anna", {"02": Role.VIEWER})
    assert (await who())["grants"] == {"02": "viewer"}  # type: ignore[index]  # a dictionary
    await server.accounts.set_disabled("anna", True)
    assert await who() is None
    await server.accounts.set_disabled("anna", False)
    server.clocks.ahead_s += 25 * 3600
    assert await who() is None


async def test_excel_sends_a_token_as_the_password_of_basic_and_a_persons_own_password_opens_nothing(
    server: SignInServer,
) -> None:
    await server.add("anna")
    async with httpx.AsyncClient(base_url=server.url) as excel:
        for password, name in ((await server.token("anna"), "anna"), (PASSWORD, None)):
            answer = await excel.get("/api/session", auth=("anna", password))
            assert (answer.json()["user"] or {}).get("name", "").split("/")[0] == (name or "")


@pytest.mark.parametrize(
    "header",
    [
        "Basic !",
        "Basic /w==",
        "Bearer",
        "Bearer setpoint_",
        "Bearer setpoint_0123456789abcdef_",
        "Basic YTpi",
        "bearer x" * 50,
    ],
)
async def test_an_invalid_token_opens_nothing_even_beside_a_good_cookie(
    server: SignInServer, header: str
) -> None:
    await server.add("anna")
    anna = await server.browser("anna")
    answer = await anna.get("/api/session", headers={"authorization": header})
    assert answer.status_code == 200
    assert answer.json()["user"] is None


@pytest.mark.parametrize("token", [[], ["--token", "setpoint_0123456789abcdef_nothing"]])
async def test_a_command_without_a_valid_token_says_how_to_get_one(
    server: SignInServer, token: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "targets.xlsx"
    arguments = ["-m", "setpoint", "template", str(file), "--url", server.url, *token]
    command = await asyncio.create_subprocess_exec(sys.executable, *arguments, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(patient(30)):
        _, output = await command.communicate()
    assert command.returncode == 2
    assert "setpoint token create ACCOUNT NAME" in output.decode()
    assert not file.exists()


async def test_a_token_with_another_tokens_id_opens_nothing(server: SignInServer) -> None:
    await server.add("anna")
    first, second = await server.token("anna", name="one"), await server.token("anna", name="two")
    mixed = "_".join([*first.split("_")[:2], second.split("_", 2)[2]])
    program = await server.program(mixed)
    assert (await program.get("/api/session")).json()["user"] is None


async def test_a_change_of_rights_shows_in_the_next_request(server: SignInServer) -> None:
    await server.add("anna", "viewer")
    browser = await server.browser("anna")
    await server.accounts.set_grants("anna", {"*": Role.ENGINEER})
    assert (await browser.get("/api/session")).json()["user"]["role"] == "engineer"
    await server.accounts.set_disabled("anna", True)
    assert (await browser.get("/api/session")).json()["user"] is None


async def test_strangers_behind_the_same_address_lock_no_familiar_browser_out(tmp_path: Path) -> None:
    async with serving(tmp_path, throttle=ThrottleLimits(first_wait_ms=60_000)) as server:
        await server.add("anna")
        home = await server.browser("anna")
        await home.delete("/api/session")
        for _ in range(6):
            refused = await (await server.browser()).sign_in("anna", "guess")
        assert refused.status_code == 429, "strangers have to wait"
        assert (await home.sign_in("anna")).status_code == 200
        stranger = await server.browser()
        stranger.cookies.set("setpoint-device", "0" * 32 + "." + "0" * 64)
        assert (await stranger.sign_in("anna")).status_code == 429, "a self-made cookie is worth nothing"


async def test_an_expired_session_or_token_stays_so_when_the_clock_goes_back(server: SignInServer) -> None:
    await server.add("anna")
    browser, program = await server.browser("anna"), await server.program(await server.token("anna"))
    assert (await program.get("/api/plant")).status_code == 200
    server.clocks.ahead_s = 40 * 24 * 3600.0
    await until(lambda: has_ended(browser))
    await server.sign_in.expire()
    server.clocks.ahead_s = 0.0
    for each in (browser, program):
        assert (await each.get("/api/plant")).status_code == 401


async def has_ended(browser: Browser) -> bool:
    return (await browser.get("/api/plant")).status_code == 401
