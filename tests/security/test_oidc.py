"""Sign-in through a running provider, and what an attacker or a broken provider could try."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from tests.security.provider import CLIENT_ID, CLIENT_SECRET, SUBJECT, Provider, running_provider
from tests.security.sign_in_server import Browser, SignInServer, serving

from setpoint.core.accounts import Account
from setpoint.core.plant import Role
from setpoint.server.identity.deps import FAILED_COOKIE
from setpoint.server.identity.oidc import FLOW_COOKIE, FLOW_S, OidcSettings


@dataclass
class ServerAndProvider:
    server: SignInServer
    provider: Provider

    async def add(self, name: str = "anna", subject: str = SUBJECT) -> None:
        account = Account(name, {"*": Role.OPERATOR}, 0.0, subject=f"{self.provider.issuer}|{subject}")
        assert await self.server.accounts.add_account(account)

    async def to_provider_and_back(self, browser: Browser) -> str:
        """Follows the sign-in from the button to the address that leads back to us."""
        started = await browser.get("/api/oidc/start")
        assert started.status_code == 302, started.text
        async with httpx.AsyncClient(trust_env=False) as plain:
            return (await plain.get(started.headers["location"])).headers["location"]

    async def sign_in_by_provider(self, browser: Browser) -> httpx.Response:
        return await browser.get(await self.to_provider_and_back(browser))


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[ServerAndProvider]:
    async with (
        running_provider() as provider,
        serving(tmp_path, oidc=lambda url: settings_of(provider, url)) as server,
    ):
        yield ServerAndProvider(server, provider)


def settings_of(provider: Provider, url: str) -> OidcSettings:
    return OidcSettings(provider.issuer, CLIENT_ID, CLIENT_SECRET, url, name="Plant ID")


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/api/session")).json()["user"] is not None


def failure(answer: httpx.Response) -> str:
    assert answer.status_code == 302
    assert answer.headers["location"] == "/sign-in"
    message: str = failure_cookie(answer)["message"]
    return message


def failure_cookie(answer: httpx.Response) -> dict[str, Any]:
    """Returns the cookie that the sign-in page reads."""
    [cookie] = [each for each in answer.headers.get_list("set-cookie") if each.startswith(FAILED_COOKIE)]
    assert "Path=/sign-in;" in f"{cookie};"
    problem: dict[str, Any] = json.loads(unquote(cookie.partition("=")[2].partition(";")[0]))
    return problem


async def test_a_person_whom_the_provider_identifies_is_signed_in_as_their_account(
    pair: ServerAndProvider,
) -> None:
    await pair.add()
    browser = await pair.server.browser()
    assert (await browser.get("/api/session")).json()["openId"] == "Plant ID"
    answer = await pair.sign_in_by_provider(browser)
    assert answer.headers["location"] == "/"
    who = (await browser.get("/api/session")).json()["user"]
    assert who == {"name": "anna", "role": "operator", "grants": {"*": "operator"}}
    cookies = answer.headers.get_list("set-cookie")
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)


async def test_a_person_without_an_account_learns_what_to_ask_for(pair: ServerAndProvider) -> None:
    browser = await pair.server.browser()
    message = failure(await pair.sign_in_by_provider(browser))
    assert "ask an administrator" in message
    assert f"{pair.provider.issuer}|{SUBJECT}" in message
    assert not await is_signed_in(browser)


async def test_a_disabled_account_stays_out(pair: ServerAndProvider) -> None:
    await pair.add()
    await pair.server.accounts.set_disabled("anna", True)
    browser = await pair.server.browser()
    failure(await pair.sign_in_by_provider(browser))
    assert not await is_signed_in(browser)


async def test_an_answer_counts_only_in_the_browser_that_started_and_only_once(
    pair: ServerAndProvider,
) -> None:
    """Login CSRF: an attacker's code must not sign a victim in as the attacker. A code also works only once."""
    await pair.add()
    attacker, victim = await pair.server.browser(), await pair.server.browser()
    address = await pair.to_provider_and_back(attacker)
    assert "not started in this browser" in failure(await victim.get(address))
    assert not await is_signed_in(victim)
    good = await pair.to_provider_and_back(attacker)
    assert "not started" in failure(await attacker.get(address)), "a newer start has replaced it"
    good = await pair.to_provider_and_back(attacker)
    assert (await attacker.get(good)).headers["location"] == "/"
    failure(await attacker.get(good))


async def test_a_sign_in_that_is_under_way_does_not_notice_a_restart(tmp_path: Path) -> None:
    async with running_provider() as provider:
        first: list[str] = []

        def settings_for_first_url(url: str) -> OidcSettings:
            first.append(url)
            return settings_of(provider, first[0])

        async with serving(tmp_path, oidc=settings_for_first_url) as server:
            pair = ServerAndProvider(server, provider)
            await pair.add()
            before = await server.browser()
            back = urlsplit(await pair.to_provider_and_back(before))
            cookie = before.cookie
        async with serving(tmp_path, oidc=settings_for_first_url) as server:
            browser = await server.browser(headers={"cookie": cookie})
            answer = await browser.get(f"{back.path}?{back.query}")
            assert answer.headers["location"] == "/", failure(answer)


