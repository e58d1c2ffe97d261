"""The names of the history's files, and which of them count.

    points/day=2026-11-28/line=01/00000001-00000360.0.parquet
    minutes/day=2026-11-28/line=01/…
    hours/month=2026-11/line=01/00020785-00020785.9.parquet
    tail/00000361.parquet

The numbers say which part of the record a file holds: for points and minutes the files of the tail, for hours the days
since 1970. The last digit counts how often it was merged; a file with 9 is finished and never merged again. A file
whose numbers lie within those of another of its folder is superseded: a crash between writing one and removing the
others leaves nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

POINTS, MINUTES, HOURS = "points", "minutes", "hours"
MERGED_WHOLE = 9
MERGE_FROM = 8
"""The number of files of one level that become one file of the next."""
DAY_MS = 86_400_000
_FIRST_DAY = date(1970, 1, 1).toordinal()
_PATH = re.compile(
    r"(points|minutes|hours)/(?:day|month)=([0-9-]{7,10})/line=([0-9A-Za-z-]{1,32})/"
    r"([0-9]{8,})-([0-9]{8,})\.([0-9])\.parquet"
)


@dataclass(frozen=True, slots=True, order=True)
class Folder:
    """``period`` is a day, or of hours a month."""

    kind: str
    period: str
    line: str

    @property
    def path(self) -> str:
        return f"{self.kind}/{'month' if self.kind == HOURS else 'day'}={self.period}/line={self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Name:
    folder: Folder
    first: int
    last: int
    level: int = 0

    @property
    def path(self) -> str:
        return f"{self.folder.path}/{self.first:08}-{self.last:08}.{self.level}.parquet"

    def covers(self, other: Name) -> bool:
        return self.folder == other.folder and self.first <= other.first and other.last <= self.last


def read_name(path: str) -> Name | None:
    """The file at that path below the history's root; None if it is not one of ours."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    kind, period, line, first, last, level = found.groups()
    return Name(Folder(kind, period, line), int(first), int(last), int(level))


def counting(names: Iterable[Name]) -> tuple[dict[Folder, list[Name]], list[Name]]:
    """The files that count, by folder and in order, and those that others supersede."""
    counted: dict[Folder, list[Name]] = {}
    superseded: list[Name] = []
    for name in sorted(names, key=lambda each: (each.folder, each.first, -each.last, -each.level)):
        files = counted.setdefault(name.folder, [])
        if files and files[-1].covers(name):
            superseded.append(name)
        else:
            files.append(name)
    return counted, superseded


def mergeable(files: list[Name], *, is_over: bool) -> list[Name]:
    """The files of a folder to merge next: neighbours of one level, and all that are left once its period is over."""
    for run in _runs(files):
        if is_over:
            return run
        for level in range(MERGED_WHOLE - 1):
            same = [each for each in run if each.level == level]
            if len(same) >= MERGE_FROM:
                return _neighbours(run, same[:MERGE_FROM])
    return []


def _runs(files: list[Name]) -> list[list[Name]]:
    """Groups of neighbours without a finished file between them: a name covers all numbers from its first to its
    last."""
    runs = groupby(files, key=lambda each: each.level == MERGED_WHOLE)
    return [list(run) for is_finished, run in runs if not is_finished]


def _neighbours(files: list[Name], chosen: list[Name]) -> list[Name]:
    """The chosen files together with the files between them, so that the numbers never overlap."""
    return [each for each in files if chosen[0].first <= each.first <= chosen[-1].first]


def merged(files: list[Name], *, is_finished: bool) -> Name:
    level = MERGED_WHOLE if is_finished else min(max(each.level for each in files) + 1, MERGED_WHOLE - 1)
    return Name(files[0].folder, files[0].first, max(each.last for each in files), level)


def day_of(at_ms: int) -> str:
    return date.fromordinal(_FIRST_DAY + int(at_ms) // DAY_MS).isoformat()


def start_of(day: str) -> int:
    """The instant at which a day begins, in Unix ms."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000


def days_between(since_ms: int, until_ms: int) -> list[str]:
    return [
        day_of(at * DAY_MS) for at in range(since_ms // DAY_MS, max(since_ms, until_ms - 1) // DAY_MS + 1)
    ]
