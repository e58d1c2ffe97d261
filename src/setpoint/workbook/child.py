"""The separate process that opens a workbook: one job on standard input, frames on standard output.

    in    the length of a job as 4 bytes, the job as MessagePack, then the file's bytes to the end
    out   frames, each with its length as 4 bytes: progress while rows are validated, at last the result or refusal

It sends only the result, never the cells. The operating system limits its memory and processor time, so that a file
that needs too much ends this process and nothing else. `setpoint.workbook.process` starts it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import BinaryIO, NoReturn, TypeAlias

import msgspec

from setpoint.contract.values import Value
from setpoint.core.ingest import Form, Gathered, Progress, Sheet, gather
from setpoint.core.ingest.header import foreign_names
from setpoint.core.plant import Field
from setpoint.errors import WorkbookError
from setpoint.message import Args
from setpoint.workbook.limits import MAX_CPU_S, MAX_MEMORY_BYTES, damaged
from setpoint.workbook.row_outcome import RowOutcome


class PlantForm(msgspec.Struct, frozen=True):
    """A `Form` that can be sent: what the reader must know about a plant."""

    machines: list[str]
    writable: tuple[Field, ...]
    id_column: str
    id_aliases: tuple[str, ...]

    @classmethod
    def of(cls, plant: Form) -> PlantForm:
        return cls(list(plant.machines), plant.writable, plant.id_column, plant.id_aliases)


class Ingest(msgspec.Struct, frozen=True, tag="ingest"):
    """Read the file into a batch."""

    form: PlantForm
    tx_id: str
    sheet: str | None = None
    encoding: str | None = None


class Annotate(msgspec.Struct, frozen=True, tag="annotate"):
    """Annotate the file with the outcomes of its rows; each outcome has the fields of `RowOutcome`."""

    form: PlantForm
    outcomes: list[tuple[str, str, str, str, Value, Value, str, str]]
    sheet: str | None = None
    encoding: str | None = None
    is_own: bool = True
    language: str = "en"


Job: TypeAlias = Ingest | Annotate


class Validating(msgspec.Struct, frozen=True, tag="progress"):
    progress: Progress


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The result, still in columns, which cost a tenth of as many small objects."""

    gathered: Gathered


class Annotated(msgspec.Struct, frozen=True, tag="annotated"):
    workbook: bytes


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    code: str
    message: str
    arguments: Args = {}


Frame: TypeAlias = Validating | Done | Annotated | Refused


def serve(source: BinaryIO, sink: BinaryIO) -> NoReturn:
    """Does the one job of this process, and ends it."""
    _bound()
    # The cells of a sheet are many small containers that all live to the end, so there is no garbage to collect.
    gc.disable()
    from setpoint.workbook.read import read_sheets  # noqa: PLC0415  # only this process reads

    job: Job = msgspec.msgpack.decode(source.read(int.from_bytes(source.read(4), "big")), type=Job)
    try:
        match job:
            case Ingest():
                sheets = read_sheets(source.read(), foreign_names(job.form), job.encoding)
                _ingest(job, sheets, sink)
            case Annotate():
                _annotate(job, source.read(), sink)
    except WorkbookError as refusal:
        _end(sink, Refused(refusal.code, refusal.message, refusal.arguments))
    except Exception as error:
        # Nobody knows whether the file or the reader is wrong.
        _end(sink, Refused("reader_died", reader_failed(error)))
    except BaseException:
        # Readers panic over damaged files, and a panic is not an `Exception`. The process cannot continue after that:
        # it reports the failure and ends.
        gave_up = damaged("its records are not what they should be")
        _end(sink, Refused(gave_up.code, gave_up.message, gave_up.arguments))


def reader_failed(error: Exception) -> str:
    """The refusal of a file on which the reader failed in an unforeseen way."""
    why = f"{type(error).__name__}: {error}".removesuffix(": ")[:200]
    return f"The file cannot be read: its reader failed ({why}). Save it again as xlsx."


def _ingest(job: Ingest, sheets: Sequence[Sheet], sink: BinaryIO) -> NoReturn:
    steps = gather(sheets, job.form, job.tx_id, job.sheet)
    while True:
        try:
            _send(sink, Validating(next(steps)))
        except StopIteration as end:
            _end(sink, Done(end.value))


def _annotate(job: Annotate, data: bytes, sink: BinaryIO) -> NoReturn:
    # Only here, so that reading never waits for openpyxl to load. openpyxl loads NumPy if it is there, which takes
    # longer than annotating 1,000 rows. No cell holds a NumPy number here.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]  # Python's own mark of a module that cannot be imported
    from setpoint.workbook.annotate import annotate  # noqa: PLC0415  # only this process writes

    outcomes = (RowOutcome(*each) for each in job.outcomes)
    copy = annotate(
        data,
        job.form,
        outcomes,
        wanted=job.sheet,
        encoding=job.encoding,
        is_own=job.is_own,
        language=job.language,
    )
    _end(sink, Annotated(copy))


def _send(sink: BinaryIO, frame: Frame) -> None:
    encoded = msgspec.msgpack.encode(frame)
    sink.write(len(encoded).to_bytes(4, "big") + encoded)
    sink.flush()


def _end(sink: BinaryIO, answer: Frame) -> NoReturn:
    """Sends the last frame and ends the process. So a hundred thousand rows need not be freed one by one."""
    _send(sink, answer)
    os._exit(0)


def _bound() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # there is none on Windows

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
