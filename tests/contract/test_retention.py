"""The store removes records past their limit from the beginning, and the rest stays complete."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from tests.contract.conftest import migrated_database
from tests.contract.test_persistence import tx

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import Outcome
from setpoint.core.accounts import Account, Token, facts_of_token
from setpoint.core.audit.chain import fact
from setpoint.core.audit.queries import BatchQuery, EventQuery, KeptFile, SecurityQuery
from setpoint.core.audit.retention import DAY_S, Retention
from setpoint.core.commands import BatchRecord, ItemRecord, RecordBatch, RecordEvents, RecordOutcomes
from setpoint.core.events import EventChanges
from setpoint.core.plant import Role
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.accounts.tables import tokens
from setpoint.persistence.retention import prune, prune_events, read_retention, set_retention
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.verify import verify

NOW = 1_000 * DAY_S


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlPersistence]:
    store = SqlPersistence(await migrated_database(request, tmp_path), timeout_s=20)
    await store.start()
    yield store
    await store.close()


def item(number: int, outcome: Outcome, line: str = "01") -> ItemRecord:
    return ItemRecord(tx(number), "m_401", "targetSpeed", 150, outcome, 5.0, rev=number, line=line)


async def fill(store: SqlPersistence) -> None:
    """Stores a batch and a stop every hundred days, and an account on the first day."""
    await SqlAccounts(store.database).add_account(Account("vera", {"*": Role.VIEWER}, 1.0))
    added = {"event": "account-added", "account": "vera", "rights": "viewer"}
    await store.store((), (fact(1.0, "access", "ada", added),))
    for number in range(1, 10):
        at = number * 100 * DAY_S
        batch = BatchRecord(tx(number), "anna", at, "d", (item(number, Outcome.PENDING),))
        event = Event(EventKind.ASSERTED, "m_401", at, "01", status="EMERGENCY_STOP")
        settled = RecordOutcomes((item(number, Outcome.APPLIED),))
        await store.store([RecordBatch(batch), settled, RecordEvents((event,))])
        await store.keep_file(workbook(number), "anna", at)


def workbook(number: int) -> KeptFile:
    content = str(number).encode()
    return KeptFile(hashlib.sha256(content).hexdigest(), "a.xlsx", content)


async def counts(store: SqlPersistence) -> tuple[int, int]:
    return len((await store.batches(BatchQuery())).items), len((await store.events(EventQuery())).items)


async def test_nothing_is_removed_before_a_limit_is_set(store: SqlPersistence) -> None:
    await fill(store)
    assert await read_retention(store) == Retention()
    assert await prune(store, await read_retention(store), NOW) is None
    assert await counts(store) == (9, 9)


async def test_a_change_of_the_retention_is_in_the_security_log(store: SqlPersistence) -> None:
    await set_retention(store, Retention(records=400, events=90), NOW, by="ada")
    assert await read_retention(store) == Retention(records=400, events=90)
    (entry,) = await store.security(SecurityQuery(event="retention-changed"))
    assert (entry.at, entry.actor) == (NOW, "setpoint")
    assert msgspec.json.decode(entry.payload) == {
        "event": "retention-changed",
        "person": "setpoint",
        "address": "",
        "by": "ada on the command line",
        "records": "400 days",
        "files": "for ever",
        "history": "for ever",
        "events": "90 days",
    }
    found = await verify(store)
    assert (found.broken, found.differences) == (None, [])


async def test_old_records_are_removed_and_the_rest_stays_complete_each_time(store: SqlPersistence) -> None:
    await fill(store)
    for days, left in ((450, 4), (250, 2)):
        await set_retention(store, Retention(records=days), NOW, by="ada")
        removed = await prune(store, await read_retention(store), NOW, by="ada")
        assert removed is not None
        assert await counts(store) == (left, left)
        found = await verify(store)
        assert (found.broken, found.differences) == (None, [])
    assert await prune(store, Retention(records=250), NOW) is None
    assert (await store.audit(0, 1))[0].seq > 1


async def test_a_chain_that_somebody_else_cut_is_still_reported_as_broken(store: SqlPersistence) -> None:
    await fill(store)
    await prune(store, Retention(records=450), NOW)
    first = (await store.audit(0, 1))[0].seq
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.engine.begin() as connection:
            await connection.execute(text(f"DELETE FROM audit WHERE seq = {first}"))
    guard = "audit_no_delete" if store.engine.dialect.name == "sqlite" else "audit_no_change ON audit"
    async with store.engine.begin() as connection:
        await connection.execute(text(f"DROP TRIGGER {guard}"))
        await connection.execute(text(f"DELETE FROM audit WHERE seq = {first}"))
    assert (await verify(store)).broken is not None


TOKEN = Token("t1", "hash", "mia", "mes", {"*": Role.VIEWER}, 50 * DAY_S, 2_000 * DAY_S)
FORGED_TOKENS = (
    """UPDATE tokens SET grants = '{"*": "operator"}' WHERE id = 't1'""",
    "UPDATE tokens SET secret_hash = 'of another secret' WHERE id = 't1'",
    "UPDATE tokens SET expires_ts = expires_ts + 86400 WHERE id = 't1'",
    "UPDATE tokens SET revoked_ts = NULL WHERE id = 't2'",
    "INSERT INTO tokens (id, secret_hash, account, name, grants, created_ts, expires_ts) "
    "SELECT 't3', 'another', account, 'of mallory', grants, created_ts, expires_ts FROM tokens WHERE id = 't1'",
)


async def test_a_token_from_before_the_anchor_that_was_forged_is_named(store: SqlPersistence) -> None:
    accounts = SqlAccounts(store.database)
    await accounts.add_account(Account("mia", {"*": Role.VIEWER}, 1.0))
    events = [{"event": "account-added", "account": "mia", "rights": "viewer"}]
    for token in (TOKEN, replace(TOKEN, id="t2", name="erp", secret_hash="other")):
        assert await accounts.add_token(token)
        events.append({"event": "token-created", "account": "mia"} | facts_of_token(token))
    await store.store((), [fact(1.0, "access", "ada", each) for each in events])
    await accounts.revoke_token("t2", 60 * DAY_S)
    await fill(store)
    await prune(store, Retention(records=450), NOW)
    found = await verify(store)
    assert (found.broken, found.differences) == (None, [])
    for forged in FORGED_TOKENS:
        async with store.engine.connect() as connection:
            before = (await connection.execute(text("SELECT * FROM tokens"))).mappings().all()
        async with store.engine.begin() as connection:
            assert (await connection.execute(text(forged))).rowcount == 1
        found = await verify(store)
        assert [each.what[:7] for each in found.differences] == ["token t"], forged
        async with store.engine.begin() as connection:
            await connection.execute(text("DELETE FROM tokens"))
            await connection.execute(insert(tokens), [dict(row) for row in before])


async def test_the_records_of_an_open_batch_are_kept(store: SqlPersistence) -> None:
    await fill(store)
    await store.store([RecordBatch(BatchRecord(tx(50), "anna", 1.0, "d", (item(50, Outcome.PENDING),)))])
    await store.store([RecordOutcomes((item(9, Outcome.UNKNOWN),))])
    await prune(store, Retention(records=30), NOW + 1_000 * DAY_S)
    assert await store.batch(tx(50)) is not None
    assert (await verify(store)).broken is None


async def test_workbooks_have_a_limit_of_their_own(store: SqlPersistence) -> None:
    await fill(store)
    removed = await prune(store, Retention(files=450), NOW)
    assert removed is not None
    assert removed.files == 5
    assert await store.file(workbook(1).sha256, "anna") is None
    assert await store.file(workbook(9).sha256, "anna") is not None
    assert await counts(store) == (9, 9)
    assert (await verify(store)).broken is None


@pytest.mark.rule("EVT-2")
async def test_old_events_are_removed_and_the_audit_stays_complete(store: SqlPersistence) -> None:
    await fill(store)
    await store.store_events(
        EventChanges(tuple(Event(EventKind.OFFLINE, "m_401", day * DAY_S, "01") for day in (1, 850, 980)))
    )
    assert await prune_events(store, Retention(events=100), NOW) == 2
    kinds = [event.kind for event in (await store.events(EventQuery())).items]
    assert (kinds.count(EventKind.OFFLINE), kinds.count(EventKind.ASSERTED)) == (1, 9)
    await prune(store, Retention(records=450), NOW)
    kinds = [event.kind for event in (await store.events(EventQuery())).items]
    assert (kinds.count(EventKind.OFFLINE), kinds.count(EventKind.ASSERTED)) == (1, 4)
    verdict = await verify(store)
    assert (verdict.broken, verdict.total) == (None, 0)
