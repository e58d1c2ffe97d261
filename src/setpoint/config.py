"""Settings of one server: where it listens, where it keeps its data, how it is reached.

They come from the command line; what stands in the environment (``SETPOINT_DATA_DIR``, ``SETPOINT_DATABASE_URL``,
``SETPOINT_HOST``, ``SETPOINT_PORT``) is taken where the command line says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from setpoint.errors import ConfigError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True)
class Settings:
    """``database_url`` is any SQLAlchemy URL; the default is SQLite in ``data_dir``."""

    data_dir: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT

    @property
    def plant_file(self) -> Path:
        return self.data_dir / "plant.toml"

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK


def load_settings(
    *,
    data_dir: Path | None = None,
    database_url: str | None = None,
    host: str | None = None,
    port: int | None = None,
    subfolder: str = "",
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings from arguments, then the environment, then defaults; makes the data directory.

    ``subfolder`` keeps what is nobody's data (the demo's) out of the data directory that nobody named.

    Raises `ConfigError` where the data directory cannot be written or the port is none.
    """
    named = data_dir or environment.get("SETPOINT_DATA_DIR")
    where = Path(named or user_data_path("setpoint") / subfolder).expanduser().absolute()
    return Settings(
        data_dir=_writable(where),
        database_url=database_url
        or environment.get("SETPOINT_DATABASE_URL")
        or f"sqlite:///{where / 'setpoint.sqlite'}",
        host=host or environment.get("SETPOINT_HOST") or "127.0.0.1",
        port=port if port is not None else _port(environment.get("SETPOINT_PORT")),
    )


def _port(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise ConfigError(f"SETPOINT_PORT is {text!r}; give a port from 0 to 65535")
    return int(text)


def _writable(directory: Path) -> Path:
    """The directory, made where it was not. Only writing tells whether it can be written."""
    probe = directory / ".writable"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"the data directory {directory} cannot be written ({error.strerror}); "
            "give another with --data-dir, or give this user the right to write there"
        ) from error
    return directory
