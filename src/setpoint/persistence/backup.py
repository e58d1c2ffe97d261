"""Makes a backup of all the server's data in one file, while the server runs, and restores it.

The file is a tar: ``manifest.json`` (its description), ``database`` (a copy by SQLite, or a dump by PostgreSQL), and
``plant.toml`` if there is one. It does not contain the secrets of sources.

SQLite is copied in one read transaction, and others can write meanwhile. For PostgreSQL, ``pg_dump`` and ``pg_restore``
do the work; they must be installed on the machine that runs the command.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

import msgspec
from sqlalchemy.engine import URL

from setpoint.core.audit.chain import GENESIS, Head
from setpoint.errors import ConfigError, StorageError
from setpoint.message import Sentence, sentence
from setpoint.ownership import give_to_owner, write_whole
from setpoint.persistence.accounts.tables import accounts
from setpoint.persistence.engine import failed
from setpoint.persistence.lease import TABLE
from setpoint.persistence.migrate import versions

FORMAT = 1
_MANIFEST, _DATABASE, _PLANT = "manifest.json", "database", "plant.toml"
_PLAIN: Final = "r:"
"""A backup is not compressed, so it cannot unpack to more than its size."""
_MAX_MANIFEST = 100_000
_TOOL_WITHIN_S = 3_600
_LEFT_FOR_S = 86_400
_UNREADABLE = (
    *(OSError, tarfile.TarError, msgspec.DecodeError, KeyError),
    *(ValueError, ArithmeticError, RecursionError, MemoryError),
)
"""The errors that the library raises for a damaged archive: impossible sizes, names that are not text, and so on."""


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """``made_at`` is Unix seconds; ``seq`` and ``hash`` are the head of the audit, for SQLite; ``tables`` is the
    version of the tables, and ``sha256`` are the hashes of the other members, by their names; earlier backups have
    neither."""

    format: int
    kind: str
    version: str
    made_at: float
    seq: int = 0
    hash: str = GENESIS
    tables: str | None = None
    sha256: Mapping[str, str] = {}

    @property
    def head(self) -> Head:
        return Head(self.seq, self.hash)

    @property
    def has_plant(self) -> bool:
        """Whether the plant file is in the backup."""
        return _PLANT in self.sha256


def make_backup(url: URL, plant: Path, file: Path) -> Manifest:
    """Writes a backup. Raises `ConfigError` if the file exists already, `StorageError` if no copy can be made."""
    if file.exists():
        raise ConfigError(
            sentence(
                "words-there-already-give-another-name-remove",
                "{file} is there already; give another name, or remove it",
                file=file,
            )
        )
    kind = url.get_backend_name()
    folder = file.absolute().parent
    if not folder.is_dir():
        raise ConfigError(
            sentence("words-there-no-folder", "there is no folder {folder}; create it", folder=folder)
        )
    with (
        _failures(sentence("words-writing-file", "writing {file}", file=file)),
        _working(folder, ".setpoint-backup-", left_for_s=_LEFT_FOR_S) as directory,
    ):
        copy, packed = directory / _DATABASE, directory / "packed"
        head = _copy_sqlite(Path(str(url.database)), copy) if kind == "sqlite" else _dump(url, copy)
        tables = _tables_of_sqlite(copy) if kind == "sqlite" else _tables_of_postgres(url)
        members = {_DATABASE: copy}
        with _failures(sentence("words-copying-file", "copying {file}", file=plant)):
            if plant.is_file():
                members[_PLANT] = Path(shutil.copy2(plant, directory / _PLANT))
        hashes = {name: _hash(member) for name, member in members.items()}
        manifest = Manifest(
            FORMAT, kind, version("setpoint"), time.time(), head.seq, head.hash, tables, hashes
        )
        about = directory / _MANIFEST
        about.write_bytes(msgspec.json.encode(manifest))
        with tarfile.open(packed, "w") as tar:
            tar.add(about, _MANIFEST)
            for name, member in members.items():
                tar.add(member, name)
        packed.chmod(0o600)
        with packed.open("r+b") as written:  # Windows flushes only files that were opened for writing
            os.fsync(written.fileno())
        packed.rename(file)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup. Raises `ConfigError` if the file is not a backup, or has a later format."""
    try:
        if file.exists() and not file.is_file():  # a pipe may never end, and is read once only
            raise StorageError(sentence("words-no-plain-file", "it is no plain file"))
        with tarfile.open(file, _PLAIN) as tar, _opened(tar, _MANIFEST) as found:
            manifest = msgspec.json.decode(found.read(_MAX_MANIFEST), type=Manifest)
    except (*_UNREADABLE, StorageError) as error:
        raise ConfigError(
            sentence(
                "words-no-backup-setpoint-backup-made-check",
                "{file} is no backup that setpoint backup made ({why}); check the name, and whether all of it was "
                "copied",
                file=file,
                why=error.message if isinstance(error, StorageError) else error,
            )
        ) from error
    if manifest.format > FORMAT:
        raise _newer(file, manifest)
    return manifest


