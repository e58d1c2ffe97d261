"""Secrets that must not be in a plant file: user names, passwords and keys for the machines' servers.

They come from a file that only its owner can read::

    [press]                          # the source's name in the plant file
    username = "setpoint"
    password = "…"

or, one by one and with precedence, from the environment: ``SETPOINT_SECRET_PRESS_PASSWORD``.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from setpoint.errors import ConfigError
from setpoint.sources.wording import words

_PREFIX = "SETPOINT_SECRET_"
_NO_LETTER = re.compile(r"[^0-9A-Za-z]")

Secrets = Mapping[str, Mapping[str, str]]
"""Texts by key, by the name of the source."""


def read_secrets(
    path: Path | None, sources: Iterable[str], *, environment: Mapping[str, str] = os.environ
) -> Secrets:
    """The secrets of these sources. Raises `ConfigError` if others may read the file or it is not valid."""
    found = {name: dict(table) for name, table in (_read_file(path) if path else {}).items()}
    for name in sources:
        prefix = f"{_PREFIX}{_NO_LETTER.sub('_', name).upper()}_"
        for variable, text in environment.items():
            if variable.startswith(prefix) and len(variable) > len(prefix):
                found.setdefault(name, {})[variable.removeprefix(prefix).lower()] = text
    return found


def _read_file(path: Path) -> dict[str, dict[str, str]]:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(words("words-secrets-file-can-be-read-by", path=path))
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            words("words-secrets-file-cannot-be-read-check", path=path, why=error.strerror)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(words("words-secrets-file-not-valid-toml-quote", path=path, why=error)) from error
    found: dict[str, dict[str, str]] = {}
    for name, table in document.items():
        if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
            raise ConfigError(words("words-secrets-file-has-which-not-table", path=path, name=name))
        found[name] = table
    return found
