"""Errors of the operating system, of the archive and of SQLite become a sentence that says what failed."""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from setpoint.errors import StorageError
from setpoint.message import sentence

UNREADABLE = (
    *(OSError, tarfile.TarError, msgspec.DecodeError, KeyError),
    *(ValueError, ArithmeticError, RecursionError, MemoryError),
)
"""The errors that the library raises for a damaged archive: impossible sizes, names that are not text, and so on."""


@contextmanager
def failures(doing: str) -> Iterator[None]:
    """Raises `StorageError` for any such error."""
    try:
        yield
    except (*UNREADABLE, sqlite3.Error) as error:
        raise StorageError(
            sentence(
                "words-failed-check-free-space-permissions-there",
                "{doing} failed: {why}; check the free space and the permissions there",
                doing=doing,
                why=error,
            )
        ) from error