def _newer(file: Path, manifest: Manifest) -> ConfigError:
    return ConfigError(
        sentence(
            "words-was-made-by-version-setpoint-which",
            "{file} was made by version {value} of Setpoint, which is newer than this one; restore it "
            "with that version",
            file=file,
            value=manifest.version[:40],
        )
    )


def restore_backup(file: Path, url: URL, plant: Path, *, is_replacing: bool) -> list[Sentence]:
    """Restores a backup and returns what was done. The caller holds the data directory's lock.

    Raises `ConfigError` if the backup is for another kind of database or was made by a newer version, or if there is a
    database already and ``is_replacing`` is False; then nothing was changed. An existing database is moved aside
    (SQLite) or replaced in one transaction (PostgreSQL).
    """
    manifest, kind = read_manifest(file), url.get_backend_name()
    if manifest.kind != kind:
        raise ConfigError(
            sentence(
                "words-database-was-named-give-database-kind",
                "{file} is of a {value} database, {value2} was named; give a --database of that kind",
                file=file,
                value=manifest.kind,
                value2=kind,
            )
        )
    done: list[Sentence] = []
    target_dir = Path(str(url.database)).parent if kind == "sqlite" else plant.parent
    with (
        _failures(sentence("words-restoring-file", "restoring {file}", file=file)),
        _working(target_dir, ".setpoint-restore-", left_for_s=0) as directory,
    ):
        copy = directory / _DATABASE
        with tarfile.open(file, _PLAIN) as tar:
            _unpack(tar, _DATABASE, copy)
            _check_hash(copy, _DATABASE, manifest)
            if _PLANT in tar.getnames():
                _unpack(tar, _PLANT, directory / _PLANT)
                _check_hash(directory / _PLANT, _PLANT, manifest)
        tables = _tables_of_sqlite(copy) if kind == "sqlite" else manifest.tables
        if tables is not None and tables not in versions():
            raise _newer(file, manifest)
        if kind == "sqlite":
            done += _put_sqlite(copy, Path(str(url.database)), manifest.head, is_replacing=is_replacing)
        else:
            done += _load(copy, url, is_replacing=is_replacing)
        if (found := directory / _PLANT).exists():
            done += _put_plant(found, plant)
    return done


@contextmanager
def _working(folder: Path, prefix: str, *, left_for_s: float) -> Iterator[Path]:
    """A folder to work in. Removes those that commands which were killed have left, if they are older than that: each
    is as large as the database."""
    for each in folder.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):
            if time.time() - each.lstat().st_mtime >= left_for_s:
                shutil.rmtree(each, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=prefix) as directory:
        yield Path(directory)


