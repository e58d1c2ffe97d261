"""Each filter of events is answered along an index that has all that it asks for: no page looks through a day."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select, text

from setpoint.contract.http.machines import EventKind
from setpoint.core.audit.queries import EventQuery
from setpoint.persistence.stream import wanted_events
from setpoint.persistence.tables import metadata

RARE = (EventKind.CONFLICT, EventKind.PLANT_CHANGE)
LINES = frozenset({"01", "02"})
MANY = frozenset(f"{line:02}" for line in range(1, 99))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
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
    ],
    ids=range(13),
)
@pytest.mark.rule("EVT-3")
def test_sqlite_reads_no_more_than_it_answers(query: EventQuery, expected: set[str]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    found = wanted_events(query, None, 51)
    plan = select(found).compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        told = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {plan}"))]
    used = {each for each in told if " events " in each}
    prefix = "SEARCH events USING"
    assert {each.removeprefix(prefix).split("INDEX ix_events_")[-1] for each in used} == expected
    assert all(each.startswith(prefix) for each in used)
