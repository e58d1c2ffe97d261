"""A tampered database, and what ``setpoint audit verify`` finds in it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from setpoint.cli.audit import audit
from setpoint.contract.http.machines import Event, EventKind, EventNote
from setpoint.core.accounts import Account, Token
from setpoint.core.audit.chain import Fact, Head, fact
from setpoint.core.audit.queries import EventMark
from setpoint.core.commands.effects import RecordEvents
from setpoint.core.events.changes import EventChanges
from setpoint.core.plant import Role
from setpoint.errors import StorageError
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.sql import SqlPersistence

ENTRIES = 1_200


async def _fill(directory: Path, person: str) -> Head:
    persistence = SqlPersistence(f"sqlite:///{directory / 'setpoint.sqlite'}", timeout_s=20)
    await persistence.start()
    facts = [
        fact(float(number), "access", person, {"event": "signed-in", "n": number})
        for number in range(ENTRIES)
    ]
    await persistence.store((), facts)
    head = await persistence.head()
    await persistence.close()
    return head


def make_audit(directory: Path, person: str = "anna") -> str:
    """Makes a database with an audit. Returns its head, as the command prints it."""
    directory.mkdir(exist_ok=True)
    head = asyncio.run(_fill(directory, person))
    return f"{head.seq}:{head.hash}"


async def migrate(directory: Path) -> None:
    """Migrates the tables of a database to this version, as the start of a server does."""
    persistence = SqlPersistence(f"sqlite:///{directory / 'setpoint.sqlite'}", timeout_s=20)
    await persistence.start()
    await persistence.close()


def tamper(directory: Path, *statements: str) -> None:
    """Changes the database as a person with the file could: first removes the triggers that refuse changes."""
    database = sqlite3.connect(directory / "setpoint.sqlite")
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f'DROP TRIGGER "{name}"')
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def verdict(directory: Path, head: str | None = None) -> tuple[int, str] | None:
    """Returns what ``setpoint audit verify`` finds: the first wrong entry, and why it is wrong."""
    options = ["--data-dir", str(directory), "--json", *(["--head", head] if head else [])]
    result = CliRunner().invoke(audit, ["verify", *options])
    report = json.loads(result.stdout)
    assert result.exit_code == (0 if report["ok"] else 1)
    return None if report["ok"] else (report["broken"]["seq"], report["broken"]["reason"])


def test_an_audit_that_nobody_touched_holds_to_its_head(tmp_path: Path) -> None:
    head = make_audit(tmp_path)
    assert verdict(tmp_path) is None
    assert verdict(tmp_path, head) is None
    assert verdict(tmp_path, f"600:{'0' * 64}") is not None


def test_the_database_itself_refuses_a_change(tmp_path: Path) -> None:
    make_audit(tmp_path)
    database = sqlite3.connect(tmp_path / "setpoint.sqlite")
    for statement in (
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT * FROM audit",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statements", "seq", "reason"),
    [
        (["UPDATE audit SET payload = replace(payload, '700', '701') WHERE seq = 701"], 701, "edited"),
        (["UPDATE audit SET actor = 'bert' WHERE seq = 1"], 1, "edited"),
        (["UPDATE audit SET at = at + 1 WHERE seq = 1200"], 1_200, "edited"),
        (["DELETE FROM audit WHERE seq = 500"], 501, "entry 500 is missing"),
        (["DELETE FROM audit WHERE seq <= 3"], 4, "entry 1 is missing"),
        (
            [
                "UPDATE audit SET seq = -1 WHERE seq = 20",
                "UPDATE audit SET seq = 20 WHERE seq = 21",
                "UPDATE audit SET seq = 21 WHERE seq = -1",
            ],
            20,
            "does not follow",
        ),
        (
            [
                "DELETE FROM audit WHERE seq = 30",
                "UPDATE audit SET seq = seq - 1 WHERE seq > 30",
            ],
            30,
            "does not follow",
        ),
    ],
    ids=["payload", "actor", "instant", "removed", "beginning", "reordered", "closed up"],
)
def test_it_names_the_entry_that_was_edited_removed_or_moved(
    tmp_path: Path, statements: list[str], seq: int, reason: str
) -> None:
    make_audit(tmp_path)
    tamper(tmp_path, *statements)
    broken = verdict(tmp_path)
    assert broken is not None
    assert broken[0] == seq
    assert reason in broken[1]


def test_a_tail_that_was_cut_off_shows_against_a_head_that_was_kept_elsewhere(tmp_path: Path) -> None:
    head = make_audit(tmp_path)
    tamper(tmp_path, "DELETE FROM audit WHERE seq > 1100")
    broken = verdict(tmp_path, head)
    assert broken is not None
    assert broken[0] == 1_101
    assert verdict(tmp_path) is None, "without the head nobody can see it"


def test_a_rewritten_chain_differs_from_the_noted_head(tmp_path: Path) -> None:
    """A person who has the file can make a whole new chain, but not one with the same head."""
    head = make_audit(tmp_path / "a")
    make_audit(tmp_path / "b", person="bert")
    assert verdict(tmp_path / "b") is None
    broken = verdict(tmp_path / "b", head)
    assert broken is not None
    assert "rewritten" in broken[1]


TABLES = Path(__file__).parents[1] / "upgrade" / "v0_1_0.sqlite.sql"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE batches SET person = 'mallory' WHERE tx_id LIKE '%2'", "batch 00000000"),
        ("UPDATE batches SET reason = 'another' WHERE tx_id LIKE '%1'", "batch 00000000"),
        ("UPDATE items SET outcome = 'applied' WHERE machine = 'm_413'", "m_413 targetSpeed"),
        ("UPDATE items SET asked = '999' WHERE machine = 'm_421'", "m_421 targetSpeed"),
        ("DELETE FROM items WHERE machine = 'm_421'", "m_421 targetSpeed"),
        ("UPDATE events SET body = replace(body, 'm_402', 'm_403') WHERE id = 1", "event 1"),
        ("UPDATE events SET machine = 'm_403' WHERE id = 2", "event 2"),
        ("DELETE FROM events WHERE id = 3", "of the events, 1"),
        ("UPDATE files SET content = x'00'", "workbook"),
    ],
)
def test_data_on_screens_is_compared_with_the_audit_and_named_where_it_differs(
    tmp_path: Path, statement: str, named: str
) -> None:
    with sqlite3.connect(tmp_path / "setpoint.sqlite") as database:
        database.executescript(TABLES.read_text("utf-8"))
    database.close()
    tamper(tmp_path, statement)
    asyncio.run(migrate(tmp_path))
    result = CliRunner().invoke(audit, ["verify", "--data-dir", str(tmp_path), "--json"])
    assert result.exit_code == 1
    differences = [each["what"] for each in json.loads(result.stdout)["differences"]]
    assert [what for what in differences if named in what and not what.startswith(("account ", "token "))]


def test_rights_that_were_changed_beside_the_audit_are_named(tmp_path: Path) -> None:
    make_audit(tmp_path)
    added = fact(1.0, "access", "ada", {"event": "account-added", "account": "vera", "rights": "viewer"})
    asyncio.run(_with_account(tmp_path, added))
    assert verdict(tmp_path) is None
    tamper(tmp_path, """UPDATE accounts SET grants = '{"*": "admin"}' WHERE name = 'vera'""")
    result = CliRunner().invoke(audit, ["verify", "--data-dir", str(tmp_path)])
    assert "account vera is admin; by the audit it is viewer" in result.stdout


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            """UPDATE tokens SET grants = '{"*": "admin"}'""",
            "is admin (vera); by the audit it is viewer (vera)",
        ),
        ("UPDATE tokens SET account = 'ada'", "is viewer (ada); by the audit it is viewer (vera)"),
        (
            "UPDATE tokens SET id = 'another' WHERE id = 'kept'",
            "token another of vera was not added by anybody",
        ),
        ("UPDATE tokens SET revoked_ts = NULL WHERE id = 'gone'", "is valid; by the audit it was revoked"),
        ("UPDATE event_marks SET body = replace(body, 'anna', 'bert')", "of m_402 by bert is not what"),
        (
            "UPDATE events SET person = 'mallory'",
            "is not listed under its kind, machine, line, instant and person",
        ),
        ("DELETE FROM event_marks", "of the acknowledgements, 1 is missing"),
    ],
)
def test_a_token_or_an_acknowledgement_that_was_changed_beside_the_audit_is_named(
    tmp_path: Path, statement: str, named: str
) -> None:
    asyncio.run(_with_token_and_mark(tmp_path))
    assert verdict(tmp_path) is None
    tamper(tmp_path, statement)
    result = CliRunner().invoke(audit, ["verify", "--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert named in result.stdout


def test_an_unreadable_record_is_named_and_hides_nothing_else(tmp_path: Path) -> None:
    asyncio.run(_with_token_and_mark(tmp_path))
    asyncio.run(_store_fact(tmp_path, fact(5.0, "batch", "mallory", [])))
    tamper(
        tmp_path,
        "INSERT INTO held VALUES ('t', 1, 2, 'no JSON')",
        "UPDATE accounts SET grants = 'no JSON'",
        "UPDATE event_marks SET body = x'ff'",
        "UPDATE events SET body = '[]'",
        "INSERT INTO revs VALUES ('m_401', 'speed', 'many', 1, NULL, NULL, 1)",
        "INSERT INTO limits VALUES ('vera', 'no JSON')",
        """UPDATE tokens SET grants = '{"*": "admin"}' WHERE id = 'kept'""",
    )
    result = CliRunner().invoke(audit, ["verify", "--data-dir", str(tmp_path), "--json"])
    assert result.exit_code == 1, result.output
    differences = [f"{each['what']} {each['how']}" for each in json.loads(result.stdout)["differences"]]
    for table in ("held", "accounts", "event_marks", "events", "revs"):
        assert [each for each in differences if each.startswith(f"a row of {table} cannot be read")], (
            differences
        )
    assert [each for each in differences if each.startswith("entry 7 of the audit cannot be read")], (
        differences
    )
    assert [each for each in differences if each.startswith("the limits of vera")], differences
    assert [each for each in differences if each.startswith("token kept of vera is admin")], differences


def test_a_view_in_the_place_of_a_table_is_refused_because_it_may_have_no_end(tmp_path: Path) -> None:
    asyncio.run(_with_token_and_mark(tmp_path))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    tamper(tmp_path, "DROP TABLE revs", f"CREATE VIEW revs AS {endless}")
    result = CliRunner().invoke(audit, ["verify", "--data-dir", str(tmp_path)])
    assert isinstance(result.exception, StorageError)
    assert "views where Setpoint has tables (revs)" in str(result.exception)


async def _store_fact(directory: Path, entry: Fact) -> None:
    persistence = SqlPersistence(f"sqlite:///{directory / 'setpoint.sqlite'}", timeout_s=20)
    await persistence.start()
    await persistence.store((), (entry,))
    await persistence.close()


async def _with_token_and_mark(directory: Path) -> None:
    persistence = SqlPersistence(f"sqlite:///{directory / 'setpoint.sqlite'}", timeout_s=20)
    await persistence.start()
    accounts = SqlAccounts(persistence.database)
    await accounts.add_account(Account("vera", {"*": Role.VIEWER}, 1.0))
    access_facts: list[dict[str, str]] = [{"event": "account-added", "account": "vera", "rights": "viewer"}]
    for id_ in ("kept", "gone"):
        await accounts.add_token(Token(id_, id_, "vera", id_, {"*": Role.VIEWER}, 1.0, 9e9))
        access_facts.append({"event": "token-created", "account": "vera", "token": id_, "rights": "viewer"})
    await accounts.revoke_token("gone", 2.0)
    access_facts.append({"event": "token-revoked", "person": "vera", "token": "gone"})
    await persistence.store((), [fact(1.0, "access", "ada", each) for each in access_facts])
    stop = Event(EventKind.ASSERTED, "m_402", 3.0, "01", status="FAULT")
    await persistence.store([RecordEvents((stop,))])
    mark = EventMark(stop.kind, "m_402", 3.0, "", EventNote("anna", 4.0))
    about = {"event": "asserted", "machine": "m_402", "field": "", "at": 3.0, "note": ""}
    await persistence.store_events(
        EventChanges(marks=(mark,), facts=(fact(4.0, "event-acknowledged", "anna", about),))
    )
    await persistence.close()


async def _with_account(directory: Path, added: Fact) -> None:
    persistence = SqlPersistence(f"sqlite:///{directory / 'setpoint.sqlite'}", timeout_s=20)
    await persistence.start()
    await SqlAccounts(persistence.database).add_account(Account("vera", {"*": Role.VIEWER}, 1.0))
    await persistence.store((), (added,))
    await persistence.close()
