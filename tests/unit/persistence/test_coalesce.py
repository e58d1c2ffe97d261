"""Calls at the same time share a query, and none gets an answer that is older than the call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from setpoint.errors import StorageError
from setpoint.persistence.coalesce import AT_MOST, Coalesced


class Table:
    """A table that counts its queries. Each query waits until the test releases it."""

    def __init__(self) -> None:
        self.rows = {"a": 1, "b": 2}
        self.queries: list[list[str]] = []
        self.is_asked = asyncio.Event()
        self.may_go = asyncio.Event()
        self.error: StorageError | None = None

    async def ask(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.queries.append(list(keys))
        self.is_asked.set()
        found = {key: self.rows[key] for key in keys if key in self.rows}
        await self.may_go.wait()
        if self.error is not None:
            raise self.error
        return found


async def test_calls_during_a_query_share_the_next_one() -> None:
    table = Table()
    lookups = Coalesced(table.ask)
    first = asyncio.create_task(lookups.get("a"))
    await table.is_asked.wait()
    others = [asyncio.create_task(lookups.get(key)) for key in ("b", "c", "b")]
    await asyncio.sleep(0)
    table.may_go.set()
    assert await asyncio.gather(first, *others) == [1, 2, None, 2]
    assert table.queries == [["a"], ["b", "c"]]


async def test_an_answer_is_never_older_than_its_question() -> None:
    table = Table()
    lookups = Coalesced(table.ask)
    early = asyncio.create_task(lookups.get("a"))
    await table.is_asked.wait()
    table.rows["a"] = 7
    late = asyncio.create_task(lookups.get("a"))
    await asyncio.sleep(0)
    table.may_go.set()
    assert (await early, await late) == (1, 7)


async def test_a_query_has_a_limited_number_of_keys() -> None:
    table = Table()
    table.may_go.set()
    lookups = Coalesced(table.ask)
    await asyncio.gather(*(lookups.get(str(number)) for number in range(AT_MOST + 1)))
    assert [len(query) for query in table.queries] == [AT_MOST, 1]


async def test_every_caller_gets_the_error_and_the_next_call_tries_again() -> None:
    table = Table()
    table.may_go.set()
    table.error = StorageError("the disk is gone")
    lookups = Coalesced(table.ask)
    errors = await asyncio.gather(lookups.get("a"), lookups.get("b"), return_exceptions=True)
    assert list(errors) == [table.error, table.error]
    table.error = None
    assert await lookups.get("a") == 1


async def test_a_cancelled_call_does_not_affect_the_others() -> None:
    table = Table()
    lookups = Coalesced(table.ask)
    leaving, staying = (asyncio.create_task(lookups.get("a")) for _ in range(2))
    await table.is_asked.wait()
    leaving.cancel()
    table.may_go.set()
    assert await staying == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving
