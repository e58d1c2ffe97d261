"""The server bounds the work and storage that one person can cause, and others do not notice."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Never, cast

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.integration.http_support import FakeServices
from tests.security.sign_in_server import PLANT, Browser, SignInServer, serving

from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.limits import FREE_BYTES, SIGN_INS, Allowance, PersonLimits, Rate, batch_cost
from setpoint.core.names import clean_text
from setpoint.core.plant import parse_plant
from setpoint.errors import RequestError
from setpoint.server.http import asyncapi, openapi
from setpoint.server.http.app import create_app
from setpoint.server.http.batch_bodies import read_again, read_batch
from setpoint.server.http.limits import ACT_RATE, MAX_EXPORTS, MAX_WAITING, Limits
from setpoint.server.http.services import Services
from setpoint.server.identity.authenticator import DemoAuth

MEGABYTE = 1024 * 1024


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path) as running:
        await running.add("vera", "viewer")
        await running.add("otto", "operator")
        await running.add("ada", "admin")
        yield running


def unknown(count: int) -> dict[str, object]:
    updates = {f"m_{number}": {"targetSpeed": 150} for number in range(100_000, 100_000 + count)}
    return {"txId": str(uuid.uuid4()), "updates": updates}


@pytest.mark.timeout(180)
async def test_targets_for_machines_that_there_are_not_fill_no_disk_and_take_nobodys_place(
    server: SignInServer, tmp_path: Path
) -> None:
    vera, otto = await server.browser("vera"), await server.browser("otto")
    statuses: list[int] = []
    while 429 not in statuses:
        assert len(statuses) < 40
        statuses.append((await vera.post("/api/batches", json=unknown(3_000))).status_code)
    assert 200 in statuses
    assert size_of(tmp_path) < 50 * MEGABYTE
    body = {"txId": str(uuid.uuid4()), "updates": {"m_401": {"targetSpeed": 150}}}
    assert (await otto.post("/api/batches", json=body)).status_code == 200


WORST_HOUR_MEGABYTES = 50
SIGN_INS_MEGABYTES = 3
"""The part of them that signing in as often as possible needs."""
ACTS_MEGABYTES = 5
"""The part of them that acts on alarms and events need."""
PART = 150
"""Each kind of batch uses one part of what an account may give in its worst hour."""
WIDE = "\N{GOTHIC LETTER HWAIR}"
"""Four bytes, and printable."""
SHIFTS = """
name = "Shifts"
[fields.speed]
[shifts]
pattern = [{ name = "Early", from = "06:00", to = "18:00" }, { name = "Late", from = "18:00", to = "06:00" }]
[[lines]]
id = "01"
machines = [1]
"""


def long_reason(number: int) -> dict[str, object]:
    source = {"filename": WIDE * 255, "sha256": "0" * 64, "rows": 1}
    return targets({f"m_40{1 + number % 3}": {"targetSpeed": 100 + number}}, reason=WIDE * 500, source=source)


def long_names(number: int) -> dict[str, object]:
    return targets({f"{number:04}{each:03}{WIDE * 57}": {WIDE * 64: WIDE * 200} for each in range(20)})


def short_names(number: int) -> dict[str, object]:
    return targets({f"m_{number}{each:03}": {"targetSpeed": 150} for each in range(50)})


def known(number: int) -> dict[str, object]:
    return targets({f"m_40{1 + each % 3}": {"targetSpeed": 100 + number, "mode": "RUN"} for each in range(3)})


def targets(updates: dict[str, dict[str, object]], **more: object) -> dict[str, object]:
    return {"txId": str(uuid.uuid4()), "updates": updates, **more}


def cost_of(body: dict[str, object]) -> int:
    request = msgspec.convert(body, BatchRequest)
    return batch_cost(sum(map(len, request.updates.values())), len(msgspec.json.encode(request)))


def stored_bytes(directory: Path) -> int:
    """Returns the size of the database with its write-ahead log."""
    with closing(sqlite3.connect(directory / "setpoint.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [[pages]] = database.execute("PRAGMA page_count")
        [[page]] = database.execute("PRAGMA page_size")
        return int(pages * page)


@pytest.mark.timeout(180)
async def test_in_its_worst_hour_an_account_signs_in_so_often_that_little_of_the_50_megabytes_is_used(
    server: SignInServer, tmp_path: Path
) -> None:
    server.clocks.stop()
    browser, before, signed_in = await server.browser(), stored_bytes(tmp_path), 0
    browser.headers["user-agent"] = "x" * 1_000
    while (answer := await browser.sign_in("otto")).status_code == 200:
        browser.cookies.clear()
        signed_in += 1
        assert signed_in <= SIGN_INS.burst, "the limit never comes"
    assert answer.status_code == 429
    assert "Let programs use a token" in answer.json()["detail"]
    grown = stored_bytes(tmp_path) - before
    hour = SIGN_INS.burst + SIGN_INS.per_s * 3_600
    assert grown * hour / signed_in < SIGN_INS_MEGABYTES * MEGABYTE, (
        f"{grown / signed_in:.0f} bytes a sign-in"
    )
    assert (await browser.sign_in("vera")).status_code == 200, "another account has its own rate"
    server.clocks.ahead_s += 10
    assert (await browser.sign_in("otto")).status_code == 200, "the rate recovers"


@pytest.mark.timeout(180)
@pytest.mark.parametrize("worst", [long_reason, long_names, short_names, known])
async def test_in_its_worst_hour_an_account_makes_the_database_grow_by_less_than_50_megabytes(
    server: SignInServer, tmp_path: Path, worst: Callable[[int], dict[str, object]]
) -> None:
    otto = await server.browser("otto")
    limits = PersonLimits()
    hour = limits.targets_at_once + limits.targets_an_hour
    before, spent, number = stored_bytes(tmp_path), 0, 0
    while spent < hour // PART:
        body = worst(number)
        number += 1
        spent += cost_of(body)
        answer = await otto.post("/api/batches", json=body)
        assert answer.status_code == 200, answer.text
    await server.runtime.player.stop(within_s=10)
    grown = stored_bytes(tmp_path) - before
    left = WORST_HOUR_MEGABYTES - SIGN_INS_MEGABYTES - ACTS_MEGABYTES
    assert grown * hour / spent < left * MEGABYTE, f"{grown / spent:.0f} bytes a target"


@pytest.mark.timeout(180)
@pytest.mark.parametrize("note", [WIDE * 500, "x"], ids=["long", "short"])
async def test_in_its_worst_hour_an_accounts_acts_on_alarms_take_little_of_the_50_megabytes(
    server: SignInServer, tmp_path: Path, note: str
) -> None:
    otto, spent = await server.browser("otto"), 0
    cost = 1 + len(note.encode()) // FREE_BYTES
    acts_an_hour = (ACT_RATE.burst + ACT_RATE.per_s * 3_600) / cost
    before = stored_bytes(tmp_path)
    while spent < 100 and spent * cost < ACT_RATE.burst - cost:
        answer = await otto.post("/api/alarms/m_401/hot/shelve", json={"forS": 3_600, "note": note})
        assert answer.status_code == 200, answer.text
        spent += 1
    await server.runtime.player.stop(within_s=10)
    grown = stored_bytes(tmp_path) - before
    assert grown / spent * acts_an_hour < ACTS_MEGABYTES * MEGABYTE, f"{grown / spent:.0f} bytes an act"


@pytest.mark.timeout(180)
@pytest.mark.parametrize("text", [WIDE * 500, "x"], ids=["long", "short"])
async def test_in_its_worst_hour_an_accounts_notes_on_shifts_take_no_more_than_its_targets_would(
    tmp_path: Path, text: str
) -> None:
    shifts = parse_plant(SHIFTS).shifts
    async with serving(tmp_path, plant=replace(PLANT, shifts=shifts)) as server:
        await server.add("otto", "operator")
        otto, entries = await server.browser("otto"), 50
        since = (await otto.get("/api/shifts")).json()["shifts"][0]["since"]
        before = stored_bytes(tmp_path)
        for _ in range(entries):
            answer = await otto.post("/api/shifts/notes", json={"line": "01", "since": since, "text": text})
            assert answer.status_code == 204, answer.text
        await server.runtime.player.stop(within_s=10)
        grown, limits = stored_bytes(tmp_path) - before, PersonLimits()
    entries_an_hour = (limits.targets_at_once + limits.targets_an_hour) / batch_cost(1, len(text.encode()))
    left = WORST_HOUR_MEGABYTES - SIGN_INS_MEGABYTES - ACTS_MEGABYTES
    assert grown / entries * entries_an_hour < left * MEGABYTE, f"{grown / entries:.0f} bytes an entry"


async def test_withdrawing_again_and_again_is_recorded_once(server: SignInServer, tmp_path: Path) -> None:
    otto, tx_id = await server.browser("otto"), str(uuid.uuid4())
    assert (await otto.post(f"/api/batches/{tx_id}/cancel")).status_code == 200
    head = await server.persistence.head()
    for _ in range(20):
        assert (await otto.post(f"/api/batches/{tx_id}/cancel")).status_code == 200
    assert await server.persistence.head() == head


def size_of(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.glob("setpoint.sqlite*"))


async def test_a_batch_refused_for_its_size_says_what_to_do(server: SignInServer) -> None:
    vera = await server.browser("vera")
    refused = await vera.post("/api/batches", json=unknown(50_000))
    assert refused.status_code == 429
    assert "split it" in refused.json()["detail"]


async def test_targets_for_machines_that_do_not_exist_are_listed_again_row_by_row(
    server: SignInServer,
) -> None:
    otto = await server.browser("otto")
    body = unknown(3)
    first = (await otto.post("/api/batches", json=body)).json()
    story = (await otto.get(f"/api/batches/{body['txId']}")).json()
    assert [each["machine"] for each in story["results"]] == [each["machine"] for each in first["results"]]
    (listed,) = (await otto.get("/api/batches")).json()["items"]
    assert listed["counts"] == {"rejected": 3}


async def test_kept_workbooks_have_a_quota_that_an_administrator_sees_and_sets(server: SignInServer) -> None:
    otto, ada = await server.browser("otto"), await server.browser("ada")
    limits = (await ada.get("/api/people/otto/limits")).json()
    assert limits["keptBytes"] == 200 * MEGABYTE
    set_to = limits | {"keptBytes": 3_000}
    assert (await ada.put("/api/people/otto/limits", json=set_to)).json() == set_to
    assert (await otto.put("/api/people/otto/limits", json=limits)).status_code == 403
    assert (await ada.put("/api/people/otto/limits", json=limits | {"keptBytes": -1})).status_code == 400
    first = os.urandom(2_000)
    assert await keep(otto, first) == 204
    assert await keep(otto, first) == 204, "the same bytes are the same file"
    assert await keep(otto, os.urandom(2_000)) == 409
    assert await keep(ada, os.urandom(2_000)) == 204, "another account has its own quota"


async def test_the_default_limits_apply_to_all_accounts_without_their_own(server: SignInServer) -> None:
    ada, otto = await server.browser("ada"), await server.browser("otto")
    first = (await ada.get("/api/people/*/limits")).json()
    await ada.put("/api/people/vera/limits", json=first | {"keptFiles": 7})
    default = first | {"keptFiles": 3}
    assert (await ada.put("/api/people/*/limits", json=default)).json() == default
    assert (await ada.get("/api/people/otto/limits")).json() == default
    assert (await ada.get("/api/people/vera/limits")).json()["keptFiles"] == 7, "an account's own limits stay"
    assert (await ada.delete("/api/people/vera/limits")).json() == default
    assert (await ada.delete("/api/people/*/limits")).json() == first
    for method in ("PUT", "DELETE"):
        assert (await otto.request(method, "/api/people/*/limits", json=first)).status_code == 403
    changes = (await ada.get("/api/security?event=limits-changed")).json()["items"]
    assert [each["facts"]["account"] for each in changes] == ["*", "vera", "*", "vera"]


async def keep(browser: Browser, content: bytes) -> int:
    sha256 = hashlib.sha256(content).hexdigest()
    return (await browser.put(f"/api/files/{sha256}?filename=a.xlsx", content=content)).status_code


async def test_an_hour_gives_back_its_allowance_and_a_batch_beyond_the_whole_is_refused() -> None:
    limits = PersonLimits(targets_at_once=100, targets_an_hour=3_600)
    allowance = Allowance()
    assert allowance.wait_ms("anna", 100, limits, 0) == 0
    assert allowance.wait_ms("anna", 10, limits, 0) == 10_001
    assert allowance.wait_ms("bert", 100, limits, 0) == 0
    assert allowance.wait_ms("anna", 10, limits, 10_001) == 0
    assert allowance.wait_ms("anna", 101, limits, 10_001) is None


async def test_readers_are_admitted_a_few_at_a_time_and_nobody_takes_all_places() -> None:
    limits = Limits()
    running, peak = 0, 0

    async def read(account: str) -> None:
        nonlocal running, peak
        async with limits.reading(account):
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(read(f"person {number % 3}") for number in range(150)))
    assert peak <= 2


async def test_reads_that_come_together_are_counted_although_the_limits_are_looked_up_first() -> None:
    is_looked_up, may_end, refused = asyncio.Event(), asyncio.Event(), 0

    async def limits_of(_: str) -> PersonLimits:
        await is_looked_up.wait()
        return PersonLimits()

    limits = Limits(limits_of)

    async def read() -> None:
        nonlocal refused
        try:
            async with limits.reading("anna"):
                await may_end.wait()
        except RequestError:
            refused += 1
            may_end.set()

    reading = [asyncio.create_task(read()) for _ in range(MAX_WAITING + 5)]
    await asyncio.sleep(0)
    is_looked_up.set()
    await asyncio.gather(*reading)
    assert refused == 5


async def test_an_account_makes_one_export_at_a_time_and_does_not_queue_them_without_end() -> None:
    limits = Limits()
    running = peak = 0

    async def export(account: str) -> None:
        nonlocal running, peak
        async with limits.exporting(account):
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(0)
            running -= 1

    refused = await asyncio.gather(*(export("anna") for _ in range(30)), return_exceptions=True)
    assert peak == 1
    assert sum(isinstance(each, RequestError) for each in refused) == 30 - MAX_EXPORTS
    await asyncio.gather(*(export(f"person {number}") for number in range(30)))
    assert peak == 2


class FullExports(Limits):
    def exporting(self, account: str) -> Never:
        raise RequestError(f"{account} has exports waiting already", code=ProblemCode.TOO_MANY_READS)


@pytest.mark.parametrize(
    "path",
    [
        "/api/template.xlsx",
        "/api/batches/export.csv",
        "/api/batches/export.xlsx",
        "/api/events/export.csv",
        "/api/events/export.xlsx",
    ],
)
def test_whatever_takes_a_processor_to_make_waits_for_an_exports_turn(path: str) -> None:
    """Sixty templates at once for one person delayed everybody else's commits by two seconds."""
    assert TestClient(app_with(FullExports())).get(path).status_code == 429