async def test_ten_minutes_at_the_provider_are_enough(pair: ServerAndProvider) -> None:
    await pair.add()
    browser = await pair.server.browser()
    address = await pair.to_provider_and_back(browser)
    pair.server.clocks.ahead_s += FLOW_S
    assert "took longer than ten minutes" in failure(await browser.get(address))


@pytest.mark.parametrize("odd", ["", "x", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.e30.", "ü"])
async def test_a_cookie_that_we_have_not_sealed_is_worth_nothing(pair: ServerAndProvider, odd: str) -> None:
    await pair.add()
    browser = await pair.server.browser()
    address = await pair.to_provider_and_back(browser)
    sealed = browser.cookies[FLOW_COOKIE]
    for cookie in (odd, sealed[:-2], sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]):
        other = await pair.server.browser(headers={"cookie": f"{FLOW_COOKIE}={cookie}".encode()})
        failure(await other.get(address))
        assert not await is_signed_in(other)
    assert all(secret not in sealed for secret in parse_qs(urlsplit(address).query)["state"])


async def test_a_code_of_another_flow_does_not_fit_our_verifier(pair: ServerAndProvider) -> None:
    """Code injection: PKCE binds a code to the flow that requested it."""
    await pair.add()
    thief, browser = await pair.server.browser(), await pair.server.browser()
    stolen = parse_qs(urlsplit(await pair.to_provider_and_back(thief)).query)["code"][0]
    own = urlsplit(await pair.to_provider_and_back(browser))
    query = {name: values[0] for name, values in parse_qs(own.query).items()} | {"code": stolen}
    failure(await browser.get("/api/oidc/callback", params=query))
    assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"iss": "http://evil.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"iat": 9_999_999_999},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
async def test_an_id_token_that_does_not_hold_opens_nothing(
    pair: ServerAndProvider, claims: dict[str, Any]
) -> None:
    await pair.add()
    pair.provider.claims = claims
    browser = await pair.server.browser()
    failure(await pair.sign_in_by_provider(browser))
    assert not await is_signed_in(browser)


@pytest.mark.parametrize("ahead_s", [-3_600, 3_600])
async def test_clocks_that_differ_are_named_as_the_cause(pair: ServerAndProvider, ahead_s: int) -> None:
    await pair.add()
    now = int(time.time()) + ahead_s
    pair.provider.claims = {"iat": now, "exp": now + 300}
    browser = await pair.server.browser()
    answer = await pair.sign_in_by_provider(browser)
    assert "compare the clocks" in failure(answer)
    assert failure_cookie(answer)["code"] == "provider-clock"
    for little in (-30, 30):
        pair.provider.claims = {"iat": (now := int(time.time()) + little), "exp": now + 300}
        assert (await pair.sign_in_by_provider(browser)).headers["location"] == "/"


async def test_a_person_with_a_new_name_at_the_provider_is_the_same_person(
    pair: ServerAndProvider,
) -> None:
    """The person's name changes, for example by marriage. The subject identifies them."""
    await pair.add()
    pair.provider.claims = {"preferred_username": "anna.married"}
    browser = await pair.server.browser()
    assert (await pair.sign_in_by_provider(browser)).headers["location"] == "/"
    assert (await browser.get("/api/session")).json()["user"]["name"] == "anna"


async def test_a_signature_by_another_key_or_by_none_opens_nothing(pair: ServerAndProvider) -> None:
    await pair.add()
    browser = await pair.server.browser()
    pair.provider.published = RSAKey.generate_key(2048, {"kid": "k1"})
    failure(await pair.sign_in_by_provider(browser))
    pair.provider.published, pair.provider.algorithm = None, "none"
    failure(await pair.sign_in_by_provider(browser))
    assert not await is_signed_in(browser)


async def test_a_provider_that_fails_or_is_another_one_is_reported_in_a_sentence(
    pair: ServerAndProvider,
) -> None:
    browser = await pair.server.browser()
    pair.provider.is_down = True
    assert "answers 503" in failure(away := await browser.get("/api/oidc/start"))
    assert failure_cookie(away)["code"] == "provider-failed"
    pair.provider.is_down, pair.provider.named_issuer = False, "http://evil.example"
    assert "it calls itself" in failure(await browser.get("/api/oidc/start"))


async def test_an_answer_that_names_another_issuer_is_not_taken(pair: ServerAndProvider) -> None:
    """Mix-up (RFC 9207)."""
    await pair.add()
    browser = await pair.server.browser()
    address = (await pair.to_provider_and_back(browser)).replace("iss=", "iss=evil")
    assert "another provider" in failure(await browser.get(address))


async def test_the_providers_refusal_is_passed_on(pair: ServerAndProvider) -> None:
    browser = await pair.server.browser()
    started = await browser.get("/api/oidc/start")
    state = parse_qs(urlsplit(started.headers["location"]).query)["state"][0]
    answer = await browser.get(
        "/api/oidc/callback", params={"state": state, "error": "access_denied\r\nX: y"}
    )
    assert "access_denied" in failure(answer)
