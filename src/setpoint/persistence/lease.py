"""The lease of the plant in PostgreSQL (LEASE-*): asks the database what `setpoint.core.lease` says, on a connection of
its own, and proves the token in each writing transaction.

The token is the table's primary key. So taking the lease waits for the transactions that have proved the former token
(`FOR KEY SHARE`), and everything they wrote is there for the next owner to read; a renewal waits for nobody. The table
is made here and not by a migration, because only the owner may migrate.
"""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from setpoint import clock
from setpoint.core.lease import (
    LASTS_MS,
    Answered,
    Ask,
    Entry,
    Holding,
    Look,
    Lost,
    NotAnswered,
    Renew,
    State,
    Take,
    Waiting,
    ask,
    holds,
    next_ms,
    step,
)
from setpoint.errors import ConfigError, StorageError
from setpoint.message import sentence
from setpoint.persistence.engine import CHAIN_LOCK, cause_of, open_engine, shown, translate_errors
from setpoint.persistence.lock import Holder, in_use, this_process

TABLE = "lease"
_MAKING_LOCK = 7_378_118
_RENEW_WITHIN_S = 1.0
"""A later answer would be of no use to the owner."""
_ENTRY = "token, beat, lasts_ms, holder"
_IS_MADE = text(f"SELECT to_regclass('{TABLE}') IS NOT NULL")
_MAKE = (
    f"SELECT pg_advisory_xact_lock({_MAKING_LOCK})",
    f"CREATE TABLE IF NOT EXISTS {TABLE} (token bigint PRIMARY KEY, beat bigint NOT NULL, lasts_ms integer NOT NULL,"
    " holder text NOT NULL)",
    f"INSERT INTO {TABLE} ({_ENTRY}) SELECT 0, 0, 0, '' WHERE NOT EXISTS (SELECT FROM {TABLE})",
)
_LOOK = text(f"SELECT {_ENTRY} FROM {TABLE} ORDER BY token DESC LIMIT 1")
_TAKE = text(
    f"UPDATE {TABLE} SET token = token + 1, beat = 0, lasts_ms = :lasts_ms, holder = :holder"
    f" WHERE token = :token AND beat = :beat RETURNING {_ENTRY}"
)
_RENEW = text(f"UPDATE {TABLE} SET beat = beat + 1 WHERE token = :token RETURNING {_ENTRY}")
_GIVE_BACK = text(f"UPDATE {TABLE} SET beat = beat + 1, lasts_ms = 0 WHERE token = :token")
_PROVE = text(
    f"WITH proved AS (SELECT token FROM {TABLE} WHERE token = :token FOR KEY SHARE)"
    " SELECT pg_advisory_xact_lock(:chain), token FROM proved"
)

log = structlog.get_logger("setpoint.persistence")


