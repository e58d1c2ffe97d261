"""If a PostgreSQL tool fails, the error says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from setpoint.errors import StorageError
from setpoint.persistence.backup.postgres import dump


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("aborting because of server version mismatch", "client programs of the server's version"),
        ("connection to server at 10.0.0.9 failed: Connection refused", "start the database server"),
        ('could not translate host name "db" to address', "correct the database URL"),
        ("permission denied for table audit", "grant the database's user the rights"),
        ('FATAL:  password authentication failed for user "setpoint"', "correct the user and password"),
        ("could not write to file: No space left on device", "free some space"),
        ("something else", "see the database's own log"),
    ],
)
def test_a_failed_dump_says_why_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, remedy: str
) -> None:
    tool = tmp_path / "pg_dump"
    tool.write_text(f"#!/bin/sh\necho 'pg_dump: error: {error}' >&2\nexit 1\n", "utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(StorageError) as failed:
        dump(make_url("postgresql://db/setpoint"), tmp_path / "dump")
    assert f"pg_dump failed: pg_dump: error: {error}; " in failed.value.message
    assert remedy in failed.value.message
