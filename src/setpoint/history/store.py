"""The files of the history, in a directory or in an object store by URL (``s3://bucket/path?endpoint_override=…``).

A file is complete or does not exist: in a directory it is written under another name, made durable, and renamed.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from setpoint.core.history import Signal
from setpoint.errors import ConfigError, StorageError
from setpoint.history.columns import Table
from setpoint.history.layout import HOURS, MINUTES, POINTS, Name, read_name
from setpoint.message import sentence

ROW_GROUP = {POINTS: 50_000, MINUTES: 10_000, HOURS: 5_000}
"""The number of rows that are read together: an hour or so of points of a few signals, or a month of hours of a few
signals."""
_KNOWN_FILES = 4_096
_CODED_TEXTS = (["machine", "field", "text"], ["machine", "field", "text", "quality"])
_CODED = ["machine", "field", "number", "text", "quality", "line", "min", "max", "points", "seconds"]


def encoded(table: Table, *, kind: str = POINTS, has_notes: bool = False) -> Any:
    """A Parquet file in memory; ``has_notes``: whether the table's metadata are stored too."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        row_group_size=ROW_GROUP[kind],
        use_dictionary=[name for name in _CODED if name in table.column_names],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
        store_schema=has_notes,
        write_page_checksum=True,
    )
    return sink.getvalue()


def write_durably(path: Path, content: Any) -> None:
    """Writes a file so that it is complete on the disk or does not exist. Raises `OSError`."""
    temporary = path.with_suffix(".writing")
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True, slots=True)
class Group:
    """The least and the greatest machine and field of a row group. Rows are sorted by machine, then field."""

    machines: tuple[str, str]
    fields: tuple[str, str]

    def may_hold(self, machine: str, field: str) -> bool:
        return self.machines[0] <= machine <= self.machines[1] and self.fields[0] <= field <= self.fields[1]


@dataclass(frozen=True, slots=True)
class Opened:
    """``file`` is a `pyarrow.parquet.ParquetFile`; ``groups`` what each of its row groups holds."""

    file: Any
    groups: list[Group]

    def groups_with(self, signals: Iterable[Signal]) -> list[int]:
        """The row groups that may hold one of these."""
        wanted = [(each.machine, each.field) for each in signals]
        return [
            number
            for number, group in enumerate(self.groups)
            if any(group.may_hold(machine, field) for machine, field in wanted)
        ]


class Store:
    """``where`` is a directory or a URL. Raises `ConfigError` for a URL that no library of ours can open."""

    def __init__(self, where: str) -> None:
        self.is_local = "://" not in where
        if self.is_local:
            self._root = str(Path(where).absolute())
            Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._files: Any = fs.LocalFileSystem()
        else:
            try:
                self._files, self._root = fs.FileSystem.from_uri(where)
            except (pa.ArrowInvalid, OSError, ValueError) as error:
                raise ConfigError(
                    sentence(
                        "words-no-history-can-be-kept-at",
                        "no history can be kept at {where}: {why}",
                        where=where,
                        why=error,
                    )
                ) from error
        self._known: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def names(self) -> list[Name]:
        """Every file of the history."""
        return [name for path in self.paths_below("") if (name := read_name(path)) is not None]

    def put(self, name: Name, table: Table) -> None:
        """Raises `StorageError`."""
        self.put_bytes(name.path, encoded(table, kind=name.folder.kind))
        with self._lock:
            self._known.pop(name.path, None)

    def remove(self, name: Name) -> None:
        with self._lock:
            self._known.pop(name.path, None)
        self.remove_path(name.path)

    # Files that are not of points; paths are below the history's root

    def put_bytes(self, path: str, content: Any) -> None:
        """Raises `StorageError`."""
        with _as_storage_error(sentence("words-to-write", "write {path}", path=path)):
            if self.is_local:
                place = Path(self._root) / path
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_durably(place, content)
            else:
                with self._files.open_output_stream(f"{self._root}/{path}") as file:
                    file.write(content)

    def bytes_at(self, path: str) -> bytes | None:
        """None if there is no such file. Raises `StorageError`."""
        with _as_storage_error(sentence("words-to-read", "read {path}", path=path)):
            try:
                with self._files.open_input_stream(f"{self._root}/{path}") as file:
                    content: bytes = file.read()
            except FileNotFoundError:
                return None
        return content

    def paths_below(self, folder: str) -> list[str]:
        """Raises `StorageError`."""
        chosen = fs.FileSelector(f"{self._root}/{folder}", recursive=True, allow_not_found=True)
        with _as_storage_error(sentence("words-to-list", "list {path}", path=folder)):
            found = self._files.get_file_info(chosen)
        return [info.path.removeprefix(self._root).lstrip("/") for info in found if info.is_file]

    def remove_path(self, path: str) -> None:
        """Raises `StorageError`."""
        with (
            _as_storage_error(sentence("words-to-remove", "remove {path}", path=path)),
            suppress(FileNotFoundError),
        ):
            self._files.delete_file(f"{self._root}/{path}")

    def open(self, name: Name) -> Opened:
        """A file to read. Its description is cached, because a file never changes. Raises `FileNotFoundError`."""
        path = f"{self._root}/{name.path}"
        with self._lock:
            known = self._known.get(name.path)
        source = pa.memory_map(path) if self.is_local else self._files.open_input_file(path)
        file = pq.ParquetFile(
            source,
            metadata=known[0] if known else None,
            read_dictionary=_CODED_TEXTS[name.folder.kind == POINTS],
        )
        if known is None:
            known = file.metadata, _groups(file.metadata)
            with self._lock:
                self._known[name.path] = known
                if len(self._known) > _KNOWN_FILES:
                    self._known.popitem(last=False)
        return Opened(file, known[1])

    def read(self, name: Name) -> Table:
        with self.open(name).file as file:
            return file.read(use_threads=False)


def _groups(metadata: Any) -> list[Group]:
    machine, field = (metadata.schema.names.index(name) for name in ("machine", "field"))
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    return [Group(_range(group.column(machine)), _range(group.column(field))) for group in groups]


def _range(column: Any) -> tuple[str, str]:
    return column.statistics.min, column.statistics.max


class _as_storage_error:  # noqa: N801  # reads as a statement
    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError | pa.ArrowException):
            raise StorageError(
                sentence("words-cannot", "cannot {what}: {why}", what=self._what, why=error)
            ) from error