def test_the_documents_that_anybody_may_ask_for_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(app_with(Limits()))
    documents = {name: client.get(f"/schema/{name}.json").content for name in ("openapi", "asyncapi")}
    for each in (openapi, asyncapi):
        monkeypatch.delattr(each, "describe_schemas")
    for name, content in documents.items():
        assert client.get(f"/schema/{name}.json").content == content


def app_with(limits: Limits) -> Litestar:
    services = FakeServices()
    return create_app(
        cast("Services", services), auth=DemoAuth(), metrics=services.metrics, board={}, limits=limits
    )


async def test_an_accounts_acts_on_alarms_and_events_have_a_rate_of_their_own() -> None:
    limits = Limits()
    for _ in range(int(ACT_RATE.burst)):
        limits.take_act("anna")
    with pytest.raises(RequestError, match="too fast"):
        limits.take_act("anna")
    limits.take_act("bert")
    for _ in range(int(ACT_RATE.burst) // 21):
        limits.take_act("cleo", WIDE * 500)
    with pytest.raises(RequestError, match="too fast"):
        limits.take_act("cleo", WIDE * 500)


def test_reasons_and_notes_lose_what_turns_the_direction_of_writing() -> None:
    body = {
        "txId": str(uuid.uuid4()),
        "updates": {"m_401": {"targetSpeed": 1}},
        "reason": "safe\u202eelbasnu",
    }
    assert read_batch(msgspec.json.encode(body)).reason == "safeelbasnu"
    assert read_again(b'{"reason": "once\\u0000 more\\u2067"}').reason == "once more"
    assert (
        clean_text("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
        == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


async def test_a_refused_value_comes_back_without_what_turns_the_direction_of_writing(
    server: SignInServer,
) -> None:
    otto = await server.browser("otto")
    body = targets({"m_401": {"mode": "RUN\u202eNUR\u0000"}, "m_999": {"mode": "\u2067x\u200by"}})
    for answer in (
        await otto.post("/api/batches", json=body),
        await otto.get(f"/api/batches/{body['txId']}"),
    ):
        assert [each["value"] for each in answer.json()["results"]] == ["RUNNUR", "xy"]
        assert "\u202e" not in answer.text


async def test_the_bytes_of_an_accounts_batches_have_a_rate_of_their_own_also_where_they_are_refused(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.server.http.limits.BODY_RATE", Rate(burst=1_000, per_s=0.01))
    otto, ada = await server.browser("otto"), await server.browser("ada")
    for browser in (otto, ada):
        assert (await browser.post("/api/batches", json={"txId": "x" * 900})).status_code == 422
        refused = await browser.post("/api/batches", json=known(1))
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-batches")
        assert refused.json()["retryAfterMs"] > 0
