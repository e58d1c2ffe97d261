"""A database from before the stream of events. The stream contains its old stops and new events."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from setpoint.contract.http.machines import Event, EventKind, EventNote
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.audit.queries import EventMark, EventQuery
from setpoint.core.events import EventChanges
from setpoint.persistence import migrate
from setpoint.persistence.sql import SqlPersistence

BEFORE = "0009"
STOP = (
    '{"kind": "asserted", "machine": "m_401", "at": 10.0, "line": "01", "status": "FAULT", "cause": "belt"}'
)


def _begin(connection: Connection) -> None:
    """Makes the old tables, with one stop."""
    command.upgrade(migrate.alembic_config(connection), BEFORE)
    connection.execute(
        text(
            "INSERT INTO events (kind, machine, line, at, body) VALUES ('asserted', 'm_401', '01', 10.0, :body)"
        ),
        {"body": STOP},
    )


def test_the_versions_that_a_server_knows_are_those_of_its_migrations() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(migrate.alembic_config(connection))
    assert migrate.versions() == tuple(reversed([each.revision for each in script.walk_revisions()]))


@pytest.mark.rule("EVT-1", "EVT-4", "ALM-6")
async def test_a_database_from_before_events_opens_and_its_stops_are_in_the_stream(tmp_path: Path) -> None:
    file = tmp_path / "setpoint.sqlite"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        _begin(connection)
    engine.dispose()
    store = SqlPersistence(f"sqlite:///{file}", is_server=True, timeout_s=20)
    await store.start()
    try:
        [stop] = (await store.events(EventQuery(line="01", kinds=(EventKind.ASSERTED,)))).items
        assert (stop.status, stop.cause, stop.acknowledged) == ("FAULT", "belt", None)
        note = EventNote("anna", 20.0, "belt was changed")
        target = Event(EventKind.ASKED, "m_401", 30.0, "01", field="targetSpeed", value=5, person="anna")
        raised = AlarmState(is_active=True, is_acknowledged=False, since=11.0)
        key = AlarmKey("m_401", "hot")
        await store.store_events(
            EventChanges((target,), ((key, raised),), (EventMark(stop.kind, stop.machine, 10.0, "", note),))
        )
        assert [each.acknowledged for each in (await store.events(EventQuery())).items] == [None, note]
        assert (await store.events(EventQuery(person="anna"))).items == [target]
        assert await store.alarms() == {key: raised}
    finally:
        await store.close()
