"""A store names its last transaction, so that the server can find out whether an unanswered commit was stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from tests.contract.test_persistence import batch

from setpoint.core.audit.chain import fact
from setpoint.core.audit.changes import RecordFact
from setpoint.core.commands import RecordBatch
from setpoint.errors import InDoubtError, StorageError
from setpoint.persistence.bounds import Bounds, committing
from setpoint.persistence.sql import SqlPersistence

TOLD = RecordFact(fact(5.0, "access", "anna", {"event": "signed-in"}))

pytestmark = pytest.mark.rule("CMD-1")


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[SqlPersistence]:
    store = SqlPersistence(database_url, timeout_s=20, is_server=True)
    await store.start()
    yield store
    await store.close()


async def test_the_name_of_the_last_transaction_is_stored_with_it(server: SqlPersistence) -> None:
    assert await server.check() == ""
    await server.store([RecordBatch(batch(1))], name="e/1")
    assert await server.check() == "e/1"
    with pytest.raises(StorageError) as caught:
        await server.store([RecordBatch(batch(1))], name="e/2")
    assert not isinstance(caught.value, InDoubtError), "it was refused before its commit"
    assert await server.check() == "e/1"


async def test_transactions_of_others_change_no_name_and_a_restart_keeps_it(database_url: str) -> None:
    for is_first in (True, False):
        store = SqlPersistence(database_url, timeout_s=20, is_server=True)
        await store.start()
        if is_first:
            await store.store([TOLD], name="e/1")
            await store.store([TOLD])
        assert await store.check() == "e/1"
        await store.close()


async def test_a_probe_waits_for_a_transaction_that_is_still_being_committed(
    server: SqlPersistence, database_url: str
) -> None:
    other = SqlPersistence(database_url, timeout_s=20)
    async with other.database.writing("taking its time") as connection:
        await connection.execute(text("UPDATE keys SET value = 'e/9' WHERE name = 'transaction'"))
        check = asyncio.create_task(server.check())
        finished, _ = await asyncio.wait({check}, timeout=0.3)
        assert not finished, "it may still be stored"
    assert await check == "e/9"
    await other.close()


@pytest.mark.parametrize("is_answered", [True, False])
@pytest.mark.parametrize("is_sent", [True, False])
async def test_a_transaction_is_in_doubt_once_its_commit_was_sent(
    *, is_sent: bool, is_answered: bool
) -> None:
    async def store() -> None:
        committing(is_sent)
        if is_answered:
            raise StorageError("the connection was lost")
        await asyncio.Event().wait()

    with pytest.raises(StorageError) as caught:
        await Bounds(0.05).run(store)
    assert isinstance(caught.value, InDoubtError) is is_sent
