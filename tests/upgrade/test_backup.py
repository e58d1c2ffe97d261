"""Restoring a backup of a running server elsewhere, with its open batches."""

from __future__ import annotations

import asyncio
import errno
import gzip
import io
import os
import sqlite3
import tarfile
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy.engine import make_url
from tests.contract.conftest import empty_database
from tests.contract.test_persistence import batch
from tests.upgrade.test_from_0_1_0 import load_postgres, load_sqlite, tx
from typer.testing import CliRunner

from setpoint.cli import app
from setpoint.core.commands import RecordBatch
from setpoint.errors import ConfigError, StorageError
from setpoint.persistence.backup import Manifest, make_backup, read_manifest, restore_backup
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.verify import verify


@pytest.fixture(params=["sqlite", "postgres"])
async def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of 0.1.0, with its plant file."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "plant.toml").write_text("# the plant\n")
    url = await empty_database(request, here)
    if request.param == "sqlite":
        load_sqlite(here / "setpoint.sqlite")
    else:
        await load_postgres(url)
    return url


@pytest.fixture
async def store(old_url: str) -> AsyncIterator[SqlPersistence]:
    store = SqlPersistence(old_url, is_server=True, timeout_s=20)
    await store.start()
    yield store
    await store.close()


def run(*words: str) -> str:
    """Runs a command in this process, and raises its exceptions."""
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


async def test_a_backup_of_a_running_server_is_restored_on_another_path_with_its_open_batches(
    store: SqlPersistence, tmp_path: Path
) -> None:
    url = store.database.url.render_as_string(hide_password=False)
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "backup.tar"
    options = ("--data-dir", str(here), "--database", url)
    output = await asyncio.to_thread(run, "backup", str(file), *options)
    assert "backup.tar" in output
    await store.store([RecordBatch(batch(99))])  # work that goes on meanwhile, and is not in the backup
    with pytest.raises(ConfigError, match="is there already"):
        await asyncio.to_thread(run, "backup", str(file), *options)
    with pytest.raises(ConfigError, match="another Setpoint server"):
        await asyncio.to_thread(run, "restore", str(file), "--replace", *options)
    await store.close()

    is_sqlite = url.startswith("sqlite")
    target = f"sqlite:///{there / 'setpoint.sqlite'}" if is_sqlite else url
    restore_options = ("--data-dir", str(there), "--database", target, *(() if is_sqlite else ("--replace",)))
    await asyncio.to_thread(run, "restore", str(file), *restore_options)
    assert (there / "plant.toml").read_text() == "# the plant\n"
    with pytest.raises(ConfigError, match="--replace"):
        await asyncio.to_thread(run, "restore", str(file), *restore_options[:4])

    restored = SqlPersistence(target, is_server=True, timeout_s=20)
    await restored.start()
    assert [each.tx_id for each in await restored.unsettled(0.0)] == [tx(4)]
    assert [each.request.tx_id for each in await restored.held()] == [tx(5)]
    assert await restored.batch(batch(99).tx_id) is None
    found = await verify(restored)
    assert found.broken is None
    assert not [each for each in found.differences if not each.what.startswith(("account ", "token "))]
    await restored.close()


async def test_a_backup_of_before_an_upgrade_is_the_way_back_and_can_be_upgraded_again(
    old_url: str, tmp_path: Path
) -> None:
    file, options = tmp_path / "old.tar", ("--data-dir", str(tmp_path / "here"), "--database", old_url)
    await asyncio.to_thread(run, "backup", str(file), *options)
    for _ in range(2):
        upgraded = SqlPersistence(old_url, is_server=True, timeout_s=20)
        await upgraded.start()
        assert [each.tx_id for each in await upgraded.unsettled(0.0)] == [tx(4)]
        assert await upgraded.batch(batch(99).tx_id) is None
        await upgraded.store([RecordBatch(batch(99))])
        await upgraded.close()
        output = await asyncio.to_thread(run, "restore", str(file), "--replace", *options)
        assert "plant.toml was left as it is" in output
    if old_url.startswith("sqlite"):
        assert len([*(tmp_path / "here").glob("*.before-*")]) == 2


