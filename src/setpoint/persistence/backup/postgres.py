"""A backup of PostgreSQL: ``pg_dump`` and ``pg_restore`` do the work, and must be installed where the command runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL

from setpoint.core.audit.chain import Head
from setpoint.errors import ConfigError, StorageError
from setpoint.message import Sentence, sentence
from setpoint.persistence.accounts.tables import accounts
from setpoint.persistence.engine import failed
from setpoint.persistence.lease import TABLE

_TOOL_WITHIN_S = 3_600
_DUMPED = ("--format=custom", "--no-owner", "--no-privileges", f"--exclude-table={TABLE}")
"""The tables without the lease, because its tokens must never be given out twice."""
_TABLES = "SELECT version_num FROM alembic_version"
_DROP = f"DROP TABLE IF EXISTS {', '.join(accounts.metadata.tables)}"
"""Every table of this version: the backup may be of an earlier one, which did not have all of them."""
_ANYTHING = (
    "SELECT count(*) FROM information_schema.tables"
    f" WHERE table_schema = current_schema() AND table_name <> '{TABLE}'"
)


def dump(url: URL, to: Path) -> Head:
    _run("pg_dump", *_DUMPED, f"--file={to}", url=url)
    listed = _run("pg_restore", "--list", str(to))
    if "TABLE DATA public audit" not in listed:
        raise StorageError(
            sentence(
                "words-pg-dump-left-out-audit-see",
                "pg_dump left out the audit; see that the database's user may read every table",
            )
        )
    return Head()


def tables_of(url: URL) -> str | None:
    return _psql(url, "--tuples-only", "--no-align", "--command", _TABLES).strip() or None


def load(copy: Path, url: URL, *, is_replacing: bool) -> list[Sentence]:
    there = _psql(url, "--tuples-only", "--no-align", "--command", _ANYTHING).strip()
    if there != "0" and not is_replacing:
        raise ConfigError(
            sentence(
                "words-there-are-tables-database-already-replace",
                "there are tables in this database already; --replace replaces them",
            )
        )
    script = copy.with_suffix(".sql")
    clean = ("--clean", "--if-exists") if there != "0" else ()
    _run("pg_restore", "--no-owner", "--no-privileges", *clean, f"--file={script}", str(copy))
    _psql(
        url, "--quiet", "--single-transaction", *(("--command", _DROP) if clean else ()), f"--file={script}"
    )
    return [sentence("words-restored-in-one-transaction", "restored the database in one transaction")]


def _psql(url: URL, *arguments: str) -> str:
    return _run("psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *arguments, url=url)


def _run(program: str, *arguments: str, url: URL | None = None) -> str:
    """Runs a PostgreSQL tool, with the password in its environment, where other users cannot see it."""
    named, environment = [], {**os.environ, "LC_MESSAGES": "C"}
    if url is not None:
        plain = url.set(drivername="postgresql", password=None)
        named = [f"--dbname={plain.render_as_string(hide_password=False)}"]
        environment |= {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        done = subprocess.run(
            [program, *named, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TOOL_WITHIN_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise ConfigError(
            sentence(
                "words-not-installed-install-postgresql-s-client",
                "{program} is not installed; install PostgreSQL's client programs of the server's version",
                program=program,
            )
        ) from error
    if done.returncode != 0:
        output = done.stderr.strip().splitlines() or ["it said nothing"]
        why = [line for line in output if "error:" in line.lower() or line.startswith("DETAIL:")] or output[
            -1:
        ]
        raise StorageError(failed(program, " ".join(why[:2])))
    return done.stdout
