"""Reasons and notes of shifts are stored in order, found by line and time, audited, and kept as long as the audit."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.contract.test_retention import NOW, store  # noqa: F401  # a SQL store

from setpoint.core.audit.retention import DAY_S, Retention
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry, ShiftQuery
from setpoint.persistence.base import Persistence
from setpoint.persistence.memory import MemoryPersistence
from setpoint.persistence.retention import prune
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.verify import verify


def entry(at: float, line: str = "01", **changes: object) -> ShiftEntry:
    fields = {"machine": "m_401", "reason": "motor", **changes}
    return ShiftEntry(line, float(at), at + 60.0, "anna", at + 100.0, **fields)  # type: ignore[arg-type]  # as they are


@pytest.fixture(params=["memory", "sql"])
def persistence(request: pytest.FixtureRequest, store: SqlPersistence) -> Persistence:  # noqa: F811  # the fixture
    return store if request.param == "sql" else MemoryPersistence()


@pytest.mark.rule("SHIFT-8")
async def test_entries_about_a_time_are_found_in_the_order_in_which_they_were_made(
    persistence: Persistence,
) -> None:
    entries = [entry(100), entry(50), entry(100, reason="", text="no"), entry(300), entry(100, "02")]
    for each in entries:
        await persistence.store([RecordShiftEntry(each)])
    note = ShiftEntry("01", 0.0, 1_000.0, "ben", 5.0, text="mind the guard")
    await persistence.store([RecordShiftEntry(note)])
    assert await persistence.shift_entries(ShiftQuery(("01",), 105, 300)) == [
        entries[0],
        entries[1],
        entries[2],
        note,
    ]
    assert await persistence.shift_entries(ShiftQuery(("02",), 0, 1_000)) == [entries[4]]
    assert await persistence.shift_entries(ShiftQuery((), 0, 1_000)) == []
    audit = await persistence.audit()
    assert [(each.kind, each.actor) for each in audit] == [("shift", "anna")] * 5 + [("shift", "ben")]


async def test_an_entry_that_was_edited_is_found_by_verify(store: SqlPersistence) -> None:  # noqa: F811  # the fixture
    for at in (100, 200):
        await store.store([RecordShiftEntry(entry(at))])
    verdict = await verify(store)
    assert (verdict.broken, verdict.total) == (None, 0)
    async with store.engine.begin() as connection:
        await connection.execute(
            text("UPDATE shift_entries SET body = replace(body, 'motor', 'tool') WHERE since = 100")
        )
        await connection.execute(text("DELETE FROM shift_entries WHERE since = 200"))
    found = [each.what for each in (await verify(store)).differences]
    assert found == ["entry 1 of a shift, by anna", "of the entries of shifts, 2"]


async def test_old_entries_are_removed_with_their_part_of_the_audit(store: SqlPersistence) -> None:  # noqa: F811  # the fixture
    for days in (100, 990):
        await store.store([RecordShiftEntry(entry(days * DAY_S))])
    await prune(store, Retention(records=60), NOW)
    left = [
        each
        for at in (100, 990)
        for each in await store.shift_entries(ShiftQuery(("01",), at * DAY_S, at * DAY_S + 1))
    ]
    assert [each.since for each in left] == [990 * DAY_S]
    verdict = await verify(store)
    assert (verdict.broken, verdict.total) == (None, 0)
