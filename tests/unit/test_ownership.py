"""Files of a data directory are written completely or not at all, and belong to the server's user, even if root makes
them.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from setpoint.config import load_settings
from setpoint.errors import ConfigError, StorageError
from setpoint.ownership import write_whole
from setpoint.persistence.lock import FileLock

SOMEBODY = 20_001


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory that belongs to the server's user."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root gives files to others")
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    return tmp_path


def test_the_database_the_lock_and_the_notes_belong_to_the_owner_of_the_folder(folder: Path) -> None:
    settings = load_settings(data_dir=folder, environment={})
    settings.note_served_at("https://board.plant.example")
    lock = FileLock(settings.lock_file)
    lock.take(guarded="it", remedy="wait")
    lock.release()
    found = {each.name: each.stat().st_uid for each in folder.iterdir()}
    assert found == dict.fromkeys(("setpoint.sqlite", "served-at", "setpoint.lock"), SOMEBODY)


def test_a_lock_that_root_has_left_is_given_back(folder: Path) -> None:
    (folder / "setpoint.lock").write_bytes(b"")
    lock = FileLock(folder / "setpoint.lock")
    lock.take(guarded="it", remedy="wait")
    lock.release()
    assert (folder / "setpoint.lock").stat().st_uid == SOMEBODY


def test_a_link_in_the_folder_leads_root_to_no_other_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "precious"
    other.write_text("precious")
    for name in ("setpoint.lock", "served-at", ".writable"):
        (folder / name).symlink_to(other)
    with pytest.raises(ConfigError, match="cannot lock"):
        FileLock(folder / "setpoint.lock").take(guarded="it", remedy="wait")
    load_settings(data_dir=folder, environment={}).note_served_at("https://board.plant.example")
    assert (other.read_text(), other.stat().st_uid) == ("precious", 0)


def test_a_full_disk_leaves_the_former_file_and_no_half_of_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "served-at"
    write_whole(file, b"former")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("setpoint.ownership.os.fdopen", full)
    write_whole(file, b"former")  # says so already
    with pytest.raises(StorageError, match=r"served-at cannot be written: No space left on device"):
        write_whole(file, b"newer")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"served-at": b"former"}
