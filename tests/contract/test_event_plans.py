"""Each filter of events uses an index with all of its columns, so that no page scans a whole day."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.contract.http.machines import EventKind
from setpoint.core.audit.queries import EventQuery
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.stream import wanted_events
from setpoint.persistence.tables import metadata
from setpoint.testing.patience import patient

RARE = (EventKind.CONFLICT, EventKind.PLANT_CHANGE)
LINES = frozenset({"01", "02"})
MANY = frozenset(f"{line:02}" for line in range(1, 99))


PAGES = [
    (EventQuery(line="01"), {"line (line=?)"}),
    (EventQuery(line="01", kinds=RARE), {"line_kind (line=? AND kind=?)"}),
    (EventQuery(lines=LINES), {"line (line=?)"}),
    (EventQuery(lines=LINES, kinds=RARE), {"line_kind (line=? AND kind=?)"}),
    (EventQuery(lines=MANY, kinds=RARE), {"kind (kind=?)"}),
    (EventQuery(kinds=RARE), {"kind (kind=?)"}),
    (EventQuery(machine="m_1"), {"machine_kind (machine=? AND kind=?)"}),
    (EventQuery(machine="m_1", kinds=RARE, lines=LINES), {"machine_kind (machine=? AND kind=?)"}),
    (EventQuery(person="ben"), {"person_kind (person=? AND kind=?)"}),
    (EventQuery(person="ben", kinds=RARE), {"person_kind (person=? AND kind=?)"}),
    (EventQuery(person="ben", line="01"), {"person_line_kind (person=? AND line=? AND kind=?)"}),
    (
        EventQuery(person="ben", lines=LINES, kinds=RARE),
        {"person_line_kind (person=? AND line=? AND kind=?)"},
    ),
    (EventQuery(person="ben", machine="m_1"), {"machine_kind (machine=? AND kind=?)"}),
]
READ_AT_MOST = 500
"""Rows of one scan: a page has 50 events, and those of the same instant are read together."""
FILL = """
INSERT INTO events (kind, machine, line, at, body, person)
SELECT (ARRAY['asserted', 'cleared', 'offline', 'online', 'asked', 'applied'])[1 + n % 6], 'm_' || n % 97,
       lpad((n % 20 + 1)::text, 2, '0'), 1e9 + n, '{}',
       CASE WHEN n % 6 >= 4 THEN (ARRAY['anna', 'ben', 'carla'])[1 + n % 3] END
FROM generate_series(1, 12000) n
"""


@pytest.mark.parametrize(("query", "expected"), PAGES, ids=range(len(PAGES)))
@pytest.mark.rule("EVT-3")
def test_sqlite_reads_no_more_than_it_answers(query: EventQuery, expected: set[str]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    found = wanted_events(query, None, 51)
    with engine.connect() as connection:
        steps = [
            row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {found.sql}"), found.values)
        ]
    used = {each for each in steps if " events " in each}
    prefix = "SEARCH events USING"
    assert {each.removeprefix(prefix).split("INDEX ix_events_")[-1] for each in used} == expected
    assert all(each.startswith(prefix) for each in used)


@pytest.fixture
async def connection_to_events(postgres_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection to a database with 12,000 events."""
    store = SqlPersistence(postgres_url, timeout_s=patient(60))
    async with store.engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
        await connection.run_sync(metadata.create_all)
        await connection.execute(text(FILL))
        await connection.execute(text("ANALYZE events"))
        yield connection
    await store.close()


def _scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("Relation Name") == "events":
        yield node
    for each in node.get("Plans", ()):
        yield from _scans(each)


@pytest.mark.rule("EVT-3")
async def test_postgresql_reads_little_more_than_it_answers(connection_to_events: AsyncConnection) -> None:
    for query, _ in PAGES:
        found = wanted_events(query, None, 51)
        plan = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {found.sql}")
        result = (await connection_to_events.execute(plan, found.values)).scalar_one()
        scans = [*_scans((json.loads(result) if isinstance(result, str) else result)[0]["Plan"])]
        assert scans, query
        for each in scans:
            rows_read = each["Actual Rows"] + each.get("Rows Removed by Filter", 0)
            assert "Seq Scan" not in each["Node Type"], (query, each)
            assert rows_read <= READ_AT_MOST, (query, each)
