"""Texts of xls: the list that cells share, which continues over several records (MS-XLS 2.4.265, 2.5.293)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from setpoint.workbook.looks import Look, with_runs

_WIDE, _RICH = 1, 1 | 4 | 8
"""The flags of a text: the first for letters in two bytes, the second also for phonetics and runs of fonts (MS-XLS
2.5.293)."""


def shared_texts(pieces: Sequence[bytes], looks: Sequence[Look] = ()) -> list[str]:
    """The texts in an ``SST`` and its ``Continue`` records, with the ``looks`` of the fonts that parts of a text have.

    Its count may be too high; a cell with a missing text is refused. Raises `IndexError` or `struct.error` if a text
    ends early.
    """
    reader = _Pieces(pieces)
    _, count = struct.unpack("<II", reader.take(8))
    found: list[str] = []
    while len(found) < count and not reader.is_at_end:
        found.append(reader.text(looks))
    return found


def text(body: bytes, at: int) -> str:
    """A text with its length in two bytes before it."""
    count, flags = struct.unpack_from("<HB", body, at)
    return letters(body, at + 3, count, flags)


def continued_text(pieces: Sequence[bytes]) -> str:
    """A text that continues in the ``Continue`` records after its own."""
    return _Pieces(pieces).text(is_rich=False)


def rich_text(pieces: Sequence[bytes], looks: Sequence[Look]) -> str:
    """The text of an ``RString``: the runs of its fonts follow it, after their count."""
    reader = _Pieces(pieces)
    found = reader.text(looks)
    if reader.is_at_end:
        return found
    runs = reader.take(4 * struct.unpack("<H", reader.take(2))[0])
    return with_runs(found, struct.iter_unpack("<HH", runs), looks)


def short_text(body: bytes, at: int) -> str:
    """A text with its length in one byte before it."""
    return letters(body, at + 2, body[at], body[at + 1])


def letters(body: bytes, at: int, count: int, flags: int) -> str:
    """Letters in two bytes each, or in one; they are Unicode in both cases. Raises `IndexError` if they end early."""
    size = 2 * count if flags & 1 else count
    if at + size > len(body):
        raise IndexError("a text ends early")
    return body[at : at + size].decode("utf-16-le" if flags & 1 else "latin-1", "replace")


class _Pieces:
    """The bodies of records that belong together. Letters that continue in the next one have their own flags there."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._place = 0
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._place == len(self._pieces) - 1 and self._at == len(self._pieces[-1])

    def take(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            if self._at == len(self._pieces[self._place]):
                self._place, self._at = self._place + 1, 0
            piece = self._pieces[self._place]
            more = piece[self._at : self._at + size - len(found)]
            self._at += len(more)
            found += more
        return found

    def text(self, looks: Sequence[Look] = (), *, is_rich: bool = True) -> str:
        count, flags = struct.unpack("<HB", self.take(3))
        if flags & ~(_RICH if is_rich else _WIDE):
            raise IndexError("a text with flags that do not exist")
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        beside = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        found = self._letters(count, flags)
        fonts = self.take(4 * runs)
        self.take(beside)
        return with_runs(found, struct.iter_unpack("<HH", fonts), looks) if fonts else found

    def _letters(self, count: int, flags: int) -> str:
        units = b""
        while count:
            piece = self._pieces[self._place]
            if self._at == len(piece):
                self._place, self._at = self._place + 1, 1
                flags = self._pieces[self._place][0]
                continue
            size = 2 if flags & 1 else 1
            here = min(count, (len(piece) - self._at) // size)
            if not here:
                raise IndexError("a letter is cut in two")
            more = piece[self._at : self._at + here * size]
            units += more if flags & 1 else more.decode("latin-1").encode("utf-16-le")
            self._at += here * size
            count -= here
        return units.decode("utf-16-le", "replace")
