"""``/live``: who may open it, from which page, and how soon it closes when a person loses that right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.fault_proxy import FaultProxy
from tests.security.sign_in_server import SignInServer, serving, until
from websockets.exceptions import InvalidStatus

from setpoint.client import Client
from setpoint.core.plant import Role
from setpoint.server.live import LiveLimits, QuotaLimits
from setpoint.testing.patience import patient

CODE_NOT_SIGNED_IN = 4401
CODE_FORBIDDEN = 4403
CODE_SILENT = 4408


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path, live_limits=limits_of(token_within_ms=60_000)) as running:
        yield running


def limits_of(*, token_within_ms: int) -> LiveLimits:
    quota = QuotaLimits(an_address=20, a_person=3)
    return LiveLimits(close_within_ms=500, token_within_ms=token_within_ms, quota=quota)


async def test_a_page_of_ours_with_a_session_is_let_in_as_its_person(server: SignInServer) -> None:
    await server.add("anna", "viewer")
    browser = await server.browser("anna")
    client = await server.live_client(cookie=browser.cookie)
    hello = await client.receive("hello")
    assert hello["user"] == {"name": "anna", "role": "viewer"}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://[::1"])
async def test_a_page_of_another_site_cannot_use_the_persons_cookie(
    server: SignInServer, origin: str
) -> None:
    """Cross-site WebSocket hijacking."""
    await server.add("anna")
    browser = await server.browser("anna")
    with pytest.raises(InvalidStatus) as refusal:
        await server.live_client(cookie=browser.cookie, origin=origin)
    assert refusal.value.response.status_code == 403


async def test_a_page_cannot_make_its_own_name_point_here(server: SignInServer) -> None:
    """DNS rebinding: the page has the same origin under a name that is not ours."""
    _, writer = await server.raw(b"")
    reader, _ = await server.raw(
        b"GET /live HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert b" 403 " in await reader.readline()
    writer.close()


async def test_a_cookie_without_an_origin_is_not_enough_and_no_first_frame_ends_it(tmp_path: Path) -> None:
    async with serving(tmp_path, live_limits=limits_of(token_within_ms=500)) as server:
        await server.add("anna")
        browser = await server.browser("anna")
        started = time.monotonic()
        client = await server.live_client(cookie=browser.cookie, origin=None)
        assert await client.closed() == CODE_SILENT
        assert time.monotonic() - started > 0.4


@pytest.mark.rule("LINK-2")
async def test_a_program_whose_auth_frame_was_lost_comes_back_by_itself(tmp_path: Path) -> None:
    lost: list[int] = []

    def lose_the_first_frame(piece: bytes, is_up: bool) -> bytes:
        if is_up and not lost and not piece.startswith((b"GET ", b"POST ")):
            lost.append(len(piece))
            return b""
        return piece

    async with (
        serving(tmp_path, live_limits=limits_of(token_within_ms=200)) as server,
        FaultProxy(server.port) as proxy,
    ):
        await server.add("anna", "operator")
        token = await server.token("anna", "viewer")
        proxy.passing = lose_the_first_frame
        async with asyncio.timeout(patient(20)), Client(proxy.url, token=token) as client:
            await client.subscribe("line:01")
            assert client.state == "CONNECTED"
            assert lost, "the network lost the first frame"
            assert client.link.sockets > 1


async def test_a_program_comes_by_auth_frame_or_by_header(server: SignInServer) -> None:
    await server.add("anna", "operator")
    token = await server.token("anna", "viewer")
    client = await server.live_client(origin=None)
    await client.send(type="auth", token=token)
    assert (await client.receive("hello"))["user"] == {"name": "anna/mes", "role": "viewer"}
    client = await server.live_client(origin=None, headers={"Authorization": f"Bearer {token}"})
    assert (await client.receive("hello"))["user"]["name"] == "anna/mes"


@pytest.mark.parametrize(
    "first",
    [
        {"type": "auth", "token": "setpoint_0123456789abcdef_x"},
        {"type": "auth", "token": ""},
        {"type": "auth"},
        {"type": "subscribe", "id": 1, "topic": "line:01"},
    ],
)
async def test_any_other_first_frame_ends_the_socket(server: SignInServer, first: dict[str, object]) -> None:
    client = await server.live_client(origin=None)
    await client.send(**first)
    assert await client.closed() == CODE_NOT_SIGNED_IN


async def test_sign_out_ends_the_sockets_of_that_session_at_once_and_no_others(server: SignInServer) -> None:
    await server.add("anna")
    here, there = await server.browser("anna"), await server.browser("anna")
    ending, staying = [await server.live_client(cookie=each.cookie) for each in (here, there)]
    await asyncio.gather(ending.receive("hello"), staying.receive("hello"))
    await here.delete("/api/session")
    assert await ending.closed(within_s=1) == CODE_NOT_SIGNED_IN
    await staying.send(type="subscribe", id=1, topic="line:01")
    await staying.receive("snapshot")
    await here.sign_in("anna")
    await here.delete("/api/sessions")
    assert await staying.closed(within_s=1) == CODE_NOT_SIGNED_IN


async def test_a_change_of_rights_by_another_process_ends_sockets_within_five_seconds(
    server: SignInServer,
) -> None:
    """Changes the store directly, as the command line does when it writes to the same database."""
    await server.add("anna")
    browser = await server.browser("anna")
    client = await server.live_client(cookie=browser.cookie)
    await client.receive("hello")
    await server.accounts.set_grants("anna", {"02": Role.VIEWER})
    assert await client.closed(within_s=5) == CODE_FORBIDDEN
    again = await server.live_client(cookie=browser.cookie)
    await again.receive("hello")
    await again.send(type="subscribe", id=1, topic="line:01")
    assert (await again.receive("error"))["code"] == "unknown_topic", (
        "what one may not see is unknown, not forbidden"
    )
    await server.accounts.set_disabled("anna", True)
    assert await again.closed(within_s=5) == CODE_NOT_SIGNED_IN


async def test_a_revoked_token_ends_its_sockets_and_cannot_be_replayed(server: SignInServer) -> None:
    await server.add("anna")
    browser = await server.browser("anna")
    token = (await browser.post("/api/tokens", json={"name": "mes"})).json()
    client = await server.live_client(origin=None)
    await client.send(type="auth", token=token["token"])
    await client.receive("hello")
    await browser.delete(f"/api/tokens/{token['id']}")
    assert await client.closed(within_s=5) == CODE_NOT_SIGNED_IN
    again = await server.live_client(origin=None)
    await again.send(type="auth", token=token["token"])
    assert await again.closed() == CODE_NOT_SIGNED_IN


async def test_a_session_that_grows_too_old_takes_its_socket_with_it(server: SignInServer) -> None:
    await server.add("anna")
    browser = await server.browser("anna")
    client = await server.live_client(cookie=browser.cookie)
    await client.receive("hello")
    server.clocks.ahead_s += 8 * 24 * 3600
    assert await client.closed(within_s=6) == CODE_NOT_SIGNED_IN


async def test_an_open_socket_keeps_its_session_from_standing_idle(server: SignInServer) -> None:
    await server.add("anna")
    browser = await server.browser("anna")
    client = await server.live_client(cookie=browser.cookie)
    await client.receive("hello")
    [before] = await server.accounts.sessions_of("anna")
    server.clocks.ahead_s += 3600

    async def is_touched() -> bool:
        return (await server.accounts.sessions_of("anna"))[0].seen_ts >= before.seen_ts + 3600

    await until(is_touched)


async def test_a_token_was_last_used_while_its_socket_is_open(server: SignInServer) -> None:
    await server.add("anna")
    client = await server.live_client(origin=None)
    await client.send(type="auth", token=await server.token("anna"))
    await client.receive("hello")
    server.clocks.ahead_s += 3600
    an_hour_on = server.sign_in.unix_ts()

    async def is_touched() -> bool:
        return ((await server.accounts.tokens("anna"))[0].seen_ts or 0) >= an_hour_on

    await until(is_touched)


async def test_the_oldest_socket_that_has_not_signed_in_gives_way_to_the_next_of_its_address(
    server: SignInServer,
) -> None:
    await server.add("anna")
    browser = await server.browser("anna")
    person = await server.live_client(cookie=browser.cookie)
    await person.receive("hello")
    strangers = [await server.live_client(origin=None) for _ in range(19)]
    await (await server.live_client(cookie=browser.cookie)).receive("hello")
    assert await strangers[0].closed() == 4408, "it may come back"
    await person.send(type="subscribe", topic="line:01", id=1)
    await person.receive("snapshot")


async def test_an_address_gets_so_many_sockets_and_no_more(server: SignInServer) -> None:
    async with asyncio.TaskGroup() as answering_pings:
        clients = []
        for number in range(7):
            await server.add(f"person{number}")
            browser = await server.browser(f"person{number}")
            for _ in range(3 if number < 6 else 2):
                clients.append(await server.live_client(cookie=browser.cookie))
                await clients[-1].receive("hello")
                answering_pings.create_task(clients[-1].closed(within_s=120))
        with pytest.raises(InvalidStatus) as refusal:
            await server.live_client(origin=None)
        assert refusal.value.response.status_code == 503
        for client in clients:
            await client.connection.close()
    await until(lambda: server.live.quota.total == 0)
    await server.live_client(origin=None)


async def test_a_person_gets_a_limited_number_of_sockets(server: SignInServer) -> None:
    await server.add("anna")
    browser = await server.browser("anna")
    for _ in range(3):
        await (await server.live_client(cookie=browser.cookie)).receive("hello")
    client = await server.live_client(cookie=browser.cookie)
    assert await client.closed() == 4429
