"""The condition of many machines in one value: columns instead of records, so that 10,000 fit a frame (OVER-1).

machines   ``["m_401", 3, "m_411", 2]``: m_401, m_402, m_403, m_411, m_412. A key and the number of machines from it on
kinds      ``[["RUNNING", "GOOD"], ["FAULT", "GOOD"]]``: each pair of status and quality that occurs
kind       ``[0, 0, 1, 0, 0]``: for each machine its place in ``kinds``
ageS       ``[12, 3600, 4, null, 0]``: how many whole seconds before the frame's ``ts`` its status began
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import floor

import msgspec

from setpoint.contract.values import Value

_MAX_DIGITS = 12
"""Longer numbers are not counted up, so that both languages count alike."""


class Overview(msgspec.Struct, frozen=True, rename={"age_s": "ageS"}, gc=False):
    """The columns. Raises `ValueError` if they do not fit each other, so that no frame makes a client allocate
    more than was sent."""

    machines: list[str | int] = []
    kinds: list[tuple[Value, Value]] = []
    kind: list[int] = []
    age_s: list[int | None] = []

    def __post_init__(self) -> None:
        size = _size(self.machines)
        if size != len(self.kind) or size != len(self.age_s):
            raise ValueError(f"{size} machines with {len(self.kind)} kinds and {len(self.age_s)} ages")
        if self.kind and not 0 <= min(self.kind) <= max(self.kind) < len(self.kinds):
            raise ValueError(f"expected a kind below {len(self.kinds)}")

    def __bool__(self) -> bool:
        return bool(self.kind)


class Condition(msgspec.Struct, frozen=True):
    """One machine of an overview. ``since`` is in whole Unix seconds, None if it is not known when the status began."""

    status: Value
    quality: Value
    since: int | None


def pack(rows: Iterable[tuple[Value, Value, float | None]], keys: list[str | int], ts: float) -> Overview:
    """``rows`` of status, quality and since, for the machines of ``keys`` (see `key_runs`) in their order."""
    now_s = floor(ts)
    kinds: dict[tuple[Value, Value], int] = {}
    kind: list[int] = []
    age_s: list[int | None] = []
    for status, quality, since in rows:
        kind.append(kinds.setdefault((status, quality), len(kinds)))
        age_s.append(None if since is None else now_s - floor(since))
    return Overview(keys, list(kinds), kind, age_s)


def unpack(overview: Overview, ts: float) -> dict[str, Condition]:
    """By entity key, in the order of the frame."""
    now_s = floor(ts)
    kinds = overview.kinds
    return {
        key: Condition(*kinds[kind], None if age_s is None else now_s - age_s)
        for key, kind, age_s in zip(_keys(overview.machines), overview.kind, overview.age_s, strict=True)
    }


def key_runs(keys: Sequence[str]) -> list[str | int]:
    """``m_401, m_402, m_411`` → ``["m_401", 2, "m_411", 1]``."""
    runs: list[str | int] = []
    count, following = 0, None
    for key in keys:
        if key == following:
            count += 1
        else:
            if count:
                runs.append(count)
            runs.append(key)
            count = 1
        following = _after(key)
    if count:
        runs.append(count)
    return runs


def _after(key: str) -> str | None:
    stem, digits = _parted(key)
    return f"{stem}{int(digits) + 1:0{len(digits)}d}" if digits else None


def _parted(key: str) -> tuple[str, str]:
    """The number at the end of a key, "" where it has none that can be counted up."""
    stem = key.rstrip("0123456789")
    digits = key[len(stem) :]
    return (stem, digits) if len(digits) <= _MAX_DIGITS else (key, "")


def _size(runs: Sequence[str | int]) -> int:
    """How many machines the runs name. Raises `ValueError` if they are not runs."""
    size = 0
    for key, count in _pairs(runs):
        if count > 1 and not _parted(key)[1]:
            raise ValueError(f"{key!r} has no number to count up from")
        size += count
    return size


def _pairs(runs: Sequence[str | int]) -> Iterator[tuple[str, int]]:
    keys, counts = runs[::2], runs[1::2]
    if len(keys) != len(counts):
        raise ValueError("expected a count after each key")
    for key, count in zip(keys, counts, strict=True):
        if not isinstance(key, str) or not isinstance(count, int) or count < 1:
            raise ValueError(f"expected a key and a count, but got {key!r} and {count!r}")
        yield key, count


def _keys(runs: Sequence[str | int]) -> Iterator[str]:
    for key, count in _pairs(runs):
        if count == 1:
            yield key
            continue
        stem, digits = _parted(key)
        first, width = int(digits), len(digits)
        for number in range(first, first + count):
            yield f"{stem}{number:0{width}d}"
