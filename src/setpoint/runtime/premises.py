"""Checks before a server uses its data: who else can change it, and whether it is the right database."""

from __future__ import annotations

import os
import stat
import uuid
from contextlib import suppress
from pathlib import Path

import structlog

from setpoint.config import Settings
from setpoint.core.accounts import AccountStore
from setpoint.errors import ConfigError, StorageError
from setpoint.message import sentence
from setpoint.ownership import write_whole

_NEEDED = frozenset(
    ("setpoint.sqlite", "setpoint.sqlite-wal", "setpoint.sqlite-shm", "setpoint.sqlite.lock", "secrets.toml")
)

log = structlog.get_logger("setpoint.serving")


def check_permissions(settings: Settings) -> None:
    """Raises `ConfigError` for files that others can write, and for those that this user cannot; warns about files that
    others can read. POSIX only.
    """
    if os.name != "posix":
        return
    directory = settings.data_dir
    looked_at = [directory, *(file for file in directory.iterdir() if _matters(file))]
    for path in looked_at:
        found = path.stat()
        if found.st_uid not in (os.geteuid(), 0):
            raise ConfigError(
                sentence(
                    "words-belongs-another-user-who-can-change",
                    "{path} belongs to another user ({stuid}), who can change it at any time; give it to "
                    "the server's user: chown -R $USER {directory}",
                    path=path,
                    stuid=found.st_uid,
                    directory=directory,
                )
            )
        if path == directory or path.name in _NEEDED:
            _check_access(path, directory)
        if found.st_mode & stat.S_IWOTH:
            raise ConfigError(
                sentence(
                    "words-everybody-on-machine-can-write-could",
                    "everybody on this machine can write to {path}, and could give themselves any right; "
                    "remove the permission: chmod -R o-rwx {directory}",
                    path=path,
                    directory=directory,
                )
            )
        if found.st_mode & (stat.S_IROTH | stat.S_IWGRP) and path != directory:
            log.warning("others_can_read", path=str(path), remedy=f"chmod -R go-rwx {directory}")
    for path in _folders_of_history(directory / "history"):
        _check_access(path, directory)


def _check_access(path: Path, directory: Path) -> None:
    """Raises `ConfigError` for what root has copied here, and has not given to the server's user."""
    needed = os.R_OK if path.suffix == ".toml" else os.R_OK | os.W_OK
    if not os.access(path, needed | (os.X_OK if path.is_dir() else 0)):
        raise ConfigError(
            sentence(
                "words-server-user-cannot-use",
                "the server's user cannot read and change {path}, which belongs to user {user}; give it to the "
                "server's user: chown -R $USER {directory}",
                path=path,
                user=path.stat().st_uid,
                directory=directory,
            )
        )


def _folders_of_history(history: Path) -> list[Path]:
    if not history.is_dir():
        return []
    return (
        [history, *(each for each in history.iterdir() if each.is_dir())]
        if os.access(history, os.R_OK)
        else [history]
    )


def _matters(file: Path) -> bool:
    return file.name.startswith("setpoint.sqlite") or file.name in ("plant.toml", "secrets.toml")


async def check_same_database(settings: Settings, accounts: AccountStore) -> None:
    """Raises `ConfigError` if the data directory was in use with another database, or the database is empty now."""
    try:
        known = settings.in_use_file.read_text("utf-8").strip()
    except FileNotFoundError:
        known = ""
    is_empty = not await accounts.accounts()
    if known and is_empty:
        raise ConfigError(
            sentence(
                "words-database-has-no-accounts-but-data",
                "the database has no accounts, but the data directory {datadir} was in use; restore the "
                "database (setpoint restore FILE), or remove {inusefile} to start from the beginning",
                datadir=settings.data_dir,
                inusefile=settings.in_use_file,
            )
        )
    if is_empty:
        return
    found = await accounts.key("database", known or uuid.uuid4().hex)
    if known and found != known:
        raise ConfigError(
            sentence(
                "words-data-directory-was-use-another-database",
                "the data directory {datadir} was in use with another database; give the right "
                "--database, or remove {inusefile} if you want to use this one",
                datadir=settings.data_dir,
                inusefile=settings.in_use_file,
            )
        )
    write_whole(settings.in_use_file, f"{found}\n".encode())


async def note_in_use(settings: Settings, accounts: AccountStore) -> None:
    """Notes the database when the server ends, because the first administrator may have been added in the meantime."""
    with suppress(ConfigError, StorageError):
        await check_same_database(settings, accounts)
