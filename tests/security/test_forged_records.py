"""``verify`` compares every record and column that screens show and the audit knows."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from tests.security.sign_in_server import SignInServer, serving, until

from setpoint.contract.http.machines import EventKind
from setpoint.core.audit.queries import EventQuery
from setpoint.core.events import EventChanges
from setpoint.core.events.factory import events_of_fact
from setpoint.core.plant import parse_plant
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.verify import Verdict, verify

PLANT = """
[[lines]]
id = "01"
machines = [401, 402]
[fields.targetSpeed]
writable = true
max = 500
[fields.pin]
writable = true
needs_second_person = true
[shifts]
[[shifts.pattern]]
name = "Day"
from = "00:00"
to = "00:00"
[shifts.reasons.motor]
[[alarm]]
name = "halt"
status = "FAULT"
[sources.simulator]
kind = "simulator"
seed = 1
stops = false
"""
OF_A_TARGET = (
    "value = 151",
    "before = 99",
    "field = 'mode'",
    "txId = 'another'",
    "rev = 77",
    "message = 'another'",
)
OUT_OF_SERVICE = """json('{"by": "mallory", "at": 4e9, "note": "x"}')"""


def events(kind: str, *changes: str) -> list[str]:
    """Forges the body of an event, or the columns by which queries find it."""
    return [
        *(
            f"UPDATE events SET body = json_set(body, '$.{change.replace(' = ', chr(39) + ', ', 1)}) "
            f"WHERE kind = '{kind}' AND coalesce(person, '') <> ''"
            for change in changes
        ),
        *(
            f"UPDATE events SET {column} WHERE kind = '{kind}'"
            for column in ("machine = 'm_409'", "line = '02'", "at = at + 1", "person = 'mallory'")
        ),
        f"UPDATE events SET person = 'mallory', body = json_set(body, '$.person', 'mallory') WHERE kind = '{kind}'",
        "INSERT INTO events (kind, machine, line, at, body, person, run) "
        "SELECT kind, machine, line, at + 9, json_set(body, '$.at', at + 9), person, 1 "
        f"FROM events WHERE kind = '{kind}' AND person IS NOT NULL",
    ]


FORGED: dict[str, list[str]] = {
    "(asked of": events("asked", *OF_A_TARGET),
    "(applied of": events("applied", *OF_A_TARGET),
    "(not_applied of": events(
        "not_applied", *OF_A_TARGET, "outcome = 'cancelled'", 'said = json(\'{"code": "x"}\')'
    ),
    "(sign_in of": events("sign_in"),
    "(alarm of": [
        *events("alarm", "message = 'not seen'"),
        "UPDATE events SET body = json_remove(body, '$.person'), person = NULL WHERE person = 'ada' AND kind = 'alarm'",
    ],
    "the alarm ": [
        "UPDATE alarms SET body = json_set(body, '$.acknowledged.by', 'mallory')",
        "UPDATE alarms SET body = json_set(body, '$.acknowledged.note', 'not seen')",
        "UPDATE alarms SET body = json_remove(body, '$.acknowledged')",
        f"UPDATE alarms SET body = json_set(body, '$.out', {OUT_OF_SERVICE})",
        "UPDATE alarms SET name = 'another'",
    ],
    "batch ": [
        "UPDATE batches SET person = 'mallory'",
        """UPDATE batches SET source = '{"filename": "a", "sha256": "0", "rows": 1}'""",
        "UPDATE items SET before = '99'",
        "UPDATE items SET by_kind = 'operator', by_name = 'mallory'",
        """UPDATE items SET said = '{"code": "x"}'""",
        "UPDATE unknown_items SET count = count + 1",
        "UPDATE unknown_items SET body = replace(body, 'm_999', 'm_998')",
    ],
    "entry 1 of a shift": [
        "UPDATE shift_entries SET line = '02'",
        "UPDATE shift_entries SET until = until + 1",
        "UPDATE shift_entries SET body = json_set(body, '$.person', 'mallory')",
    ],
    ", which waits": [
        "UPDATE held SET until = until + 3600, body = json_set(body, '$.until', until + 3600)",
        "UPDATE held SET at = at + 3600, until = until + 3600, "
        "body = json_set(body, '$.until', until + 3600, '$.at', at + 3600)",
        "UPDATE held SET tx_id = 'another'",
    ],
    "account ": [
        "UPDATE accounts SET subject = 'https://idp|mallory' WHERE name = 'ada'",
        "UPDATE accounts SET subject = 'https://idp|mallory' WHERE name = 'vera'",
        "UPDATE accounts SET subject = 'https://idp|mallory' WHERE name = 'olga'",
        "UPDATE accounts SET subject = NULL WHERE name = 'olga'",
        "UPDATE accounts SET created_ts = 1",
    ],
    "token ": [
        "UPDATE tokens SET secret_hash = 'of another secret'",
        "UPDATE tokens SET expires_ts = expires_ts + 86400",
        "UPDATE tokens SET created_ts = created_ts + 86400",
        "UPDATE tokens SET name = 'another'",
    ],
    "session ": [
        "UPDATE sessions SET secret_hash = 'of another secret'",
        "UPDATE sessions SET account = 'vera'",
        "UPDATE sessions SET address = '10.0.0.9'",
        "UPDATE sessions SET created_ts = created_ts + 86400",
        "INSERT INTO sessions SELECT 'x', 'x', account, address, agent, created_ts, seen_ts, NULL FROM sessions",
    ],
    "event ": [
        "UPDATE events SET run = 2 WHERE kind = 'applied'",
        "UPDATE events SET run = 0 WHERE kind = 'asked'",
    ],
    "the rev of ": ["UPDATE revs SET by_name = 'mallory' WHERE by_kind = 'operator'"],
}
ROUNDS = max(map(len, FORGED.values()))
"""Each round changes one record of every kind, because reading all records takes long."""


async def _record_a_day(server: SignInServer) -> None:
    """Records a working day: a sign-in, targets, a stop and its alarm, people's notes, and a batch that waits."""
    ada = await server.browser()
    link = await server.sign_in.invite(None)
    invite = {"secret": link, "name": "ada", "password": "nine green lathes"}
    (await ada.put("/api/invite", json=invite)).raise_for_status()
    for name, subject in (("vera", {}), ("olga", {"subject": "https://idp|olga"})):
        body = {"name": name, "grants": {"*": "viewer"}} | subject
        (await ada.post("/api/people", json=body)).raise_for_status()
    (await ada.post("/api/tokens", json={"name": "mes", "role": "operator"})).raise_for_status()
    targets = {"m_401": {"targetSpeed": 150}, "m_402": {"targetSpeed": 999}, "m_999": {"targetSpeed": 1}}
    batch = {"txId": str(uuid.uuid4()), "updates": targets, "reason": "shift plan"}
    (await ada.post("/api/batches", json=batch)).raise_for_status()
    await ada.post("/api/batches", json={"txId": str(uuid.uuid4()), "updates": {"m_401": {"pin": 5}}})
    stop = {"machine": "m_402", "status": "FAULT"}
    (await ada.post("/api/simulator/events", json=stop)).raise_for_status()
    acknowledge = "/api/alarms/m_402/halt/acknowledge"

    async def is_acknowledged() -> bool:
        return (await ada.post(acknowledge, json={"note": "seen"})).is_success

    await until(is_acknowledged)
    now = server.clocks.unix_ts()
    reason = {"machine": "m_402", "since": now - 5, "until": now, "reason": "motor"}
    (await ada.post("/api/shifts/reasons", json=reason)).raise_for_status()

    for entry in await server.persistence.audit():  # as `serve` does
        await server.persistence.store_events(EventChanges(tuple(events_of_fact(entry))))

    async def are_stored() -> bool:
        page = await server.persistence.events(EventQuery(kinds=(EventKind.ASKED, EventKind.APPLIED)))
        return {event.kind for event in page.items} == {EventKind.ASKED, EventKind.APPLIED}

    await until(are_stored)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kept")

    async def fill() -> None:
        async with serving(directory, plant=parse_plant(PLANT)) as server:
            await _record_a_day(server)

    asyncio.run(fill())
    return directory / "setpoint.sqlite"


def verify_forged(database: Path, directory: Path, *statements: str) -> Verdict:
    """Returns what `verify` finds in a copy after somebody removed the triggers and changed rows."""
    copy = directory / "setpoint.sqlite"
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        for (name,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            target.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert target.execute(statement).rowcount > 0, statement
        target.commit()

    async def look() -> Verdict:
        store = SqlPersistence(f"sqlite:///{copy}", timeout_s=20)
        try:
            return await verify(store)
        finally:
            await store.close()

    return asyncio.run(look())


def test_an_untouched_day_is_complete(database: Path, tmp_path: Path) -> None:
    verdict = verify_forged(database, tmp_path)
    assert (verdict.broken, verdict.differences) == (None, [])


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_record_of_a_screen_that_was_changed_is_named(database: Path, tmp_path: Path, number: int) -> None:
    statements = {named: each[number] for named, each in FORGED.items() if number < len(each)}
    differences = [each.what for each in verify_forged(database, tmp_path, *statements.values()).differences]
    for named, statement in statements.items():
        assert any(named in what for what in differences), f"{statement}: {differences}"
