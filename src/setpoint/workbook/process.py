"""Opens a workbook in a separate process, so that a bad file can only crash that process (XL-7, XL-8).

A `Reader` does one job. It can be started early, while the caller waits for something else. It is a fork of this
process if that is safe, and a new Python otherwise; both run `setpoint.workbook.child`.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Self

import msgspec

from setpoint.core.ingest import Form, Ingested, Progress
from setpoint.errors import WorkbookError
from setpoint.texts import ENGLISH
from setpoint.workbook.child import (
    Annotate,
    Annotated,
    Done,
    Frame,
    Ingest,
    Job,
    PlantForm,
    Refused,
    Validating,
    serve,
)
from setpoint.workbook.fork import Fork
from setpoint.workbook.limits import MAX_READ_S, check_size, too_slow

if TYPE_CHECKING:
    from setpoint.workbook.row_outcome import RowOutcome

READER = [sys.executable, "-m", "setpoint.workbook.child"]
_POLL_S = 0.1
_READ_BYTES = 1 << 16  # a pipe holds no more


class Cancelled(Exception):  # noqa: N818  # not an error: somebody asked for it
    """The person cancelled. Nothing of the file is left."""


def ingest_file(
    data: bytes,
    plant: Form,
    tx_id: str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Ingested:
    """Reads a workbook, or the chosen sheet of it. ``encoding`` is the person's choice for a csv file. Blocks; an event
    loop calls it in a thread.

    Raises `WorkbookError` if the file is refused, kills its reader, or takes more than 30 s of a processor, and
    `Cancelled` soon after ``is_cancelled`` says so.
    """
    check_size(len(data))
    with Reader() as reader:
        return reader.ingest(
            data,
            plant,
            tx_id,
            sheet=sheet,
            encoding=encoding,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
        )


def annotate_file(
    data: bytes,
    plant: Form,
    outcomes: Iterable[RowOutcome],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    is_own: bool = True,
    language: str = ENGLISH,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """The same workbook with the outcomes of its rows, as xlsx (`setpoint.workbook.annotate`).

    Blocks. ``sheet`` is the chosen one, if known; ``is_own`` says whether the copy is for the sender of the file. If
    the file cannot be read any more, the outcomes come back as a list, so that nobody is left without them after a
    commit. Raises `Cancelled`.
    """
    outcomes = list(outcomes)
    rows = [
        (
            each.machine,
            each.field,
            each.outcome,
            each.reason,
            each.before,
            each.target,
            each.confirmed_at,
            each.by,
        )
        for each in outcomes
    ]
    form = PlantForm.of(plant)
    try:
        with Reader() as reader:
            answer = reader.done(
                Annotate(form, rows, sheet, encoding, is_own, language), data, is_cancelled=is_cancelled
            )
        assert isinstance(answer, Annotated)
    except WorkbookError:
        from setpoint.workbook.annotate import listing  # noqa: PLC0415  # only if asked for

        return listing(form, outcomes, language)
    return answer.workbook


class Reader:
    """The process that opens one workbook. It loads while the caller does other work, and ends with this context."""

    def __init__(self) -> None:
        self._child = Fork(serve) if _is_alone() else _new_python()
        self._feeder: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()
        if self._feeder is not None:
            self._feeder.join()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def ingest(
        self,
        data: bytes,
        plant: Form,
        tx_id: str,
        *,
        sheet: str | None = None,
        encoding: str | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Ingested:
        """Like `ingest_file`."""
        form = PlantForm.of(plant)
        answer = self.done(
            Ingest(form, tx_id, sheet, encoding), data, on_progress=on_progress, is_cancelled=is_cancelled
        )
        assert isinstance(answer, Done)
        with _collector_off():
            return answer.gathered.ingested(form.machines)

    def done(
        self,
        job: Job,
        data: bytes,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Done | Annotated:
        """The result of its one job. Raises as `ingest_file`."""
        child, encoded = self._child, msgspec.msgpack.encode(job)
        assert child.stdin is not None
        assert child.stdout is not None
        self._feeder = threading.Thread(
            target=_feed, args=(child.stdin, len(encoded).to_bytes(4, "big") + encoded, data), daemon=True
        )
        self._feeder.start()
        return _follow(child, child.stdout, on_progress, is_cancelled)


def _is_alone() -> bool:
    """Whether forking this process is safe: with one thread, and on Linux; the libraries of macOS do not support it."""
    return sys.platform == "linux" and threading.active_count() == 1


def _new_python() -> subprocess.Popen[bytes]:
    return subprocess.Popen(READER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _feed(pipe: IO[bytes], *pieces: bytes) -> None:
    """Writes to the reader. If it has ended, writing and closing fail; `_follow` reports the reason."""
    with suppress(OSError):
        for piece in pieces:
            pipe.write(piece)
    with suppress(OSError):
        pipe.close()


def _follow(
    child: Fork | subprocess.Popen[bytes],
    pipe: IO[bytes],
    on_progress: Callable[[Progress], None],
    is_cancelled: Callable[[], bool],
) -> Done | Annotated:
    deadline = time.monotonic() + MAX_READ_S
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if is_cancelled():
                raise Cancelled
            if time.monotonic() > deadline:
                raise too_slow()
            if not selector.select(_POLL_S):
                continue
            chunk = os.read(pipe.fileno(), _READ_BYTES)
            if not chunk:
                raise _died(child.wait())
            received += chunk
            with _collector_off():
                frames = _frames(received)
            for frame in frames:
                match frame:
                    case Validating(progress):
                        on_progress(progress)
                    case Done() | Annotated():
                        return frame
                    case Refused(code, message, arguments):
                        raise WorkbookError(message, code=code, arguments=arguments)


def _frames(received: bytearray) -> list[Frame]:
    """Takes complete frames out of the received bytes."""
    frames: list[Frame] = []
    while len(received) >= 4:
        end = 4 + int.from_bytes(received[:4], "big")
        if len(received) < end:
            break
        with memoryview(received) as view:
            frames.append(msgspec.msgpack.decode(view[4:end], type=Frame))
        del received[:end]
    return frames


@contextmanager
def _collector_off() -> Iterator[None]:
    """Pauses the garbage collector. A hundred thousand rows are as many new containers, none of them garbage; the
    collector would visit them again and again, and take as long as making them."""
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()


def _died(status: int) -> WorkbookError:
    if sys.platform != "win32" and status == -signal.SIGXCPU:
        return too_slow()
    return WorkbookError(
        f"The file cannot be read: its reader ended with status {status}, most likely out of memory. Its cells lie too "
        "far apart, or it is damaged. Copy the rows into a new workbook.",
        code="reader_died",
    )
