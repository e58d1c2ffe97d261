"""An operating system lock on a file: only one process can hold it, and a crash releases it.

The file says which process holds it, for people. Its content has no other effect: a file that a crash left behind locks
nobody out.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from setpoint.errors import ConfigError
from setpoint.message import Sentence, sentence
from setpoint.ownership import give_to_owner

_MAX_TEXT = 1_000
_OPENED = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
"""The flags for opening the file: a link to another file is not followed."""
_LOCKED_BYTE = 1 << 30
"""Windows locks bytes, which nobody can read then; this one is far behind the text."""


class Holder(msgspec.Struct, frozen=True):
    """The process that holds a lock. ``since`` is Unix seconds."""

    pid: int
    host: str
    since: float

    def __str__(self) -> str:
        return str(self.description)

    @property
    def description(self) -> Sentence:
        return sentence(
            "words-process-on-host",
            "process {pid} on host {host}, since {since}",
            pid=self.pid,
            host=self.host,
            since=datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        )


def this_process() -> Holder:
    return Holder(os.getpid(), socket.gethostname(), time.time())


class FileLock:
    """Held from `take` to `release`, or to the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, *, guarded: str, remedy: str) -> None:
        """Takes the lock. Raises `ConfigError` naming the other process and what it uses (``guarded``)."""
        try:
            file = os.open(self._path, _OPENED, 0o600)
            give_to_owner(self._path)
        except OSError as error:
            raise ConfigError(
                sentence(
                    "words-cannot-lock-give-user-permission-write",
                    "cannot lock {path} ({why}); give this user permission to write there",
                    path=self._path,
                    why=error.strerror,
                )
            ) from error
        if not _try_lock(file):
            other = _read(file)
            os.close(file)
            raise in_use(guarded, other, remedy)
        self._file = file
        with suppress(OSError):  # on a full disk nobody can read who holds it, and it is held all the same
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, msgspec.json.encode(this_process()))

    def release(self) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def in_use(guarded: str, other: Holder | None, remedy: str) -> ConfigError:
    who = other.description if other else sentence("words-which-process", "it does not say which process")
    return ConfigError(
        sentence(
            "words-another-setpoint-server-has",
            "another Setpoint server has {guarded}: {who}; {remedy}",
            guarded=guarded,
            who=who,
            remedy=remedy,
        ),
        code="in_use",
    )


def _read(file: int) -> Holder | None:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        return msgspec.json.decode(os.read(file, _MAX_TEXT), type=Holder)
    except (msgspec.DecodeError, OSError):
        return None


try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def _try_lock(file: int) -> bool:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
        except OSError:
            return False
        return True
else:

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
