"""The historian's process: frames from the server in, files out, and answers back.

The main thread takes points and makes them durable within a second. Files are merged in a thread of its own, and
questions are answered in two more: none of them keeps points waiting. If the server is gone, the process writes the
last points and ends. It ignores signals: only the end of its input ends it.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from setpoint.errors import RequestError, SetpointError, StorageError
from setpoint.history.formats import MEDIA_TYPES, formatted
from setpoint.history.layout import day_of
from setpoint.history.messages import (
    Answer,
    Ask,
    AskShift,
    Begin,
    Failure,
    Figures,
    Keep,
    Lost,
    Past,
    Record,
    Up,
    frame,
    length,
    read_down,
)
from setpoint.history.reader import Reader
from setpoint.history.shift_formats import shift_formatted
from setpoint.history.shift_sums import ShiftSums
from setpoint.history.shifts import ShiftReports
from setpoint.history.store import Store
from setpoint.history.writer import Writer

FLUSH_EVERY_S = 0.9
TRY_AGAIN_AFTER_S = 5.0
REPORT_EVERY_S = 5.0
MAX_IN_MEMORY = 5_000_000
"""The number of points that may wait while files cannot be written."""
READERS = 2


class Worker:
    """``reserve`` bytes stay free on the tail's disk, so that history stops before commits have to. ``disk`` returns
    how many are free."""

    def __init__(
        self,
        where: str,
        tail: Path,
        reserve: int,
        out: BinaryIO,
        *,
        disk: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        tail.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tail, self._reserve, self._disk = tail, reserve, disk
        self._out, self._out_lock = out, Lock()
        self._store = Store(where)
        self._writer = Writer(self._store, tail)
        self._reader = Reader(self._store, self._writer)
        self._shifts = ShiftReports(self._reader, ShiftSums(self._store))
        self._writer.rewrites = self._shifts.forget
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._files = ThreadPoolExecutor(1, "files")
        self._compacting: Future[None] | None = None
        self._compact_after = self._report_after = self._flushed = self._try_after = 0.0
        self._kept_on = ""
        self._reason = self._files_reason = ""
        self._dropped = self._points = 0

    def run(self, source: BinaryIO) -> None:
        """Runs until the source ends."""
        self._say(self._figures(is_empty=not self._writer.stored()))
        while prefix := source.read(4):
            body = source.read(length(prefix))
            match read_down(body):
                case Begin() as begin:
                    self._begin(begin)
                case Record() as record:
                    self._record(record)
                case Ask() | AskShift() as ask:
                    self._readers.submit(self._answer, ask)
                case Keep(days):
                    self._writer.default_days, self._kept_on = days, ""
                case Past() as past:
                    self._past(past)
        self._readers.shutdown(cancel_futures=True)
        self._files.shutdown()
        self._end()

    def _end(self) -> None:
        try:
            self._writer.end()
        except (OSError, StorageError) as error:
            print(f"the history's end could not be written: {error}", file=sys.stderr)

    # Points

    def _begin(self, begin: Begin) -> None:
        try:
            self._writer.begin(begin.signals, round(begin.ts * 1000), begin.keep_days)
        except (OSError, StorageError) as error:
            self._stop(str(error))

    def _record(self, record: Record) -> None:
        now = time.monotonic()
        if self._reason:
            self._dropped += len(record.points)
            if now >= self._try_after:
                self._try_again(now)
        else:
            self._writer.add(record.points, round(record.ts * 1000))
            self._points += len(record.points)
            if now - self._flushed >= FLUSH_EVERY_S:
                self._flushed = now
                self._flush()
            self._compact_if_due(now, record.ts)
        if now >= self._report_after:
            self._report_after = now + REPORT_EVERY_S
            self._say(self._figures())

    def _past(self, past: Past) -> None:
        try:
            self._writer.past(past.points, past.signals)
        except (OSError, StorageError) as error:
            print(f"the past could not be written: {error}", file=sys.stderr)

    def _flush(self) -> None:
        try:
            self._check_space()
            self._writer.flush()
        except OSError as error:
            self._stop(error.strerror or str(error))

    def _check_space(self) -> None:
        free = self._disk(self._tail)
        if free < self._reserve:
            raise OSError(
                0, f"the disk has {free:,} bytes free, and {self._reserve:,} are kept for what people change"
            )
        if self._writer.points_in_memory > MAX_IN_MEMORY:
            raise OSError(0, f"its files cannot be written: {self._files_reason}")

    def _stop(self, reason: str) -> None:
        self._dropped += self._writer.drop()
        self._reason = reason
        self._try_after = time.monotonic() + TRY_AGAIN_AFTER_S
        self._say(self._figures())

    def _try_again(self, now: float) -> None:
        """Recording starts again once there is room; the worker asks the server to send everything."""
        self._try_after = now + TRY_AGAIN_AFTER_S
        try:
            self._check_space()
            self._writer.end()
        except (OSError, StorageError) as error:
            self._reason = getattr(error, "strerror", None) or str(error)
            return
        self._reason = ""
        self._say(Lost())
        self._say(self._figures())

    # Files

    def _compact_if_due(self, now: float, ts: float) -> None:
        is_busy = self._compacting is not None and not self._compacting.done()
        if not is_busy and self._writer.is_due and now >= self._compact_after:
            self._compacting = self._files.submit(self._compact, day_of(round(ts * 1000)))

    def _compact(self, today: str) -> None:
        try:
            self._writer.compact()
            self._files_reason = ""
            if self._kept_on != today:
                self._writer.keep(today)
                self._kept_on = today
        except (OSError, StorageError) as error:
            self._files_reason = str(error)
            self._compact_after = time.monotonic() + 60.0
            print(f"the history's files could not be written: {error}", file=sys.stderr)
        except Exception:
            self._files_reason = "an unexpected error; see the log"
            self._compact_after = time.monotonic() + 60.0
            traceback.print_exc()

    # Answers

    def _answer(self, ask: Ask | AskShift) -> None:
        try:
            if isinstance(ask, AskShift):
                report = self._shifts.report(ask.question, time.time())
                body = shift_formatted(report, ask.format, ask.question)
            else:
                body = formatted(self._reader.answer(ask.query), ask.format, ask.units, ask.changes)
            answer: Up = Answer(ask.number, body, MEDIA_TYPES[ask.format])
        except RequestError as error:
            answer = Failure(ask.number, error.message, is_too_large=True)
        except (OSError, SetpointError) as error:
            answer = Failure(ask.number, f"the history cannot be read: {error}")
        except Exception:
            traceback.print_exc()
            answer = Failure(ask.number, "reading the history failed; see the server's log")
        self._say(answer)

    def _figures(self, *, is_empty: bool = False) -> Figures:
        files = sum(map(len, self._writer.stored().values()))
        return Figures(
            self._disk(self._tail),
            self._points,
            files,
            self._dropped,
            self._reason or self._files_reason,
            is_empty,
        )

    def _say(self, message: Up) -> None:
        try:
            with self._out_lock:
                self._out.write(frame(message))
                self._out.flush()
        except BrokenPipeError:
            pass  # the server is gone; the end of the input says so too


def main() -> None:
    arguments = argparse.ArgumentParser(prog="setpoint-history")
    arguments.add_argument("where")
    arguments.add_argument("tail", type=Path)
    arguments.add_argument("--reserve", type=int, default=0)
    options = arguments.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        worker = Worker(options.where, options.tail, options.reserve, sys.stdout.buffer)
    except SetpointError as error:
        sys.exit(error.message)
    worker.run(sys.stdin.buffer)


if __name__ == "__main__":
    main()
