"""Hostile values for every parameter of every route. The answer is a 4xx with a sentence, never a server error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote, urlencode

import httpx
import pytest
from tests.integration.http_support import BOARD, FakeServices, People

from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.http.problems import MEDIA_TYPE
from setpoint.core.commands.request import unknown_batch
from setpoint.core.history import HistoryQuery
from setpoint.core.plant import Person
from setpoint.server.http.app import create_app
from setpoint.server.http.services import Services

LONGEST_DETAIL = 1_500
HOSTILE = (
    *("", " ", "0", "-1", "1e309", "-1e309", "nan", "inf", "1e18", "9" * 400, "1.5", "0x10", "1_000", "+1"),
    *("１２３", "٣", "²", "½", "null", "None", "true", "[]", "{}", "\x00", "a\x00b", "\udce4", "\u202eabc"),
    *(
        "x" * 5_000,
        "../../etc/passwd",
        "';--",
        "*",
        "m_402,,m_403",
        "m:1-m:99999999",
        "line:01",
        "AAAA",
        "!!!!",
    ),
    *("10000-01-01", "0000-00-00", "-62135596800", "253402300800", "-999999999d", "999999w", "eyJhIjoxfQ=="),
)
BODIES = (
    *(b"", b"null", b"[]", b"{}", b"1", b"\xff", b'"x"', b'{"a":' * 5_000, b"[" * 100_000, b'{"at":NaN}'),
    b'{"machine":"m_402","since":1e309,"until":1,"reason":"x"}',
    b'{"machine":"m_402","since":-1e300,"until":1e300,"reason":"","line":"01","text":"x","at":1e300,"field":"x"}',
    b'{"machine":"m_402","at":-1,"kind":"asserted","field":"\\u0000","note":"\\ud800"}',
    b'{"note":null,"forS":null}',
    b'{"note":"x","forS":9e15}',
    b'{"note":"","forS":-1}',
)


class AnsweringServices(FakeServices):
    async def history(self, query: HistoryQuery, *_: object) -> tuple[bytes, str]:
        return b"[]", "application/json"

    async def confirm(self, tx_id: str, *_: Person, **__: object) -> BatchAnswer:
        raise unknown_batch(tx_id)

    async def withdraw(self, tx_id: str, _: Person) -> None:
        raise unknown_batch(tx_id)


@pytest.fixture
async def http() -> Any:
    services = AnsweringServices()
    app = create_app(cast("Services", services), auth=People(), metrics=services.metrics, board=BOARD)
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def requests_of(path: str, method: str, operation: dict[str, Any]) -> Iterator[tuple[str, bytes | None]]:
    """Returns each parameter with each value. The other parameters are missing or valid."""
    places = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"]
    queries = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    plain = re.sub(r"\{\w+\}", "x", path)
    for name in places:
        for value in HOSTILE[::2]:
            if value:
                bad = quote(value.encode("utf-8", "surrogateescape"), safe="")
                yield re.sub(r"\{\w+\}", "x", path.replace(f"{{{name}}}", bad)), None
    for name in queries:
        for value in HOSTILE:
            yield f"{plain}?{urlencode({name: value.encode('utf-8', 'surrogateescape')})}", None
        yield f"{plain}?{name}=1&{name}=2&{name}=1", None
        yield f"{plain}?{name}&{name}[]=1", None
    if method in ("post", "put"):
        yield from ((plain, body) for body in BODIES)


async def test_a_wrong_parameter_is_refused_with_a_sentence_and_never_fails(http: httpx.AsyncClient) -> None:
    paths: dict[str, dict[str, Any]] = (await http.get("/schema/openapi.json")).json()["paths"]
    wrong, count = [], 0
    for path, operations in paths.items():
        for method, operation in operations.items():
            for url, body in requests_of(path, method, operation):
                headers = {} if body is None else {"Content-Type": "application/json"}
                answer = await http.request(method, url, content=body, headers=headers)
                count += 1
                if answer.status_code >= 500 or (answer.is_error and not has_sentence(answer)):
                    wrong.append(
                        f"{method} {url[:100]} {body and body[:60]!r}: {answer.status_code} {answer.text[:200]}"
                    )
    assert not wrong, "\n".join(wrong)
    assert count > 1_000


def has_sentence(answer: httpx.Response) -> bool:
    if not answer.headers.get("content-type", "").startswith(MEDIA_TYPE):
        return False
    return 0 < len(answer.json()["detail"]) < LONGEST_DETAIL
