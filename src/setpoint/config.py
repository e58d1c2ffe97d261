"""Settings of one server: where it listens, where it stores its data, how people reach it.

They come from the command line, then from the environment (``SETPOINT_DATA_DIR``, ``SETPOINT_DATABASE_URL``,
``SETPOINT_DATABASE_TIMEOUT``, ``SETPOINT_HISTORY``, ``SETPOINT_HOST``, ``SETPOINT_PORT``), then from defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from platformdirs import user_data_path

from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.ownership import give_to_owner, write_whole

LOOPBACK = ("127.0.0.1", "::1", "localhost")
DEFAULT_PORT = 8000
DATABASE_TIMEOUT_S = 2.0
MAX_DATABASE_TIMEOUT_S = 60.0
_DATABASE = "setpoint.sqlite"
NO_HISTORY = "off"


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How the servers of one plant reach each other. ``name`` separates plants that share one NATS."""

    nats_url: str
    name: str = "plant"
    credentials: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """``database_url`` is any SQLAlchemy URL; the default is SQLite in ``data_dir``.

    ``database_timeout_s``: how long a statement may take, and a connection. ``history`` is a directory or a URL of an
    object store; ``history`` in the data directory if empty, `NO_HISTORY` for none.
    """

    data_dir: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    database_timeout_s: float = DATABASE_TIMEOUT_S
    history: str = ""
    cluster: ClusterSettings | None = None

    @property
    def history_where(self) -> str | None:
        """The directory or URL of the history; None if nothing is to be recorded."""
        return None if self.history == NO_HISTORY else self.history or str(self.data_dir / "history")

    @property
    def history_tail(self) -> Path:
        """The last minutes of the history, always on this computer."""
        return self.data_dir / "history" / "tail"

    @property
    def lock_file(self) -> Path:
        """The running server of the data directory locks this file."""
        return self.data_dir / "setpoint.lock"

    @property
    def in_use_file(self) -> Path:
        """Names the database that belongs to the data directory."""
        return self.data_dir / "in-use"

    @property
    def notify_file(self) -> Path:
        """Webhooks, e-mail and chats, with their secrets (`setpoint.notify.settings`)."""
        return self.data_dir / "notify.toml"

    @property
    def plant_file(self) -> Path:
        return self.data_dir / "plant.toml"

    @property
    def served_at(self) -> str:
        """The address of the last server of this data directory; the default address if there was none."""
        try:
            return self._served_at_file.read_text("utf-8").strip()
        except FileNotFoundError:
            return f"http://127.0.0.1:{DEFAULT_PORT}"

    def note_served_at(self, url: str) -> None:
        """Notes the address for the commands that print links."""
        write_whole(self._served_at_file, f"{url}\n".encode())

    @property
    def _served_at_file(self) -> Path:
        return self.data_dir / "served-at"


def load_settings(
    *,
    data_dir: Path | None = None,
    database_url: str | None = None,
    host: str | None = None,
    port: int | None = None,
    database_timeout_s: float | None = None,
    history: str | None = None,
    subfolder: str = "",
    is_there: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings from arguments, then the environment, then defaults. Creates the data directory and the database file.

    ``is_there``: for a command about what is kept already. It creates nothing, and raises `ConfigError` if the data
    directory has no database of its own: a misspelt path must not look like an empty database.

    Only the user who runs the server can read them, because the database holds the accounts.

    ``subfolder`` is used if no data directory is given; it keeps the demo's data apart.

    Raises `ConfigError` if the data directory cannot be written or the port is not valid.
    """
    named = data_dir or environment.get("SETPOINT_DATA_DIR")
    where = Path(named or user_data_path("setpoint") / subfolder).expanduser().absolute()
    database_url = database_url or environment.get("SETPOINT_DATABASE_URL")
    if not is_there:
        _make_writable(where)
    elif not database_url:
        _check_database(where / _DATABASE)
    return Settings(
        data_dir=where,
        database_url=database_url or _own_database(where),
        host=host or environment.get("SETPOINT_HOST") or "127.0.0.1",
        port=port if port is not None else _port(environment.get("SETPOINT_PORT")),
        database_timeout_s=database_timeout_s or _seconds(environment.get("SETPOINT_DATABASE_TIMEOUT")),
        history=history or environment.get("SETPOINT_HISTORY") or "",
    )


def _seconds(text: str | None) -> float:
    if not text:
        return DATABASE_TIMEOUT_S
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.1 <= found <= MAX_DATABASE_TIMEOUT_S:
        raise ConfigError(
            sentence(
                "words-setpoint-database-timeout-give-seconds-from",
                "SETPOINT_DATABASE_TIMEOUT is {value}; give seconds from 0.1 to {most}",
                value=repr(text),
                most=format(MAX_DATABASE_TIMEOUT_S, "g"),
            )
        )
    return found


def _port(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise ConfigError(
            sentence(
                "words-setpoint-port-give-port-from",
                "SETPOINT_PORT is {value}; give a port from 0 to 65535",
                value=repr(text),
            )
        )
    return int(text)


def _check_database(file: Path) -> None:
    try:
        is_empty = not file.stat().st_size
    except FileNotFoundError:
        is_empty = True
    except OSError as error:
        raise ConfigError(
            sentence(
                "words-database-cannot-be-opened",
                "{file} cannot be opened: {why}",
                file=file,
                why=error.strerror,
            )
        ) from error
    if is_empty:
        raise ConfigError(
            sentence(
                "words-there-no-database-see-data-dir",
                "there is no database {source}; see --data-dir and --database",
                source=file,
            )
        )


def _own_database(directory: Path) -> str:
    """The URL of the data directory's own database. Creates the file with the right permissions, if it is not there;
    SQLite gives its journals the same ones."""
    file = directory / _DATABASE
    if not file.exists():
        file.touch(mode=0o600)  # another process may create it at this moment
        give_to_owner(file)
    named = str(file).replace("%", "%25").replace("?", "%3F")  # both have a meaning in a URL
    return f"sqlite:///{named}"


def _make_writable(directory: Path) -> None:
    """Tries to write, because only that shows whether it is possible."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        TemporaryFile(dir=directory).close()
    except OSError as error:
        raise ConfigError(
            sentence(
                "words-data-directory-cannot-be-written-give",
                "the data directory {directory} cannot be written ({why}); give another with --data-dir, "
                "or give this user permission to write there",
                directory=directory,
                why=error.strerror,
            )
        ) from error