async def test_a_view_that_others_made_is_named_and_nothing_is_replaced(
    postgres_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.param = "postgres"
    url, file = await empty_database(request, tmp_path), tmp_path / "old.tar"
    await load_postgres(url)
    options = ("--data-dir", str(tmp_path), "--database", url)
    await asyncio.to_thread(run, "backup", str(file), *options)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE VIEW of_others AS SELECT person FROM batches")
    with pytest.raises(StorageError, match="view of_others depends on table batches"):
        await asyncio.to_thread(run, "restore", str(file), "--replace", *options)
    assert await connection.fetchval("SELECT count(*) FROM of_others") > 0
    await connection.close()


def test_a_folder_with_url_characters_in_its_name_is_a_folder(tmp_path: Path) -> None:
    here, there = tmp_path / "plant #1 100%20?", tmp_path / "plant #2 %41?x=1"
    here.mkdir()
    load_sqlite(here / "setpoint.sqlite")
    run("backup", str(tmp_path / "made.tar"), "--data-dir", str(here))
    run("restore", str(tmp_path / "made.tar"), "--data-dir", str(there))
    with closing(sqlite3.connect(there / "setpoint.sqlite")) as restored:
        assert restored.execute("SELECT count(*) FROM audit").fetchone()[0] >= 14
    assert {each.name for each in tmp_path.iterdir()} == {here.name, there.name, "made.tar"}


@pytest.mark.parametrize("call", ["shutil.copy2", "os.fsync", "msgspec.json.encode"])
def test_a_disk_that_fills_up_at_any_point_is_explained_and_leaves_no_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    load_sqlite(tmp_path / "setpoint.sqlite")
    (tmp_path / "plant.toml").write_text("# the plant\n")
    (out := tmp_path / "out").mkdir()
    monkeypatch.setattr(f"setpoint.persistence.backup.{call}", full)
    with pytest.raises(StorageError, match=r"failed: .*No space left on device; check the free space"):
        run("backup", str(out / "made.tar"), "--data-dir", str(tmp_path))
    assert not [*out.iterdir()]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root restores for others")
def test_files_that_root_restores_belong_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    (tmp_path / "plant.toml").write_text("# the plant\n")
    run("backup", str(tmp_path / "made.tar"), "--data-dir", str(tmp_path))
    there, owner = tmp_path / "there", 20_001
    there.mkdir()
    os.chown(there, owner, owner)
    run("restore", str(tmp_path / "made.tar"), "--data-dir", str(there))
    assert {each.name: each.stat().st_uid for each in there.iterdir()} == dict.fromkeys(
        ("setpoint.sqlite", "plant.toml", "setpoint.lock", "setpoint.sqlite.lock"), owner
    )


def test_leftovers_of_a_killed_restore_are_removed_by_the_next_one(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    run("backup", str(tmp_path / "made.tar"), "--data-dir", str(tmp_path))
    leftover = tmp_path / "data" / ".setpoint-restore-killed"
    leftover.mkdir(parents=True)
    (leftover / "database").write_bytes(b"half of it")
    run("restore", str(tmp_path / "made.tar"), "--data-dir", str(tmp_path / "data"))
    assert not [*(tmp_path / "data").glob(".setpoint-*")]


def test_leftovers_of_a_killed_backup_are_removed_a_day_later(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    old, under_way = tmp_path / ".setpoint-backup-old", tmp_path / ".setpoint-backup-now"
    for each in (old, under_way):
        each.mkdir()
        (each / "database").write_bytes(b"half of it")
    os.utime(old, (1_000_000, 1_000_000))
    run("backup", str(tmp_path / "made.tar"), "--data-dir", str(tmp_path))
    assert [*tmp_path.glob(".setpoint-*")] == [under_way]


def test_a_plant_file_elsewhere_is_in_the_backup_if_it_is_named_and_otherwise_reported_as_missing(
    tmp_path: Path,
) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    elsewhere = tmp_path / "etc" / "press-shop.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text("# the plant\n")
    place = ("--data-dir", str(tmp_path))
    assert "does not contain a plant file either" in run("backup", str(tmp_path / "without.tar"), *place)
    output = run("backup", str(tmp_path / "with.tar"), "--plant", str(elsewhere), *place)
    assert "plant file either" not in output
    run("restore", str(tmp_path / "with.tar"), "--data-dir", str(tmp_path / "there"))
    assert (tmp_path / "there" / "plant.toml").read_text() == "# the plant\n"
    with pytest.raises(ConfigError, match=r"there is no plant file .*nowhere\.toml"):
        run("backup", str(tmp_path / "third.tar"), "--plant", str(tmp_path / "nowhere.toml"), *place)


def test_a_pipe_is_not_read_as_a_backup(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="it is no plain file"):
        run("restore", str(tmp_path / "pipe"), "--data-dir", str(tmp_path / "data"))


def test_the_result_of_a_restore_is_in_german(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    run("backup", str(tmp_path / "made.tar"), "--data-dir", str(tmp_path))
    output = run(
        "--lang", "de", "restore", str(tmp_path / "made.tar"), "--replace", "--data-dir", str(tmp_path)
    )
    assert "liegt jetzt beiseite als" in output
    assert "wurde wiederhergestellt, bis Eintrag 14 ihres Protokolls." in output


def test_a_file_that_is_not_a_backup_or_is_damaged_changes_nothing(tmp_path: Path) -> None:
    notes, data = tmp_path / "notes.txt", tmp_path / "data"
    notes.write_text("no backup")
    with pytest.raises(ConfigError, match="no backup"):
        run("restore", str(notes), "--data-dir", str(data))
    load_sqlite(tmp_path / "old.sqlite")
    good = tmp_path / "good.tar"
    make_backup(make_url(f"sqlite:///{tmp_path / 'old.sqlite'}"), tmp_path / "none.toml", good)
    assert read_manifest(good).seq >= 14
    content = bytearray(good.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    (tmp_path / "bad.tar").write_bytes(content)
    with pytest.raises(StorageError, match=r"damaged|failed"):
        run("restore", str(tmp_path / "bad.tar"), "--data-dir", str(data))
    assert not (data / "setpoint.sqlite").stat().st_size


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    data, plant, newer = tmp_path / "data", tmp_path / "plant.toml", tmp_path / "newer.sqlite"
    plant.write_text("# of the backup\n")
    load_sqlite(newer)
    with closing(sqlite3.connect(newer)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    make_backup(make_url(f"sqlite:///{newer}"), plant, tmp_path / "newer.tar")
    load_sqlite(tmp_path / "old.sqlite")
    make_backup(
        make_url(f"sqlite:///{tmp_path / 'old.sqlite'}"), tmp_path / "none.toml", tmp_path / "good.tar"
    )
    run("restore", str(tmp_path / "good.tar"), "--data-dir", str(data))
    before = (data / "setpoint.sqlite").read_bytes()
    with pytest.raises(ConfigError, match="newer than this one; restore it with that version"):
        run("restore", str(tmp_path / "newer.tar"), "--replace", "--data-dir", str(data))
    assert (data / "setpoint.sqlite").read_bytes() == before
    assert not (data / "plant.toml").exists()


def test_a_database_that_somebody_reads_is_not_put_aside_without_its_last_commits(tmp_path: Path) -> None:
    file, good = tmp_path / "setpoint.sqlite", tmp_path / "good.tar"
    load_sqlite(file)
    make_backup(make_url(f"sqlite:///{file}"), tmp_path / "none.toml", good)
    replace = ("restore", str(good), "--replace", "--data-dir", str(tmp_path))
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM keys").fetchall()
            database.execute("INSERT INTO keys VALUES ('newest', 'x')")
            with pytest.raises(StorageError, match="a program reads the database"):
                run(*replace)
        run(*replace)
    (aside,) = tmp_path.glob("*.before-*")
    with closing(sqlite3.connect(aside)) as old, closing(sqlite3.connect(file)) as restored:
        newest = "SELECT count(*) FROM keys WHERE name = 'newest'"
        assert (old.execute(newest).fetchone(), restored.execute(newest).fetchone()) == ((1,), (0,))


def test_a_damaged_database_is_put_aside_as_it_is_and_replaced_by_the_backup(tmp_path: Path) -> None:
    file, good = tmp_path / "setpoint.sqlite", tmp_path / "good.tar"
    load_sqlite(tmp_path / "old.sqlite")
    make_backup(make_url(f"sqlite:///{tmp_path / 'old.sqlite'}"), tmp_path / "none.toml", good)
    parts = {"": b"no database any more" * 400, "-wal": b"its last commits", "-shm": b"their index"}
    for suffix, content in parts.items():
        file.with_name(file.name + suffix).write_bytes(content)
        file.with_name(file.name + suffix).chmod(0o600)
    run("restore", str(good), "--replace", "--data-dir", str(tmp_path))
    set_aside = {
        each.name.partition("-wal")[1] or each.name.partition("-shm")[1]: each
        for each in tmp_path.glob("*.before-*")
    }
    assert {suffix: each.read_bytes() for suffix, each in set_aside.items()} == parts
    with closing(sqlite3.connect(file)) as restored:
        assert restored.execute("SELECT count(*) FROM audit").fetchone()[0] >= 14


def test_a_damaged_backup_leaves_no_plant_file_behind(tmp_path: Path) -> None:
    data, plant, old = tmp_path / "data", tmp_path / "plant.toml", tmp_path / "old.sqlite"
    plant.write_text("# of the backup\n")
    load_sqlite(old)
    make_backup(make_url(f"sqlite:///{old}"), plant, tmp_path / "good.tar")
    content = bytearray((tmp_path / "good.tar").read_bytes())
    content[40_000:60_000] = bytes(20_000)
    (tmp_path / "bad.tar").write_bytes(content)
    with pytest.raises(StorageError):
        run("restore", str(tmp_path / "bad.tar"), "--data-dir", str(data))
    assert not (data / "plant.toml").exists()


def test_a_compressed_file_is_not_a_backup(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "old.sqlite")
    good = tmp_path / "good.tar"
    make_backup(make_url(f"sqlite:///{tmp_path / 'old.sqlite'}"), tmp_path / "none.toml", good)
    packed = tmp_path / "good.tar.gz"
    packed.write_bytes(gzip.compress(good.read_bytes())[:-500])
    with pytest.raises(ConfigError, match="no backup"):
        run("restore", str(packed), "--data-dir", str(tmp_path / "data"))


MANIFEST = msgspec.json.encode(Manifest(1, "sqlite", "0.2.0", 1.0))


def packed(name: str, **about: Any) -> bytes:
    """Makes a backup with one foreign member among the usual ones."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for each, data in (
            ("manifest.json", MANIFEST),
            ("database", empty_sqlite()),
            ("plant.toml", b"# a plant"),
        ):
            member = tarfile.TarInfo(each)
            member_data = about.get("data", data) if each == name else data
            member.size = len(member_data)
            if each == name:
                for key, value in about.items():
                    if key != "data":
                        setattr(member, key, value)
            tar.addfile(member, io.BytesIO(member_data))
    return content.getvalue()


def empty_sqlite() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE audit (seq INTEGER PRIMARY KEY, hash TEXT)")
        database.commit()
        return database.serialize()


PETABYTE = 2**50
SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(PETABYTE)}
HOSTILE: dict[str, dict[str, Any]] = {
    "a petabyte that is not there": {
        "pax_headers": SPARSE, "data": f"1\n{PETABYTE}\n0\n".encode().ljust(512, b"\0")
    },
    "a link to itself": {"type": tarfile.SYMTYPE, "linkname": "NAME", "data": b""},
    "a link out of the archive": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "data": b""},
    "a hard link": {"type": tarfile.LNKTYPE, "linkname": "manifest.json", "data": b""},
    "a folder": {"type": tarfile.DIRTYPE, "data": b""},
}  # fmt: skip


@pytest.mark.parametrize("about", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["manifest.json", "database", "plant.toml"])
def test_a_backup_with_a_member_that_no_backup_has_changes_nothing(
    tmp_path: Path, name: str, about: dict[str, Any]
) -> None:
    file, there = tmp_path / "backup.tar", tmp_path / "there"
    there.mkdir()
    about = about | ({"linkname": name} if about.get("linkname") == "NAME" else {})
    file.write_bytes(packed(name, **about))
    with pytest.raises((ConfigError, StorageError), match=r"damaged|no backup that setpoint"):
        restore_backup(
            file, make_url(f"sqlite:///{there / 'setpoint.sqlite'}"), there / "plant.toml", is_replacing=True
        )
    assert list(there.iterdir()) == []


def test_a_backup_of_which_one_bit_turned_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "old.sqlite")
    plant, backup = tmp_path / "plant.toml", tmp_path / "made.tar"
    plant.write_text("# the plant\n")
    make_backup(make_url(f"sqlite:///{tmp_path / 'old.sqlite'}"), plant, backup)
    whole = backup.read_bytes()
    with tarfile.open(backup) as tar:
        places = {each.name: each.offset_data + each.size // 2 for each in tar}
    for name in ("database", "plant.toml"):
        content = bytearray(whole)
        content[places[name]] ^= 1
        (tmp_path / "bad.tar").write_bytes(content)
        data = tmp_path / f"for-{name}"
        with pytest.raises(StorageError, match=f"{name} in the backup is damaged"):
            run("restore", str(tmp_path / "bad.tar"), "--data-dir", str(data))
        assert not (data / "setpoint.sqlite").stat().st_size
        assert not (data / "plant.toml").exists()


@pytest.mark.parametrize("words", [("audit", "verify"), ("backup", "made.tar"), ("retention",)])
def test_a_misspelt_data_directory_is_no_empty_database_to_a_command_about_records(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="there is no database"):
        run(*words, "--data-dir", "misspelt")
    assert not [*tmp_path.iterdir()]


def test_a_backup_into_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    load_sqlite(tmp_path / "setpoint.sqlite")
    with pytest.raises(ConfigError, match="there is no folder"):
        run("backup", str(tmp_path / "nowhere" / "made.tar"), "--data-dir", str(tmp_path))


def test_verifying_the_database_of_an_older_version_leaves_its_tables_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "setpoint.sqlite"
    load_sqlite(file)
    with closing(sqlite3.connect(file)) as database:
        before = [*database.execute("SELECT version_num FROM alembic_version")]
    with pytest.raises(StorageError, match="the plant server brings them up to date when it starts"):
        run("audit", "verify", "--data-dir", str(tmp_path))
    with closing(sqlite3.connect(file)) as database:
        assert [*database.execute("SELECT version_num FROM alembic_version")] == before
