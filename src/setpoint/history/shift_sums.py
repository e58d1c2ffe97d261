"""The sums of a shift, or of its finished part, in files beside the points: one for each shift and line.

    shifts/day=2026-11-28/line=01/1764288000000-1764316800000.sums

The name has the shift's begin, and its end or how far the file goes, Unix ms. A file names its inputs: settings and
machines. If these have changed, the file is ignored and written again. It can be removed at any time: the next report
reads the points again.
"""

from __future__ import annotations

import re
import sys
import zlib

import msgspec
import numpy as np

from setpoint.core.plant.shifts import State
from setpoint.errors import StorageError
from setpoint.history.layout import day_of
from setpoint.history.shift_parts import Part, Stops, Texts
from setpoint.history.store import Store

FOLDER = "shifts"
VERSION = 2
"""The version of the files and of the rules (SHIFT-3 to SHIFT-5, SHIFT-7): raise it if either changes."""
_PATH = re.compile(r"shifts/day=[0-9-]{10}/line=[0-9A-Za-z-]{1,32}/([0-9]+)-([0-9]+)\.sums")


class _File(msgspec.Struct, array_like=True):
    """Columns are little-endian, with 8 bytes for each row. ``status`` and ``cause`` are places in ``texts``."""

    version: int
    states: list[str]
    settings: bytes
    machines: list[str]
    seconds: bytes
    micro_stops: bytes
    micro_s: bytes
    machine: bytes
    since: bytes
    until: bytes
    status: list[int]
    cause: list[int]
    texts: list[str | None]
    counted: dict[str, bytes]
    unmapped: list[tuple[int, str]]


_decoder = msgspec.msgpack.Decoder(_File)


class ShiftSums:
    """``settings`` stands for everything but the machines that figures depend on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last(self, line: str, since: int, until: int, settings: bytes) -> tuple[list[str], Part] | None:
        """The machines and their part from the beginning of the shift, as far as it is stored but not beyond ``until``.

        None if nothing is stored, or if it was made from other inputs.
        """
        whole = self._get(line, since, until, settings)
        if whole is not None:
            return whole
        try:
            found = map(_PATH.fullmatch, self._store.paths_below(_folder(line, since)))
            ends = [int(each[2]) for each in found if each and int(each[1]) == since and int(each[2]) < until]
        except StorageError as error:
            print(f"no stored sums of line {line} are used: {error}", file=sys.stderr)
            return None
        return self._get(line, since, max(ends), settings) if ends else None

    def _get(self, line: str, since: int, until: int, settings: bytes) -> tuple[list[str], Part] | None:
        path = _path(line, since, until)
        try:
            content = self._store.bytes_at(path)
            found = None if content is None else _decoder.decode(zlib.decompress(content))
        except (StorageError, zlib.error, msgspec.DecodeError) as error:
            print(f"{path} is not used, and its points are read again: {error}", file=sys.stderr)
            return None
        if found is None or (found.version, found.states, found.settings) != (VERSION, _STATES, settings):
            return None
        return found.machines, _part(found, since, until)

    def put(self, line: str, settings: bytes, machines: list[str], part: Part) -> None:
        """Replaces the stored sums of any shift of the line at that time. Raises `StorageError`."""
        path = _path(line, part.since, part.until)
        self._store.put_bytes(path, zlib.compress(msgspec.msgpack.encode(_file(settings, machines, part)), 1))
        for other in self._store.paths_below(path.rpartition("/")[0]):
            found = _PATH.fullmatch(other)
            if found and other != path and int(found[1]) < part.until and int(found[2]) > part.since:
                self._store.remove_path(other)

    def remove(self, since: int) -> None:
        """Removes the sums of every shift that ends after this instant. Raises `StorageError`."""
        for path in self._store.paths_below(FOLDER):
            found = _PATH.fullmatch(path)
            if found and int(found[2]) > since:
                self._store.remove_path(path)


_STATES = [each.value for each in State]


def _folder(line: str, since: int) -> str:
    return f"{FOLDER}/day={day_of(since)}/line={line}"


def _path(line: str, since: int, until: int) -> str:
    return f"{_folder(line, since)}/{since}-{until}.sums"


def _file(settings: bytes, machines: list[str], part: Part) -> _File:
    stops = part.stops
    texts = list(dict.fromkeys([*stops.status.tolist(), *stops.cause.tolist()]))
    places = {text: place for place, text in enumerate(texts)}
    return _File(
        VERSION,
        _STATES,
        settings,
        machines,
        _bytes(part.seconds, "<f8"),
        _bytes(part.micro_stops, "<i8"),
        _bytes(part.micro_s, "<f8"),
        _bytes(stops.machine, "<i8"),
        _bytes(stops.since, "<i8"),
        _bytes(stops.until, "<i8"),
        [places[each] for each in stops.status.tolist()],
        [places[each] for each in stops.cause.tolist()],
        texts,
        {name: _bytes(each, "<f8") for name, each in part.counted.items()},
        sorted(part.unmapped),
    )


def _part(file: _File, since: int, until: int) -> Part:
    texts: Texts = np.array([*file.texts, None], object)
    seconds = np.frombuffer(file.seconds, "<f8").reshape(len(file.machines), len(_STATES))
    return Part(
        since,
        until,
        seconds,
        np.frombuffer(file.micro_stops, "<i8"),
        np.frombuffer(file.micro_s, "<f8"),
        Stops(
            np.frombuffer(file.machine, "<i8"),
            np.frombuffer(file.since, "<i8"),
            np.frombuffer(file.until, "<i8"),
            texts[np.array(file.status, np.int64)],
            texts[np.array(file.cause, np.int64)],
        ),
        {name: np.frombuffer(each, "<f8") for name, each in file.counted.items()},
        frozenset(file.unmapped),
    )


def _bytes(column: object, kind: str) -> bytes:
    return np.ascontiguousarray(column, kind).tobytes()
