"""Requests that the edge refuses before any other code sees them, and headers of every answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from tests.security.sign_in_server import PASSWORD, SignInServer, serving, until, with_own_connections

from setpoint.server.edge.edge import EdgeSettings
from setpoint.server.edge.gate import GateLimits
from setpoint.server.edge.listener import ListenerLimits
from setpoint.server.identity.secrets import new_id
from setpoint.testing.patience import patient

POST = b"POST /api/session HTTP/1.1\r\nHost: localhost\r\n"


pytestmark = pytest.mark.asyncio(loop_scope="module")


def patient_edge(*, connections: int = 1_000) -> EdgeSettings:
    return EdgeSettings(
        gate=GateLimits(max_body_bytes=100_000),
        listener=ListenerLimits(
            head_within_s=60.0, max_connections_an_address=connections, drain_within_s=1.0
        ),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path_factory.mktemp("shared"), edge=patient_edge()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def server(shared: SignInServer) -> AsyncIterator[SignInServer]:
    async with with_own_connections(shared) as running:
        yield running


async def new_account(server: SignInServer) -> str:
    """Returns the name of a new account."""
    name = f"anna-{new_id()}"
    await server.add(name)
    return name


@pytest_asyncio.fixture(loop_scope="module")
async def impatient_server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    """A server that times out after half a second, for tests that wait for that."""
    edge = EdgeSettings(
        gate=GateLimits(body_within_s=0.5, min_bytes_per_s=1_000_000),
        listener=ListenerLimits(head_within_s=0.5, drain_within_s=1.0),
    )
    async with serving(tmp_path, edge=edge) as running:
        yield running


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """Reads to the end. If the server closes with unread data, it resets the connection, and its answer may get
    lost.
    """
    async with asyncio.timeout(patient(5)):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


# Cross-site


async def test_every_answer_carries_the_headers_that_keep_other_pages_out(server: SignInServer) -> None:
    browser = await server.browser()
    for answer in (
        await browser.get("/api/session"),
        await browser.get("/nothing/here"),
        await browser.get("/api/session", headers={"host": "evil.example"}),
        await browser.post("/api/session", headers={"origin": "http://evil.example"}),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in answer.headers, "not without TLS: it would lock people out"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:1"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
async def test_a_write_that_another_site_started_is_refused(
    server: SignInServer, method: str, headers: dict[str, str]
) -> None:
    """Cross-site request forgery, sign-in included."""
    anna = await new_account(server)
    browser = await server.browser(anna)
    plain = await server.program()
    cookie = {"cookie": browser.cookie}
    body = json.dumps({"name": anna, "password": PASSWORD})
    for path in ("/api/session", "/api/sessions"):
        answer = await plain.request(method, path, headers=headers | cookie, content=body)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/cross-site"
    assert (await browser.get("/api/sessions")).status_code == 200, "the person is still signed in"


async def test_a_write_with_a_cookie_has_to_say_where_it_comes_from(server: SignInServer) -> None:
    browser = await server.browser(await new_account(server))
    plain = await server.program()
    for more in ({}, {"cookie": browser.cookie}):
        answer = await plain.delete("/api/sessions", headers=more)
        assert answer.status_code == (403 if more else 401)
    answer = await plain.delete("/api/sessions", headers={"cookie": browser.cookie, "origin": server.url})
    assert answer.status_code == 204


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost:80:80"])
async def test_a_request_for_another_name_is_refused(server: SignInServer, host: str) -> None:
    reader, _ = await server.raw(f"GET /api/session HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    answer = await reader.readuntil(b"/problems/unknown-host")
    assert answer.startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("hosts", ["", "Host: localhost\r\nHost: evil.example\r\n"])
async def test_no_host_or_two_is_refused(server: SignInServer, hosts: str) -> None:
    reader, _ = await server.raw(f"GET /api/session HTTP/1.1\r\n{hosts}\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")


# Behind TLS and a proxy


async def test_behind_tls_the_cookie_is_for_tls_only_and_browsers_must_insist_on_tls(tmp_path: Path) -> None:
    edge = EdgeSettings(public_url="https://board.example", trusted_proxies=("127.0.0.1",))
    async with serving(tmp_path, edge=edge) as server:
        await server.add("anna")
        proxied = {"host": "board.example", "x-forwarded-proto": "https", "origin": "https://board.example"}
        browser = await server.browser(headers=proxied)
        answer = await browser.sign_in("anna")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-setpoint-session=")
        assert "secure" in cookie.lower()
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        secret = cookie.partition("=")[2].partition(";")[0]
        for name, is_in in (("__Host-setpoint-session", True), ("setpoint-session", False)):
            who = await browser.get("/api/session", headers={"cookie": f"{name}={secret}"})
            assert (who.json()["user"] is not None) is is_in
        assert (await read_sessions(server)) == ["127.0.0.1"]


async def read_sessions(server: SignInServer) -> list[str]:
    return [each.address for each in await server.accounts.sessions_of("anna")]


async def test_only_a_named_proxy_is_trusted_about_the_caller(tmp_path: Path) -> None:
    for trusted, address in (((), "127.0.0.1"), (("127.0.0.1",), "203.0.113.9")):
        data_dir = tmp_path / str(len(trusted))
        data_dir.mkdir()
        async with serving(data_dir, edge=EdgeSettings(trusted_proxies=trusted)) as server:
            await server.add("anna")
            browser = await server.browser(headers={"x-forwarded-for": "6.6.6.6, 203.0.113.9"})
            await browser.sign_in("anna")
            assert await read_sessions(server) == [address]


# Bodies


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'{"name": 1, "password": 2}', 400),
        (b'{"name": "a", "password": "b", "role": "admin"}', 400),
        (b'{"name": "\\ud800", "password": "x"}', 400),
        (b"[" * 10_000, 400),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, 400),
        (b'{"name": "' + b"a" * 201 + b'", "password": "x"}', 400),
        (b"9" * 5_000, 400),
    ],
)
async def test_malformed_and_deeply_nested_json_is_refused_and_harms_nothing(
    server: SignInServer, body: bytes, status: int
) -> None:
    browser = await server.browser()
    answer = await browser.post("/api/session", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (await browser.get("/api/session")).status_code == 200


async def test_a_body_beyond_its_bound_is_refused_whether_announced_or_not(server: SignInServer) -> None:
    browser = await server.browser()
    announced = await browser.post("/api/session", content=b" " * 20_000)
    assert announced.status_code == 413
    assert announced.json()["arguments"].keys() == {"most"}

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 1_000

    streamed = await browser.post("/api/session", content=pieces())
    assert streamed.status_code == 413
    assert streamed.json()["type"] == "/problems/body-too-large"
    assert streamed.json()["arguments"] == announced.json()["arguments"]


async def test_a_body_that_comes_drop_by_drop_is_given_up(impatient_server: SignInServer) -> None:
    started = time.monotonic()
    reader, writer = await impatient_server.raw(
        POST + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )

    async def drip() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    answer = await read_all(reader)
    dripping.cancel()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started > 0.4


# Below ASGI


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HT", b"GET /api/session HTTP/1.1\r\nHost: local"])
async def test_a_head_that_does_not_come_is_given_up(impatient_server: SignInServer, sent: bytes) -> None:
    """Slowloris: from no byte to half a head."""
    started = time.monotonic()
    reader, _ = await impatient_server.raw(sent)
    answer = await read_all(reader)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started > 0.3


async def test_a_connection_that_keeps_itself_alive_with_empty_lines_is_given_up(
    impatient_server: SignInServer,
) -> None:
    request = b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reader, writer = await impatient_server.raw(request)
    await reader.readuntil(b"\r\n\r\n")

    async def drip() -> None:
        while True:
            writer.write(b"\r\n")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    await read_all(reader)
    dripping.cancel()


async def test_a_head_beyond_its_bound_is_refused_before_it_is_whole(server: SignInServer) -> None:
    reader, writer = await server.raw(b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n")
    for _ in range(50):
        writer.write(b"X-Filler: " + b"a" * 1_000 + b"\r\n")
    answer = await read_all(reader)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


async def test_an_address_gets_so_many_connections_and_the_room_comes_back(tmp_path: Path) -> None:
    async with serving(tmp_path, edge=patient_edge(connections=30)) as server:
        partial_request = (
            POST + b"content-type: application/json\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n"
        )
        in_use = [await server.raw(partial_request) for _ in range(30)]
        for reader, _ in in_use:
            assert b"100" in await reader.readline(), "its request is under way"
        reader, _ = await server.raw(b"")
        assert (await read_all(reader)).startswith(b"HTTP/1.1 503 ")
        for _, writer in in_use:
            writer.close()
        browser = await server.browser()

        async def is_back() -> bool:
            try:
                return (await browser.get("/api/session")).status_code == 200
            except httpx.TransportError:
                return False

        await until(is_back)


async def test_idle_connections_keep_nobody_out_behind_their_address(tmp_path: Path) -> None:
    async with serving(tmp_path, edge=patient_edge(connections=30)) as server:
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        kept_open = await server.raw(request + b"\r\n")
        assert b"200" in await kept_open[0].readuntil(b"\r\n\r\n")
        silent = [await server.raw(b"GET " if number % 2 else b"") for number in range(29)]
        browser = await server.browser()
        for _ in range(3):
            assert (await browser.get("/api/session")).status_code == 200, (
                "the oldest silent connection gives way"
            )
        assert await read_all(silent[0][0]) == b"", "it is closed"
        for number in range(28):
            silent.append(await server.raw(b"GET "))
            assert await read_all(silent[number + 1][0]) == b"", "each new connection closes one old one"
        kept_open[1].write(request + b"connection: close\r\n\r\n")
        assert b"200" in await read_all(kept_open[0]), "a connection with an earlier request goes last"


@pytest.mark.parametrize(
    "path", ["//metrics", "/api%2fsession", "/api//session", "/api/./session", "/x/../metrics"]
)
async def test_a_path_has_one_spelling_so_that_no_proxys_rule_is_passed_by_another(
    server: SignInServer, path: str
) -> None:
    reader, _ = await server.raw(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    answer = await read_all(reader)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"/problems/not-found" in answer


async def test_answers_that_nobody_reads_take_bounded_memory_and_the_newest_is_sent(tmp_path: Path) -> None:
    workbook = b"Machine ID;Target Speed\nm_401;150\n" + b"#" * 8_000_000
    edge = EdgeSettings(listener=ListenerLimits(head_within_s=60.0, max_waiting_bytes=20_000_000))
    async with serving(tmp_path, edge=edge) as server:
        await server.add("otto")
        token = await server.token("otto", "operator")
        request = await _workbook_request(server, token, workbook)
        unread = [await server.raw(request) for _ in range(10)]
        reader, writer = await server.raw(
            request + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )
        async with asyncio.timeout(patient(30)):
            answers = await reader.read()
        assert answers.count(b"HTTP/1.1 200 ") == 2, "also if they are requested at once"
        assert len(answers) > 2 * len(workbook)
        writer.close()
        lengths = []
        for each, _ in unread:
            async with asyncio.timeout(patient(30)):
                with suppress(ConnectionResetError, asyncio.IncompleteReadError):
                    lengths.append(len(await each.readexactly(len(workbook))))
        assert len(lengths) < len(unread)


async def _workbook_request(server: SignInServer, token: str, workbook: bytes) -> bytes:
    """Returns the request for a batch's workbook."""
    program, sha256, tx_id = await server.program(token), hashlib.sha256(workbook).hexdigest(), str(uuid4())
    answer = await program.put(f"/api/files/{sha256}", params={"filename": "a.csv"}, content=workbook)
    assert answer.status_code == 204, answer.text
    source = {"filename": "a.csv", "sha256": sha256, "rows": 1}
    batch = {"txId": tx_id, "updates": {"m_401": {"targetSpeed": 150}}, "source": source}
    assert (await program.post("/api/batches", json=batch)).status_code == 200
    head = (
        f"GET /api/batches/{tx_id}/file HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    return head.encode()


async def test_requests_on_one_connection_work_as_ever_also_when_they_come_together(
    server: SignInServer,
) -> None:
    """The bounds must allow keep-alive, pipelining and bodies that come in pieces."""
    body = json.dumps({"secret": "guessed"}).encode()
    post = (
        b"POST /api/invite HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    get = b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reader, writer = await server.raw(get + post + body[:5])
    await asyncio.sleep(0.1)
    writer.write(body[5:] + get)
    statuses = []
    for _ in range(3):
        head = await reader.readuntil(b"\r\n\r\n")
        statuses.append(int(head.split()[1]))
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
    assert statuses == [200, 404, 200]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX : a\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_requests_that_are_wrong_or_smuggle_another_end_without_a_failure(
    server: SignInServer, request_bytes: bytes
) -> None:
    reader, _ = await server.raw(request_bytes)
    answer = await reader.read(20)
    assert answer == b"" or int(answer.split()[1]) < 500
    assert (await (await server.browser()).get("/api/session")).status_code == 200


async def test_data_of_a_caller_never_becomes_a_header_of_the_answer(server: SignInServer) -> None:
    browser = await server.browser()
    for path in (
        "/%0d%0aset-cookie:%20a=b",
        "/api/oidc/start?x=%0d%0aset-cookie:a=b",
        "/api/sessions/%0d%0aa",
    ):
        answer = await browser.get(path)
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("pieces", [1, 7, 400])
async def test_a_head_beyond_32_kib_is_refused_however_it_arrives(server: SignInServer, pieces: int) -> None:
    filler = "".join(f"X-Filler-{number}: {'y' * 1_000}\r\n" for number in range(40))
    head = f"GET /api/plant HTTP/1.1\r\nHost: localhost\r\n{filler}\r\n".encode()
    size = len(head) // pieces + 1
    reader, writer = await server.raw(head[:size])
    with suppress(ConnectionError):
        for start in range(size, len(head), size):
            writer.write(head[start : start + size])
            await writer.drain()
    answer = await read_all(reader)
    assert answer == b"" or answer.split()[1] == b"431"
