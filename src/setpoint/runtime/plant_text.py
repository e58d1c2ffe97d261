"""Reads a plant file: `setpoint serve`, `check` and `embed` all read it here, and say alike why they cannot."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from setpoint.core.plant import Plant, parse_plant
from setpoint.errors import ConfigError
from setpoint.message import sentence

MAX_PLANT_BYTES = 10_000_000


def read_plant(path: Path, *, may_be_pipe: bool = False) -> Plant:
    """The plant that a file describes. Raises `ConfigError` if it cannot be read, `PlantError` for its mistakes.

    A server reads only files: reading a pipe or a device may never end.
    """
    if not may_be_pipe and path.exists() and not (path.is_file() or path.is_dir()):
        raise ConfigError(
            sentence(
                "words-plant-file-pipe",
                "the plant file {file} is a pipe or a device; put a file there",
                file=str(path),
            )
        )
    return parse_plant(_text(path))


def read_sources(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The ``[sources]`` of a plant file, which may be incomplete. Raises `ConfigError`."""
    try:
        document = tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            sentence(
                "words-plant-file-not-toml",
                "{file} is not valid TOML: {why}; quote texts, close brackets, put one key on each line",
                file=str(path),
                why=str(error),
            )
        ) from error
    tables = document.get("sources")
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if isinstance(table, dict):
            yield name, table


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_PLANT_BYTES:
            raise ConfigError(
                sentence(
                    "words-plant-file-too-large",
                    "{file} has more than {most} bytes, too many for a plant file; check the name",
                    file=str(path),
                    most=MAX_PLANT_BYTES,
                )
            )
        return path.read_text("utf-8-sig")  # editors of Windows put a mark before the text
    except OSError as error:
        raise ConfigError(
            sentence(
                "words-plant-file-not-read",
                "the plant file {file} cannot be read ({why}); check its name and its permissions",
                file=str(path),
                why=error.strerror or "",
            )
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            sentence(
                "words-plant-file-not-utf8",
                "the plant file {file} is not UTF-8 (byte {byte}); save it as UTF-8",
                file=str(path),
                byte=error.start,
            )
        ) from error
