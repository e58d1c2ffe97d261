"""Shared by the readers of the plant file: checks a table's keys, and reads values of the right type or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, TypeGuard

from setpoint.core.plant.wording import at, entry, known, words, wrong

Say: TypeAlias = Callable[[str, str, str], None]
"""Receives a mistake: its place, what is wrong, and the remedy."""

WANTED: Mapping[type, str] = {
    str: "words-give-text",
    dict: "words-give-a-table",
    list: "words-give-a-list",
    int: "words-give-a-whole-number",
    float: "words-give-number",
    bool: "words-give-true-false",
}
"""The remedy for a value that is not of this type."""


def check_keys(table: Mapping[str, object], keys: Mapping[str, type], where: str, say: Say) -> None:
    """Checks that every key is known and has a value of the right type."""
    for key, value in table.items():
        if key not in keys:
            say(at(where, key), words("words-not-key-known-here"), known(keys))
        elif not _is_a(value, keys[key]):
            say(at(where, key), wrong(value), words(WANTED[keys[key]]))


def check_texts(table: Mapping[str, object], key: str, where: str, say: Say) -> None:
    """Checks that every entry of a list is a text."""
    found = table.get(key)
    for position, each in enumerate(found if isinstance(found, list) else [], 1):
        if not isinstance(each, str):
            say(entry(at(where, key), position), wrong(each), words("words-give-text-quotes"))


def as_table(value: object) -> Mapping[str, object]:
    return value if _is_table(value) else {}


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_texts(value: object) -> Iterator[str]:
    return (each for each in value if isinstance(each, str)) if isinstance(value, list) else iter(())


def as_number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_a(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
