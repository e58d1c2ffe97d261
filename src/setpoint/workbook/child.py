"""The process that opens a workbook and may die of it: one job on standard input, frames on standard output.

    in    the length of a job as 4 bytes, the job as MessagePack, then the file's bytes to the end
    out   frames, each with its length as 4 bytes: progress while rows are validated, at last the result or refusal

Only what was made of the cells crosses, never the cells. Memory is bounded by the operating system, so that a file
that asks for too much kills this process and nothing else. Started by `setpoint.workbook.process`.
"""

from __future__ import annotations

import gc
import sys
from typing import BinaryIO, TypeAlias

import msgspec

from setpoint.core.ingest import Form, Ingested, Progress, ingest
from setpoint.core.plant import Field
from setpoint.errors import WorkbookError
from setpoint.workbook.limits import MAX_MEMORY_BYTES
from setpoint.workbook.read import read_sheets


class Job(msgspec.Struct, frozen=True):
    """What the reader has to know of a plant: a `Form`, and the batch's txId."""

    tx_id: str
    machines: list[str]
    writable: tuple[Field, ...]
    id_column: str
    id_aliases: tuple[str, ...]

    @classmethod
    def of(cls, plant: Form, tx_id: str) -> Job:
        return cls(tx_id, list(plant.machines), plant.writable, plant.id_column, plant.id_aliases)


class Validating(msgspec.Struct, frozen=True, tag="progress"):
    progress: Progress


class Done(msgspec.Struct, frozen=True, tag="done"):
    ingested: Ingested


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    code: str
    message: str


Frame: TypeAlias = Validating | Done | Refused


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Does the one job of this process."""
    _bound_memory()
    # The cells of a sheet are many small containers that all live to the end: nothing is there to collect.
    gc.disable()
    job = msgspec.msgpack.decode(source.read(int.from_bytes(source.read(4), "big")), type=Job)
    try:
        sheets = read_sheets(source.read())
        steps = ingest(sheets, job, job.tx_id)
        while True:
            try:
                _send(sink, Validating(next(steps)))
            except StopIteration as end:
                _send(sink, Done(end.value))
                return
    except WorkbookError as refusal:
        _send(sink, Refused(refusal.code, refusal.message))


def _send(sink: BinaryIO, frame: Frame) -> None:
    encoded = msgspec.msgpack.encode(frame)
    sink.write(len(encoded).to_bytes(4, "big") + encoded)
    sink.flush()


def _bound_memory() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # there is none on Windows

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
