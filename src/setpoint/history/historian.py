"""The server's side of the historian: hands it points, asks it questions, and restarts it when it ends.

Nothing here waits for a disk. Points that the process does not accept in time are dropped, counted, and recorded as a
gap (HIST-5).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import random

import structlog

from setpoint.contract.http.problems import ProblemCode
from setpoint.core.history import HistoryQuery, Points, Recorder, Signal
from setpoint.core.link import wait_ms
from setpoint.core.plant import Plant
from setpoint.core.shifts import ShiftQuestion
from setpoint.errors import RequestError, StorageError
from setpoint.history.messages import (
    Answer,
    Ask,
    AskShift,
    Begin,
    Down,
    Failure,
    Figures,
    Keep,
    Lost,
    Past,
    Record,
    Up,
    frame,
    length,
    read_up,
)
from setpoint.message import sentence

MAX_WAITING_BYTES = 64 * 1024 * 1024
ANSWER_WITHIN_S = 10.0
MAX_PENDING = 16
"""The number of questions at a time; one more is refused."""
STOP_WITHIN_S = 10.0
RESERVE_BYTES = 256 * 1024 * 1024
"""The space that stays free on the disk of the data directory: history stops before commits have to."""

log = structlog.get_logger("setpoint.history")


class Historian:
    """``where`` is a directory or a URL of an object store; ``tail`` a directory of this computer."""

    def __init__(self, where: str, tail: Path, *, reserve: int = RESERVE_BYTES) -> None:
        self._command = [
            sys.executable,
            "-m",
            "setpoint.history.worker",
            where,
            str(tail),
            "--reserve",
            str(reserve),
        ]
        self._where = where
        self._recorder: Recorder | None = None
        self._keep_days: dict[str, int] = {}
        self._default_days: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._is_recording = False
        self._running: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._numbers = count(1)
        self._pending: dict[int, asyncio.Future[Up]] = {}
        self._first = asyncio.Event()
        self.figures = Figures()
        self.dropped = 0
        """Points that the process did not accept."""

    @property
    def reason(self) -> str:
        """Why nothing is recorded; empty while it is. For people, without the path of the files."""
        if self._process is None:
            return "the historian's process has ended and starts again; see the log"
        return self.figures.reason or ("" if self._is_recording else "points were dropped")

    async def start(self) -> None:
        """Starts the process; points that are recorded while it loads wait for it."""
        await self._spawn()
        self._running = asyncio.create_task(self._run(), name="history")

    async def is_empty(self, *, within_s: float = 15.0) -> bool:
        """Whether nothing was recorded before. Raises `StorageError` if the process does not come up."""
        try:
            async with asyncio.timeout(within_s):
                await self._first.wait()
        except TimeoutError as error:
            raise StorageError(
                sentence(
                    "words-history-at-cannot-be-opened-see",
                    "the history at {where} cannot be opened; see the log",
                    where=self._where,
                )
            ) from error
        return self.figures.is_empty

    def record(self, recorder: Recorder, plant: Plant, ts: float) -> None:
        """From now on this recorder's points are kept."""
        self._recorder = recorder
        self._keep_days = {
            field.name: field.history.keep_days
            for field in plant.fields
            if field.history.keep_days is not None
        }
        self._begin(ts)

    def keep(self, days: int | None) -> None:
        """How many days points are kept if the plant file says nothing of their field; None keeps them for ever."""
        self._default_days = days
        self._send(Keep(days))

    def _begin(self, ts: float) -> None:
        """Begins to record everything again."""
        self._send(Keep(self._default_days))
        if self._recorder is not None:
            self._recorder.restart()
            self._is_recording = self._send(Begin(ts, self._recorder.signals, self._keep_days))

    def sample(self, now_ms: int, ts: float) -> None:
        """Hands over new points; call it four times a second."""
        if self._recorder is None:
            return
        points = self._recorder.sample(now_ms, ts)
        if not self._is_recording:
            self.dropped += len(points)
            if self._process is not None and self._waiting() == 0:
                log.info("history_goes_on", dropped=self.dropped)
                self._begin(ts)
            return
        if not self._send(Record(ts, points)):
            self._is_recording = False
            self.dropped += len(points)
            log.error("history_dropped", points=len(points), remedy="see the disk that it is written to")

    def _waiting(self) -> int:
        process = self._process
        if process is None or process.stdin is None:
            return 0
        return process.stdin.transport.get_write_buffer_size()

    def _send(self, message: Down) -> bool:
        """Sends a message to the process. False if the process does not accept it."""
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return False
        if self._waiting() > MAX_WAITING_BYTES:
            return False
        process.stdin.write(frame(message))
        return True

    # Questions

    def _refuse_many(self) -> None:
        if len(self._pending) >= MAX_PENDING:
            raise RequestError(
                "the history has many questions to answer; ask again in a moment",
                code=ProblemCode.TOO_MANY_READS,
                detail={"retryAfterMs": 1_000},
            )

    async def ask(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes = b"[]"
    ) -> tuple[bytes, str]:
        """The answer and its media type. Raises `RequestError`, or `StorageError` if there is none in time."""
        self._refuse_many()
        number = next(self._numbers)
        return await self._answer_of(number, Ask(number, query, form, units, changes))

    async def ask_shift(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        """A shift's report and its media type. Raises as `ask`."""
        self._refuse_many()
        number = next(self._numbers)
        return await self._answer_of(number, AskShift(number, question, form))

    async def _answer_of(self, number: int, message: Ask | AskShift) -> tuple[bytes, str]:
        match await self._answered(number, message, ANSWER_WITHIN_S):
            case Answer(_, body, media_type):
                return body, media_type
            case Failure(_, why, is_too_large) if is_too_large:
                raise RequestError(why, code=ProblemCode.HISTORY_TOO_LARGE)
            case Failure(_, why):
                raise StorageError(why)
            case _:
                raise StorageError(
                    sentence(
                        "words-historian-gave-another-answer-see-log",
                        "the historian gave another answer; see the log",
                    )
                )

    def past(self, signals: Sequence[Signal], points: Points) -> None:
        """Stores points of a generated past, for the demo. Later points and questions wait for them."""
        if not self._send(Past(tuple(signals), points)):
            log.error("history_past_lost", points=len(points))

    async def _answered(self, number: int, message: Ask | AskShift, within_s: float) -> Up:
        answer: asyncio.Future[Up] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            if not self._send(message):
                raise StorageError(
                    sentence(
                        "words-historian-does-not-take-questions-now",
                        "the historian does not take questions now; ask again in a moment",
                    )
                )
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError as error:
            raise StorageError(
                sentence(
                    "words-history-gave-no-answer-within-s",
                    "the history gave no answer within {withins} s; ask for less, or again in a moment",
                    withins=format(within_s, "g"),
                )
            ) from error
        finally:
            del self._pending[number]

    # The process

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )

    async def _run(self) -> None:
        """Reads the process's messages; restarts it when it ends, until `stop`."""
        for attempt in count():
            assert self._process is not None
            process = self._process
            await self._listen(process)
            code = await process.wait()
            self._process, self._is_recording = None, False
            for each in self._pending.values():
                if not each.done():
                    each.set_result(Failure(0, "the historian ended; ask again in a moment"))
            if self._is_stopping:
                return
            log.error("history_ended", code=code, remedy="it starts again; what is on the disk is kept")
            await asyncio.sleep(wait_ms(attempt, random()) / 1000)
            await self._spawn()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = length(await process.stdout.readexactly(4))
                self._received(read_up(await process.stdout.readexactly(size)))

    def _received(self, message: Up) -> None:
        match message:
            case Figures():
                if message.reason != self.figures.reason:
                    say = log.error if message.reason else log.info
                    say("history_stopped" if message.reason else "history_recovered", reason=message.reason)
                self.figures = message
                self._first.set()
            case Lost():
                self._is_recording = False  # the next sample records everything again
            case Answer(number) | Failure(number):
                if (found := self._pending.get(number)) is not None and not found.done():
                    found.set_result(message)

    async def stop(self) -> None:
        """Lets the process write its last points, for a bounded time."""
        self._is_stopping = True
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                async with asyncio.timeout(STOP_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                log.error("history_not_ended", remedy="it is ended by force; what is in its tail is kept")
                with suppress(ProcessLookupError):
                    process.kill()
        if self._running is not None:
            if process is None:
                self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
