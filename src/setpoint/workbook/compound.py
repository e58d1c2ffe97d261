"""Reads streams of a compound file, the file system inside xls (MS-CFB)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

_END_OF_CHAIN = 0xFFFFFFFE
_MINI_STREAM_CUTOFF = 4096
_ENTRY_BYTES, _STREAM = 128, 2


class CompoundError(ValueError):
    """The chains or the directory of the file do not hold together."""


def names_in(data: bytes) -> list[str]:
    """The names of the streams in its root, in lower case, for comparison. Streams in a folder belong to an object
    inside the document. Raises `CompoundError` for damage.
    """
    try:
        return [each.name for each in _File(data).in_root() if each.kind == _STREAM]
    except (struct.error, IndexError) as error:
        raise CompoundError("the compound file ends early") from error


def read_stream(data: bytes, names: Sequence[str]) -> bytes | None:
    """The stream with the first of these names (in lower case) that is there. A stream in the root comes before one in
    a folder.

    None if there is none. Raises `CompoundError` for damage, and for two of one name outside of the root.
    """
    try:
        return _File(data).stream(names)
    except (struct.error, IndexError) as error:
        raise CompoundError("the compound file ends early") from error


class _Entry(NamedTuple):
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int

    def is_named(self, name: str) -> bool:
        return self.kind == _STREAM and self.name == name


class _File:
    def __init__(self, data: bytes) -> None:
        self._data = data
        sector_shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if sector_shift not in (9, 12) or mini_shift != 6:
            raise CompoundError("the compound file has sectors of another size")
        self._sector_bytes, self._mini_bytes = 1 << sector_shift, 1 << mini_shift
        directory, mini_fat, mini_count, difat, difat_count = struct.unpack_from("<I8xIIII", data, 48)
        fat_sectors = [each for each in struct.unpack_from("<109I", data, 76) if each < _END_OF_CHAIN - 2]
        for _ in range(min(difat_count, len(data) // self._sector_bytes)):
            entries = struct.unpack(f"<{self._sector_bytes // 4}I", self._sector(difat))
            fat_sectors += [each for each in entries[:-1] if each < _END_OF_CHAIN - 2]
            difat = entries[-1]
        self._fat = self._table(fat_sectors)
        self._directory = self._chain(directory)
        self._mini_fat = self._table(self._sectors(mini_fat)) if mini_count else ()

    @cached_property
    def entries(self) -> list[_Entry]:
        places = range(0, len(self._directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES)
        return [_entry(self._directory, at) for at in places]

    def stream(self, names: Sequence[str]) -> bytes | None:
        in_root = self.in_root()
        for name in names:
            found = [each for each in in_root if each.is_named(name)]
            found = found or [each for each in self.entries if each.is_named(name)]
            if len(found) > 1:
                raise CompoundError(f"the compound file has two streams {name}")
            if found:
                start, size = found[0].start, found[0].size
                chain = self._chain(start) if size >= _MINI_STREAM_CUTOFF else self._mini_chain(start)
                if len(chain) < size:
                    raise CompoundError("a stream of the compound file ends early")
                return chain[:size]
        return None

    def in_root(self) -> list[_Entry]:
        """The entries of the root folder: a tree of siblings under its child."""
        entries, found, seen = self.entries, [], set[int]()
        places = [entries[0].child] if entries else []
        while places:
            place = places.pop()
            if place < len(entries) and place not in seen:
                seen.add(place)
                found.append(entries[place])
                places += (entries[place].left, entries[place].right)
        return found

    def _mini_chain(self, start: int) -> bytes:
        mini_stream = self._chain(struct.unpack_from("<I", self._directory, 116)[0])
        pieces: list[bytes] = []
        while start < _END_OF_CHAIN and len(pieces) <= len(self._mini_fat):
            pieces.append(mini_stream[start * self._mini_bytes : (start + 1) * self._mini_bytes])
            start = self._mini_fat[start]
        return b"".join(pieces)

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(each) for each in self._sectors(start))

    def _sectors(self, start: int) -> list[int]:
        found = []
        while start < _END_OF_CHAIN - 2:
            found.append(start)
            if len(found) > len(self._fat):
                raise CompoundError("a chain of the compound file runs in a circle")
            start = self._fat[start]
        return found

    def _table(self, sectors: list[int]) -> tuple[int, ...]:
        joined = b"".join(self._sector(each) for each in sectors)
        return struct.unpack(f"<{len(joined) // 4}I", joined)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._sector_bytes
        sector = self._data[start : start + self._sector_bytes]
        if not sector:
            raise CompoundError("a sector lies beyond the end of the compound file")
        return sector.ljust(self._sector_bytes, b"\x00")


def _entry(directory: bytes, at: int) -> _Entry:
    name_bytes = struct.unpack_from("<H", directory, at + 64)[0]
    name = directory[at : at + max(0, name_bytes - 2)].decode("utf-16-le", "replace").lower()
    left, right, child = struct.unpack_from("<III", directory, at + 68)
    start, size = struct.unpack_from("<II", directory, at + 116)
    return _Entry(name, directory[at + 66], left, right, child, start, size)
