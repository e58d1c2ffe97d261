"""The file of a backup: a tar with ``manifest.json``, ``database``, and ``plant.toml`` if there is one."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

import msgspec

from setpoint.core.audit.chain import GENESIS, Head
from setpoint.errors import ConfigError, StorageError
from setpoint.message import sentence
from setpoint.persistence.backup.failures import UNREADABLE

FORMAT = 1
MANIFEST, DATABASE, PLANT = "manifest.json", "database", "plant.toml"
PLAIN: Final = "r:"
"""A backup is not compressed, so it cannot unpack to more than its size."""
_MAX_MANIFEST = 100_000


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """``made_at`` is Unix seconds; ``seq`` and ``hash`` are the head of the audit, for SQLite; ``tables`` is the
    version of the tables, and ``sha256`` are the hashes of the other members, by their names; earlier backups do not
    have these two."""

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
        return PLANT in self.sha256


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup. Raises `ConfigError` if the file is not a backup, or has a later format."""
    try:
        if file.exists() and not file.is_file():  # a pipe may never end, and can be read only once
            raise StorageError(sentence("words-no-plain-file", "it is no plain file"))
        with tarfile.open(file, PLAIN) as tar, opened_member(tar, MANIFEST) as found:
            manifest = msgspec.json.decode(found.read(_MAX_MANIFEST), type=Manifest)
    except (*UNREADABLE, StorageError) as error:
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
        raise newer(file, manifest)
    return manifest


def newer(file: Path, manifest: Manifest) -> ConfigError:
    return ConfigError(
        sentence(
            "words-was-made-by-version-setpoint-which",
            "{file} was made by version {value} of Setpoint, which is newer than this one; restore it "
            "with that version",
            file=file,
            value=manifest.version[:40],
        )
    )


def opened_member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
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


def hash_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_hash(file: Path, name: str, manifest: Manifest) -> None:
    """Raises `StorageError` for a member that is not the one that was put in."""
    if name in manifest.sha256 and manifest.sha256[name] != hash_of(file):
        raise StorageError(
            sentence(
                "words-backup-member-damaged",
                "{name} in the backup is damaged; take another backup",
                name=name,
            )
        )


def unpack(tar: tarfile.TarFile, name: str, to: Path) -> None:
    with opened_member(tar, name) as found, to.open("wb") as out:
        shutil.copyfileobj(found, out, 1 << 20)
    to.chmod(0o600)
