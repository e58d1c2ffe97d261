"""A backup of SQLite: a copy in one read transaction, while others write, and the way back."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from setpoint.core.audit.chain import Head
from setpoint.errors import ConfigError, StorageError
from setpoint.message import Sentence, sentence
from setpoint.ownership import give_to_owner
from setpoint.persistence.backup.failures import failures

_MAGIC = b"SQLite format 3\0"


def copy_database(source: Path, to: Path) -> Head:
    if not source.is_file():
        raise ConfigError(
            sentence(
                "words-there-no-database-see-data-dir",
                "there is no database {source}; see --data-dir and --database",
                source=source,
            )
        )
    with (
        failures(sentence("words-copying-file", "copying {file}", file=source)),
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as database,
        closing(sqlite3.connect(to)) as copy,
    ):
        database.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        return _checked(copy, to)


def _checked(database: sqlite3.Connection, name: Path) -> Head:
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StorageError(
            sentence(
                "words-damaged-take-earlier-backup",
                "{name} is damaged ({value}); take an earlier backup",
                name=name,
                value=found,
            )
        )
    row = database.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head()


def tables_of(file: Path) -> str | None:
    with (
        closing(sqlite3.connect(file)) as database,
        failures(sentence("words-checking-file", "checking {file}", file=file)),
    ):
        named = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = database.execute("SELECT version_num FROM alembic_version").fetchone() if named else None
    return str(row[0]) if row else None


def put_database(copy: Path, to: Path, head: Head, *, is_replacing: bool) -> list[Sentence]:
    done: list[Sentence] = []
    with (
        closing(sqlite3.connect(copy)) as database,
        failures(sentence("words-checking-file", "checking {file}", file=copy)),
    ):
        if _checked(database, copy) != head:
            raise StorageError(
                sentence(
                    "words-backup-does-not-end-where-its",
                    "the backup does not end where its manifest says; it is damaged, take another",
                )
            )
    if to.exists() and to.stat().st_size:
        if not is_replacing:
            raise ConfigError(
                sentence(
                    "words-there-database-already-replace-puts-aside",
                    "there is a database {to} already; --replace puts it aside and restores over it",
                    to=to,
                )
            )
        aside = _put_aside(to)
        done.append(
            sentence("words-database-put-aside", "put the earlier database aside as {file}", file=aside)
        )
    for journal in _journals(to):
        journal.unlink(missing_ok=True)
    with copy.open("r+b") as written:  # it is complete even after a power cut
        os.fsync(written.fileno())
    copy.rename(to)
    give_to_owner(to)
    restored = sentence(
        "words-restored-up-to-entry", "restored {file}, up to entry {seq} of its audit", file=to, seq=head.seq
    )
    return [*done, restored]


def _put_aside(file: Path) -> Path:
    """Renames a database with all its commits. A damaged one, which may be the reason for the restore, stays as it
    is."""
    aside = file.with_name(f"{file.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
    while aside.exists():  # from a restore within the same second
        aside = aside.with_name(f"{aside.name}-again")
    with failures(sentence("words-putting-aside", "putting {file} aside", file=file)):
        if _is_damaged(file):
            for journal, kept in zip(_journals(file), _journals(aside), strict=True):
                if journal.exists():
                    journal.rename(kept)
        file.rename(aside)
    return aside


def _is_damaged(file: Path) -> bool:
    """Whether the database is damaged. If it is not, the file now has all its commits. Raises `StorageError` if
    somebody reads it."""
    with file.open("rb") as found:
        if found.read(len(_MAGIC)) != _MAGIC:
            return True  # opening it would remove its journal
    try:
        with closing(sqlite3.connect(file)) as old:
            is_busy, *_ = old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:  # locked, or no room
        raise
    except sqlite3.DatabaseError:
        return True
    if is_busy:  # its journal still has commits, and must not be removed
        raise StorageError(
            sentence(
                "words-somebody-reads-database",
                "a program reads the database {file}; end it, and restore again",
                file=file,
            )
        )
    return False


def _journals(file: Path) -> tuple[Path, Path]:
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")
