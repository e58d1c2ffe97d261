"""Each part that uses a feature that Windows lacks does without it there. The tests make Python look like Windows'."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from pathlib import Path

import pytest
import uvicorn

from setpoint.cli.accounts import typist
from setpoint.errors import ConfigError
from setpoint.history.store import write_durably
from setpoint.persistence.lock import FileLock
from setpoint.runtime.port import Server


async def test_a_signal_ends_a_server_whose_loop_takes_no_handlers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise NotImplementedError

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refused)
    server = Server(uvicorn.Config(lambda: None), lambda: None)
    with server.capture_signals():
        signal.raise_signal(signal.SIGTERM)
        assert server.should_exit
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_lock_names_its_holder_without_reading_and_writing_at_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pwrite")
    monkeypatch.delattr(os, "pread")
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.take(guarded="the data directory", remedy="stop it")
    with pytest.raises(ConfigError, match=f"process {os.getpid()} on host"):
        second.take(guarded="the data directory", remedy="stop it")
    first.release()
    second.take(guarded="the data directory", remedy="stop it")
    second.release()


def test_a_lock_is_held_on_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("setpoint.persistence.lock.os.write", full)
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.take(guarded="the data directory", remedy="stop it")
    with pytest.raises(ConfigError, match="it does not say which process"):
        second.take(guarded="the data directory", remedy="stop it")
    first.release()


def test_a_file_is_stored_where_folders_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.history.store.os.name", "nt")
    monkeypatch.setattr("setpoint.history.store.os.open", None)
    write_durably(tmp_path / "file", b"points")
    assert (tmp_path / "file").read_bytes() == b"points"


def test_the_person_at_a_command_line_has_a_name_where_users_have_no_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unnamed() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr("getpass.getuser", unnamed)
    monkeypatch.delattr(os, "getuid")
    assert typist() == "unknown"
