"""Reads the settings of a source from the plant file, and reports mistakes in the same way as the plant file.

A source's settings are TOML tables that have not been checked yet. `SettingsReader` reads them key by key, collects a
`Mistake` for each invalid value, and continues, so that it reports all mistakes at once::

    reader = SettingsReader(f"sources.{config.name}")
    reader.known(config.settings, ("host", "port"))
    host = reader.text(config.settings, "host", needed='Give the gateway\'s address, such as host = "10.0.0.7".')
    port = reader.whole(config.settings, "port", 502, lowest=1, highest=65_535)
    reader.check()          # raises PlantError with every mistake
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import TypeGuard

from setpoint.contract.values import CRITICAL_OVERRIDES
from setpoint.errors import Mistake, PlantError
from setpoint.sources.wording import known, words, wrong

_SECRETS = ("user", "username", "password", "token", "key")


class SettingsReader:
    """``where`` is the place of the settings in the plant file, such as ``sources.press``."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.mistakes: list[Mistake] = []

    def check(self) -> None:
        """Raises `PlantError` with all mistakes so far, if there are any."""
        if self.mistakes:
            raise PlantError(tuple(self.mistakes))

    def say(self, key: str, what: str, remedy: str, *, at: str = "") -> None:
        """Adds a mistake. ``at`` is its place if it is not in the settings themselves, such as ``machine m:401``."""
        place = f"{at}, {key}" if at else f"{self.where}.{key}" if key else self.where
        self.mistakes.append(Mistake(place, what, remedy))

    def known(self, table: Mapping[str, object], keys: Sequence[str], where: str = "") -> None:
        """Adds a mistake for every key of the table that is not one of ``keys``."""
        for key in table:
            if key in keys:
                continue
            if key in _SECRETS:
                self.say(
                    _joined(where, key), words("words-does-not-belong-plant-file"),
                    words("words-put-into-secrets-file-environment")
                )  # fmt: skip
            else:
                self.say(_joined(where, key), words("words-not-key-known-here"), known(keys))

    def by_critical_status(self, raw: object, where: str, example: str) -> Iterator[tuple[str, object]]:
        """The entries of a table whose keys are critical statuses; any other key is a mistake."""
        if raw is None:
            return
        if not is_table(raw):
            self.say(
                where, wrong(raw), words("words-write-2", value=where.rpartition(".")[2], example=example)
            )
            return
        for status, entry in raw.items():
            if status in CRITICAL_OVERRIDES:
                yield status, entry
            else:
                self.say(f"{where}.{status}", words("words-not-critical-status"), known(CRITICAL_OVERRIDES))

    def text(
        self, table: Mapping[str, object], key: str, where: str = "", *, needed: str = "", default: str = ""
    ) -> str:
        """A text. With ``needed`` it is required, and ``needed`` is the remedy if it is missing."""
        value = table.get(key, default)
        if not isinstance(value, str):
            self.say(_joined(where, key), wrong(value), words("words-give-text-quotes"))
            return default
        if needed and not value:
            self.say(_joined(where, key), words("words-missing"), needed)
        return value

    def one_of(
        self, table: Mapping[str, object], key: str, options: Sequence[str], default: str, where: str = ""
    ) -> str:
        """One of ``options``; anything else is a mistake, and the result is ``default``."""
        value = table.get(key, default)
        if isinstance(value, str) and value in options:
            return value
        self.say(_joined(where, key), wrong(value), words("words-give-one", known=", ".join(options)))
        return default

    def flag(self, table: Mapping[str, object], key: str, where: str = "", *, default: bool = False) -> bool:
        """True or false; anything else is a mistake, and the result is ``default``."""
        value = table.get(key, default)
        if isinstance(value, bool):
            return value
        self.say(_joined(where, key), wrong(value), words("words-give-true-false"))
        return default

    def number(self, table: Mapping[str, object], key: str, default: float, where: str = "") -> float:
        """A finite number; anything else is a mistake, and the result is ``default``."""
        value = table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return value
        self.say(_joined(where, key), wrong(value), words("words-give-number"))
        return default

    def whole(
        self,
        table: Mapping[str, object],
        key: str,
        default: int,
        where: str = "",
        *,
        lowest: int,
        highest: float = inf,
    ) -> int:
        """A whole number from ``lowest`` to ``highest``, both included; anything else is a mistake, and the result is
        ``default``."""
        value = table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        remedy = (
            words("words-give-whole-number-at-least", lowest=lowest)
            if highest == inf
            else words("words-give-whole-number-from", lowest=lowest, highest=highest)
        )
        self.say(_joined(where, key), wrong(value), remedy)
        return default

    def table(
        self, table: Mapping[str, object], key: str, where: str = "", *, remedy: str
    ) -> Mapping[str, object]:
        """A table; empty if it is missing or is not a table."""
        value = table.get(key, {})
        if is_table(value):
            return value
        self.say(_joined(where, key), wrong(value), remedy)
        return {}


def is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _joined(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
