"""This version takes over everything from 0.1.0: the database, the plant file, and the requests of clients."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest
from tests.contract.conftest import empty_database
from tests.security.sign_in_server import PASSWORD, serving

from setpoint.core.audit.queries import BatchQuery, EventQuery
from setpoint.core.plant import parse_plant
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.verify import verify
from setpoint.server.identity.secrets import digest

HERE = Path(__file__).parent


def tx(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def load_sqlite(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.executescript((HERE / "v0_1_0.sqlite.sql").read_text("utf-8"))


async def load_postgres(url: str) -> None:
    lines = (HERE / "v0_1_0.postgresql.sql").read_text("utf-8").splitlines()
    connection = await asyncpg.connect(url)
    await connection.execute("\n".join(line for line in lines if not line.startswith("\\")))
    await connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlPersistence]:
    url = await empty_database(request, tmp_path)
    if request.param == "sqlite":
        load_sqlite(tmp_path / "setpoint.sqlite")
    else:
        await load_postgres(url)
    store = SqlPersistence(url, is_server=True, timeout_s=20)
    await store.start()
    yield store
    await store.close()


async def test_a_database_of_0_1_0_is_opened_with_everything_in_it(store: SqlPersistence) -> None:
    batches = (await store.batches(BatchQuery())).items
    assert [each.tx_id for each in batches] == [tx(3), tx(2), tx(1), tx(4)]
    assert batches[2].counts == {"applied": 1, "rejected": 2}
    first = await store.batch(tx(1))
    assert first is not None
    assert [(item.machine, item.outcome.value) for item in first.items] == [
        ("m_401", "applied"),
        ("m_411", "rejected"),
        ("m_999", "rejected"),
    ]
    assert [each.tx_id for each in await store.unsettled(0.0)] == [tx(4)]
    assert [each.request.tx_id for each in await store.held()] == [tx(5)]
    assert len((await store.events(EventQuery())).items) == 3
    assert first.source is not None
    stored = await store.file(first.source.sha256, "otto")
    assert stored is not None
    assert stored.content.startswith(b"Machine ID;Target Speed")
    assert await store.file(first.source.sha256, "ada") is None


async def test_accounts_sessions_tokens_and_links_of_0_1_0_go_on(store: SqlPersistence) -> None:
    accounts, now = SqlAccounts(store.database), time.time()
    assert [each.name for each in await accounts.accounts()] == ["ada", "ida", "otto", "vera"]
    assert await accounts.session_by_secret(digest("a session of 0.1.0")) is not None
    assert {each.name for each in await accounts.tokens("otto")} == {"mes", "old"}
    assert await accounts.take_invite(digest("an invite of 0.1.0"), now) is not None


async def test_the_audit_of_0_1_0_is_complete_and_agrees_with_its_tables(store: SqlPersistence) -> None:
    found = await verify(store)
    assert found.broken is None
    assert found.head.seq >= 14
    others = [each for each in found.differences if not each.what.startswith(("account ", "token "))]
    assert others == [], "the tests of 0.1.0 added its accounts and tokens without the audit"


def test_the_plant_file_of_0_1_0_is_read_without_a_mistake() -> None:
    plant = parse_plant((HERE / "v0_1_0.plant.toml").read_text("utf-8"))
    assert plant.machines


class Item(msgspec.Struct):
    """A result, as the client of 0.1.0 reads it."""

    machine: str
    field: str
    outcome: str
    value: str | float | int | bool | None
    rev: int | None = None
    message: str | None = None


class Answer(msgspec.Struct, rename="camel"):
    tx_id: str
    status: str
    results: list[Item]


async def test_a_client_of_0_1_0_signs_in_and_its_requests_are_answered_as_it_expects(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    async with serving(tmp_path) as server:
        ada = await server.browser()
        assert (await ada.sign_in("ada", PASSWORD)).status_code == 200
        body = {"txId": tx(100), "updates": {"m_401": {"targetSpeed": 150}}, "base": {}, "atomic": False}
        answer = msgspec.json.decode((await ada.post("/api/batches", json=body)).content, type=Answer)
        assert [(item.machine, item.outcome) for item in answer.results] != []
        retry = await ada.post(f"/api/batches/{tx(1)}/retry", json={"txId": tx(101)})
        assert json.loads(retry.content)["type"] == "/problems/nothing-to-retry"
        undone = await ada.post(f"/api/batches/{tx(2)}/undo", json={"txId": tx(102), "base": {}})
        assert undone.status_code == 200