class LeaseWriter:
    """A `setpoint.persistence.writer.Writer` that owns the plant as long as it renews its lease."""

    def __init__(self, url: URL, *, timeout_s: float, lasts_ms: int = LASTS_MS) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._lasts_ms = lasts_ms
        self._holder = msgspec.json.encode(this_process()).decode()
        self._engine = open_engine(url, timeout_s=timeout_s)
        self._connection: AsyncConnection | None = None
        self._state: State = Waiting()
        self._keeping: asyncio.Task[None] | None = None
        self._is_failing = False
        self._turned = asyncio.Event()
        self.replaced = asyncio.Event()

    @property
    def is_held(self) -> bool:
        return holds(self._state, clock.now_ms())

    @property
    def token(self) -> int | None:
        """The lease's token, as long as no other server has taken over."""
        return self._state.token if isinstance(self._state, Holding) else None

    async def take(self, *, wait_s: float) -> None:
        try:
            await self._take(wait_s)
        except BaseException:
            await self.release()
            raise

    async def _take(self, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + wait_s
        while self._keeping is None:
            error = await self._turn()
            match self._state:
                case Holding():
                    self._keeping = asyncio.create_task(self._keep(), name="lease")
                case Lost():
                    raise self._lost()
                case Waiting(renewals=renewals, seen=seen) if loop.time() >= give_up:
                    if error is not None:
                        raise error
                    if renewals and seen is not None:
                        raise self._in_use(seen)
            await self._until_next()

    async def begin(self, _: AsyncEngine) -> None:
        """Does nothing: the token exists already."""

    async def hold(self) -> None:
        if isinstance(self._state, Holding) and not self.is_held and not self._is_failing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RENEW_WITHIN_S):
                    await self._turned.wait()
        self.check_hold()

    def check_hold(self) -> None:
        if self.is_held:
            return
        if isinstance(self._state, Lost):
            raise self._lost()
        raise StorageError(
            sentence(
                "words-server-has-lost-its-hold-on",
                "this server has lost its hold on the database, and another may have it; it writes again "
                "when it has the hold back",
            )
        )

    async def prove(self, connection: AsyncConnection) -> None:
        token = self._state.token if isinstance(self._state, Holding) else -1
        if (await connection.execute(_PROVE, {"token": token, "chain": CHAIN_LOCK})).first() is None:
            raise self._lost()

    async def release(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None
        if isinstance(self._state, Holding):
            with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError, StorageError):
                async with asyncio.timeout(self._timeout_s):
                    await (await self._connected()).execute(_GIVE_BACK, {"token": self._state.token})
        self._state = Waiting()
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(self._timeout_s):
                if self._connection is not None:
                    await self._connection.close()
        self._connection = None
        await self._engine.dispose()

    # The lease

    async def _keep(self) -> None:
        """Renews the lease until it is lost for good."""
        was_held = True
        while not isinstance(self._state, Lost):
            await self._until_next()
            error = await self._turn()
            self._is_failing = error is not None
            self._turned.set()
            self._turned = asyncio.Event()
            if was_held is not self.is_held:
                was_held = self.is_held
                log.info("lease_renewed_again") if was_held else log.error("lease_in_doubt", error=str(error))
        log.error("lease_lost", error=self._lost().message)
        self.replaced.set()

    async def _until_next(self) -> None:
        if (due_ms := next_ms(self._state)) is not None:
            await asyncio.sleep(max(0, due_ms - clock.now_ms()) / 1000)

    async def _turn(self) -> StorageError | None:
        """Asks the database once. If there is no answer, returns the reason."""
        asked_ms = clock.now_ms()
        wanted = ask(self._state, asked_ms)
        if wanted is None:
            return None
        within_s = _RENEW_WITHIN_S if isinstance(wanted, Renew) else 2 * self._timeout_s
        error = None
        try:
            with translate_errors(
                sentence("words-asking-for-database", "asking for the database {url}", url=shown(self._url))
            ):
                async with asyncio.timeout(within_s):
                    event: Answered | NotAnswered = await self._result_of(wanted, asked_ms)
        except (StorageError, TimeoutError) as failed:
            error = failed if isinstance(failed, StorageError) else StorageError(cause_of(failed))
            event = NotAnswered()
            await self._drop()
        self._state = step(self._state, event, clock.now_ms())
        return error

    async def _result_of(self, wanted: Ask, asked_ms: int) -> Answered:
        connection = await self._connected()
        row = None
        match wanted:
            case Take(seen):
                values = {"token": seen.token, "beat": seen.beat, "lasts_ms": self._lasts_ms}
                row = (await connection.execute(_TAKE, values | {"holder": self._holder})).first()
            case Renew(token):
                row = (await connection.execute(_RENEW, {"token": token})).first()
            case Look():
                pass
        if row is not None:
            return Answered(Entry(*row), asked_ms, done=True)
        row = (await connection.execute(_LOOK)).first()
        if row is None:
            raise StorageError(
                sentence(
                    "words-table-database-empty-drop-server-starts",
                    "the table {value} of the database is empty; drop it, and a server that starts makes it anew",
                    value=TABLE,
                )
            )
        return Answered(Entry(*row), asked_ms)

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._engine.connect()
            self._connection = connection
            if not await connection.scalar(_IS_MADE):
                await connection.rollback()
                async with connection.begin():
                    for statement in _MAKE:
                        await connection.execute(text(statement))
            await connection.rollback()
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(self._timeout_s):
                await connection.invalidate()
                await connection.close()

    # In words

    def _in_use(self, entry: Entry) -> ConfigError:
        guarded = sentence("words-the-database", "the database {url}", url=shown(self._url))
        return in_use(
            guarded,
            holder_of(entry),
            sentence("words-stop-or-another-database", "stop it, or give another --database"),
        )

    def _lost(self) -> StorageError:
        if isinstance(self._state, Lost) and self._state.went_back:
            return StorageError(
                sentence(
                    "words-database-went-back-from-lease-older",
                    "the database went back from lease {token} to {token2}: it is an older copy, and "
                    "what was recorded since is missing; this server writes nothing to it. Bring the "
                    "newer one back, or start this server again to go on with the older one",
                    token=self._state.token,
                    token2=self._state.found.token,
                )
            )
        return StorageError(REPLACED)


def holder_of(entry: Entry) -> Holder | None:
    """The server that an entry names."""
    try:
        return msgspec.json.decode(entry.holder, type=Holder)
    except msgspec.DecodeError:
        return None


REPLACED = sentence(
    "words-replaced", "another server has taken over this database; this one writes nothing more"
)
