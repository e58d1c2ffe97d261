"""Makes a backup of all the server's data in one file, while the server runs, and restores it.

`archive` is the file, `sqlite` and `postgres` are the databases in it. The secrets of sources are not in it.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import msgspec
from sqlalchemy.engine import URL

from setpoint.errors import ConfigError
from setpoint.message import Sentence, sentence
from setpoint.ownership import write_whole
from setpoint.persistence.backup import postgres, sqlite
from setpoint.persistence.backup.archive import (
    DATABASE,
    FORMAT,
    MANIFEST,
    PLAIN,
    PLANT,
    Manifest,
    check_hash,
    hash_of,
    newer,
    read_manifest,
    unpack,
)
from setpoint.persistence.backup.failures import failures
from setpoint.persistence.migrate import versions

__all__ = ["Manifest", "make_backup", "read_manifest", "restore_backup"]

_LEFT_FOR_S = 86_400


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
        failures(sentence("words-writing-file", "writing {file}", file=file)),
        _working(folder, ".setpoint-backup-", left_for_s=_LEFT_FOR_S) as directory,
    ):
        copy, packed = directory / DATABASE, directory / "packed"
        head = (
            sqlite.copy_database(Path(str(url.database)), copy)
            if kind == "sqlite"
            else postgres.dump(url, copy)
        )
        tables = sqlite.tables_of(copy) if kind == "sqlite" else postgres.tables_of(url)
        members = {DATABASE: copy}
        with failures(sentence("words-copying-file", "copying {file}", file=plant)):
            if plant.is_file():
                members[PLANT] = Path(shutil.copy2(plant, directory / PLANT))
        hashes = {name: hash_of(member) for name, member in members.items()}
        manifest = Manifest(
            FORMAT, kind, version("setpoint"), time.time(), head.seq, head.hash, tables, hashes
        )
        about = directory / MANIFEST
        about.write_bytes(msgspec.json.encode(manifest))
        with tarfile.open(packed, "w") as tar:
            tar.add(about, MANIFEST)
            for name, member in members.items():
                tar.add(member, name)
        packed.chmod(0o600)
        with packed.open("r+b") as written:  # Windows flushes only files that were opened for writing
            os.fsync(written.fileno())
        packed.rename(file)
    return manifest


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
        failures(sentence("words-restoring-file", "restoring {file}", file=file)),
        _working(target_dir, ".setpoint-restore-", left_for_s=0) as directory,
    ):
        copy = directory / DATABASE
        with tarfile.open(file, PLAIN) as tar:
            unpack(tar, DATABASE, copy)
            check_hash(copy, DATABASE, manifest)
            if PLANT in tar.getnames():
                unpack(tar, PLANT, directory / PLANT)
                check_hash(directory / PLANT, PLANT, manifest)
        tables = sqlite.tables_of(copy) if kind == "sqlite" else manifest.tables
        if tables is not None and tables not in versions():
            raise newer(file, manifest)
        if kind == "sqlite":
            done += sqlite.put_database(
                copy, Path(str(url.database)), manifest.head, is_replacing=is_replacing
            )
        else:
            done += postgres.load(copy, url, is_replacing=is_replacing)
        if (found := directory / PLANT).exists():
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


def _put_plant(copy: Path, plant: Path) -> list[Sentence]:
    if plant.exists():
        return [sentence("words-was-left-as-it-is", "{file} was left as it is", file=plant)]
    write_whole(plant, copy.read_bytes())
    return [sentence("words-wrote-file", "wrote {file}", file=plant)]
