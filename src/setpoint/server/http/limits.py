"""Enforces the limits of accounts (`setpoint.core.limits`), and lets readers, files and acts in a few at a time.

Lists, exports and files use separate database connections. Readers wait here for their turn, and each account gets only
a few places, so that 150 readers do not delay a commit. Accounts take turns: however much one of them asks for, others
wait only for what is under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from setpoint import clock
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.limits import (
    DEFAULT_LIMITS,
    FREE_BYTES,
    Allowance,
    PersonLimits,
    Quota,
    Rate,
    TokenBuckets,
    batch_cost,
)
from setpoint.errors import RequestError
from setpoint.message import Args
from setpoint.server.http.turns import FairTurns

READERS = 2
"""The number of readers at a time, one for each database connection (`setpoint.persistence.database`)."""
MAX_WAITING = 200
"""The most reads of one account at once, including those that wait. One more is refused."""
BATCH_RATE = Rate(burst=600, per_s=20)
"""The rate of batches of one account. People at a board never reach it. A program in a loop gets the time to wait, and
loses nothing: it may send the same txId again (CMD-2)."""
BODY_RATE = Rate(burst=32 * 1024 * 1024, per_s=512 * 1024)
"""The rate in bytes of the bodies of one account's batches. To read them takes the processor from everybody else, also
where they are refused. All the targets that an account may give in an hour are a few MB."""
ACT_RATE = Rate(burst=600, per_s=1)
"""The rate of one account's acts on alarms and events. Each act is stored; a long note counts as several. A
shift that acknowledges a flood stays far below it; a program in a loop makes the database grow by a few MB in an hour.
"""
EXPORTERS = 2
MAX_EXPORTS = 10
"""Exports of one account at a time: one is made, the others wait."""
MAX_FILES = 20
"""Workbooks of one account on their way at a time: some arrive, the others wait."""
BODIES_OF_FILES = 2
"""Workbooks of one account that arrive at a time. Each is up to 20 MB in memory."""
_KNOWN_FOR_MS = 5_000
_MAX_KNOWN = 10_000

Ask = Callable[[str], Awaitable[PersonLimits]]


class Limits:
    """``ask`` returns an account's limits. Without it, only reads and the rate of batches are bounded (the demo)."""

    def __init__(self, ask: Ask | None = None) -> None:
        self._ask = ask
        self._known: dict[str, tuple[PersonLimits, int]] = {}
        self._allowance = Allowance()
        self._batches = TokenBuckets()
        self._bodies = TokenBuckets()
        self._acts = TokenBuckets()
        self._turns = FairTurns(READERS)
        self._places: dict[str, asyncio.Semaphore] = {}
        self._reading = Quota(MAX_WAITING)
        self._export_turns = FairTurns(EXPORTERS, each=1)
        self._exporting = Quota(MAX_EXPORTS)
        self._arriving = FairTurns(each=BODIES_OF_FILES)
        self._files = Quota(MAX_FILES)
        self._keeping = FairTurns(1)
        self._acting = FairTurns(1)

    async def of(self, account: str) -> PersonLimits:
        if self._ask is None:
            return DEFAULT_LIMITS
        now_ms = clock.now_ms()
        found, since_ms = self._known.get(account, (None, 0))
        if found is None or now_ms - since_ms > _KNOWN_FOR_MS:
            found = await self._ask(account)
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[account] = found, now_ms
        return found

    def take_batch(self, account: str, name: str) -> None:
        """Counts a batch of this account. Raises `RequestError` 429, for the person called ``name``, above a rate that
        a server with many people can handle."""
        _refuse_pace(name, self._batches.wait_ms(account, BATCH_RATE, clock.now_ms()))

    def take_body(self, account: str, name: str, size: int) -> None:
        """Counts a part of a batch's body of this account. Raises `RequestError` 429 like `take_batch`."""
        _refuse_pace(name, self._bodies.wait_ms(account, BODY_RATE, clock.now_ms(), cost=size))

    def take_act(self, account: str, note: str = "") -> None:
        """Counts an act on an alarm or an event. Raises `RequestError` 429 for too many."""
        cost = 1 + len(note.encode()) // FREE_BYTES
        wait_ms = self._acts.wait_ms(account, ACT_RATE, clock.now_ms(), cost=cost)
        if wait_ms:
            raise RequestError(
                f"{account} acts on alarms and events too fast; do this again in {wait_ms} ms",
                code=ProblemCode.TOO_MANY_ENTRIES,
                detail={"retryAfterMs": wait_ms},
            )

    async def take_targets(self, account: str, count: int, size: int) -> None:
        """Counts the targets of a request of ``size`` bytes.

        Raises `RequestError` 429 for more than the account's limits allow.
        """
        if self._ask is None:
            return
        limits = await self.of(account)
        wait_ms = self._allowance.wait_ms(account, batch_cost(count, size), limits, clock.now_ms())
        if wait_ms == 0:
            return
        numbers: Args = {"most": limits.targets_at_once, "more": limits.targets_an_hour}
        rule = f"{account} may give {limits.targets_at_once} targets at once and {limits.targets_an_hour} more an hour"
        if wait_ms is None:
            raise RequestError(
                f"{rule}; this batch has {count}: split it, or have an administrator raise the limit",
                code=ProblemCode.TOO_MANY_TARGETS,
                arguments=numbers,
            )
        raise RequestError(
            f"{rule}; send this batch again, with its txId, in {-(-wait_ms // 60_000)} min, or have an administrator "
            "raise the limit",
            code=ProblemCode.TOO_MANY_TARGETS,
            detail={"retryAfterMs": wait_ms},
            arguments=numbers,
        )

    @asynccontextmanager
    async def reading(self, account: str) -> AsyncIterator[None]:
        """A place among the readers. Raises `RequestError` 429 if the account has too many waiting already."""
        most = (await self.of(account)).reads_at_once
        try:
            with _place(self._reading, account, "reads waiting"):
                places = self._places.setdefault(account, asyncio.Semaphore(most))
                async with places, self._turns.of(account):
                    yield
        finally:
            if account not in self._reading:
                self._places.pop(account, None)

    @asynccontextmanager
    async def exporting(self, account: str) -> AsyncIterator[None]:
        """A turn for an export, which takes a processor and memory: one for an account, two in all. Raises
        `RequestError` 429 if the account has too many waiting already."""
        with _place(self._exporting, account, "exports waiting"):
            async with self._export_turns.of(account):
                yield

    @asynccontextmanager
    async def receiving(self, account: str) -> AsyncIterator[None]:
        """A place for the body of a workbook; an account has only a few. Take it before the body is read. Raises
        `RequestError` 429 if the account has too many waiting already."""
        with _place(self._files, account, "workbooks on their way"):
            async with self._arriving.of(account):
                yield

    def keeping(self, account: str, size: int) -> AbstractAsyncContextManager[None]:
        """The turn of a workbook of ``size`` bytes to be stored: one at a time, because there is one writer."""
        return self._keeping.of(account, 1 + size)

    def acting(self, account: str) -> AbstractAsyncContextManager[None]:
        """The turn of an act on an alarm or an event: one at a time, because there is one writer."""
        return self._acting.of(account)


@contextmanager
def _place(quota: Quota, account: str, what: str) -> Iterator[None]:
    """Counts one more for the account, for the time of the block. Raises `RequestError` 429 if it has too many."""
    if quota.is_full(account):
        raise RequestError(
            f"{account} has {quota.limit} {what} already; wait for some of them",
            code=ProblemCode.TOO_MANY_READS,
            arguments={"most": quota.limit},
            detail={"retryAfterMs": 1_000},
        )
    quota.take(account)
    try:
        yield
    finally:
        quota.give_back(account)


def _refuse_pace(name: str, wait_ms: int | None) -> None:
    if wait_ms:
        raise RequestError(
            f"{name} gives batches too fast; send this one again, with its txId, in {wait_ms} ms",
            code=ProblemCode.TOO_MANY_BATCHES,
            detail={"retryAfterMs": wait_ms},
            arguments={"seconds": -(-wait_ms // 1000)},
        )