def _opened(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """A member that is what we write: a plain file with its own bytes. A link may lead to itself, and a sparse file
    may claim any number of bytes. Raises `StorageError`, or what the library raises.
    """
    member = tar.getmember(name)
    found = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if found is None:
        raise StorageError(
            sentence(
                "words-backup-has-no-damaged-take-another",
                "the backup has no {name}; it is damaged, take another",
                name=name,
            )
        )
    return found


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _check_hash(file: Path, name: str, manifest: Manifest) -> None:
    """Raises `StorageError` for a member that is not the one that was put in."""
    if name in manifest.sha256 and manifest.sha256[name] != _hash(file):
        raise StorageError(
            sentence(
                "words-backup-member-damaged",
                "{name} in the backup is damaged; take another backup",
                name=name,
            )
        )


def _unpack(tar: tarfile.TarFile, name: str, to: Path) -> None:
    with _opened(tar, name) as found, to.open("wb") as out:
        shutil.copyfileobj(found, out, 1 << 20)
    to.chmod(0o600)


def _put_plant(copy: Path, plant: Path) -> list[Sentence]:
    if plant.exists():
        return [sentence("words-was-left-as-it-is", "{file} was left as it is", file=plant)]
    write_whole(plant, copy.read_bytes())
    return [sentence("words-wrote-file", "wrote {file}", file=plant)]


# SQLite

_SQLITE = b"SQLite format 3\0"


def _copy_sqlite(source: Path, to: Path) -> Head:
    if not source.is_file():
        raise ConfigError(
            sentence(
                "words-there-no-database-see-data-dir",
                "there is no database {source}; see --data-dir and --database",
                source=source,
            )
        )
    with (
        _failures(sentence("words-copying-file", "copying {file}", file=source)),
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


def _tables_of_sqlite(file: Path) -> str | None:
    with (
        closing(sqlite3.connect(file)) as database,
        _failures(sentence("words-checking-file", "checking {file}", file=file)),
    ):
        named = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = database.execute("SELECT version_num FROM alembic_version").fetchone() if named else None
    return str(row[0]) if row else None


def _put_sqlite(copy: Path, to: Path, head: Head, *, is_replacing: bool) -> list[Sentence]:
    done: list[Sentence] = []
    with (
        closing(sqlite3.connect(copy)) as database,
        _failures(sentence("words-checking-file", "checking {file}", file=copy)),
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
    with copy.open("r+b") as written:  # after a power cut it is there whole
        os.fsync(written.fileno())
    copy.rename(to)
    give_to_owner(to)
    restored = sentence(
        "words-restored-up-to-entry", "restored {file}, up to entry {seq} of its audit", file=to, seq=head.seq
    )
    return [*done, restored]


def _put_aside(file: Path) -> Path:
    """Renames a database with all its commits. A damaged one, which may be why a backup is restored, stays as it is."""
    aside = file.with_name(f"{file.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
    while aside.exists():  # of a restore within the same second
        aside = aside.with_name(f"{aside.name}-again")
    with _failures(sentence("words-putting-aside", "putting {file} aside", file=file)):
        if _is_damaged(file):
            for journal, kept in zip(_journals(file), _journals(aside), strict=True):
                if journal.exists():
                    journal.rename(kept)
        file.rename(aside)
    return aside


def _is_damaged(file: Path) -> bool:
    """If not, the database has all its commits now. Raises `StorageError` if somebody reads it."""
    with file.open("rb") as found:
        if found.read(len(_SQLITE)) != _SQLITE:
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


# PostgreSQL


def _dump(url: URL, to: Path) -> Head:
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


def _tables_of_postgres(url: URL) -> str | None:
    return _psql(url, "--tuples-only", "--no-align", "--command", _TABLES).strip() or None


def _load(copy: Path, url: URL, *, is_replacing: bool) -> list[Sentence]:
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


_DUMPED = ("--format=custom", "--no-owner", "--no-privileges", f"--exclude-table={TABLE}")
"""The tables without the lease, because its tokens must never be given out twice."""
_TABLES = "SELECT version_num FROM alembic_version"
_DROP = f"DROP TABLE IF EXISTS {', '.join(accounts.metadata.tables)}"
"""Every table of this version: the backup may be of an earlier one, which did not have all of them."""
_ANYTHING = (
    "SELECT count(*) FROM information_schema.tables"
    f" WHERE table_schema = current_schema() AND table_name <> '{TABLE}'"
)


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


@contextmanager
def _failures(doing: str) -> Iterator[None]:
    """Turns an error of the operating system into a `StorageError` that says what failed."""
    try:
        yield
    except (*_UNREADABLE, sqlite3.Error) as error:
        raise StorageError(
            sentence(
                "words-failed-check-free-space-permissions-there",
                "{doing} failed: {why}; check the free space and the permissions there",
                doing=doing,
                why=error,
            )
        ) from error
