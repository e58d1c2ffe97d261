"""Statements that write many rows: each is compiled once for a kind of database, and takes its rows as tuples.

If SQLAlchemy executes such a statement itself, it converts every value of every row. That costs more time than the
insert in SQLite. With SQLite's driver, it also asks the driver's thread three times for each part, instead of once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice

import aiosqlite
from sqlalchemy import Dialect, bindparam, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from setpoint.core.audit.chain import AuditEntry
from setpoint.errors import MisuseError
from setpoint.persistence.bounds import moved
from setpoint.persistence.rows import EVENT_COLUMNS, OUTCOME_COLUMNS, OUTCOME_KEY, InOrder
from setpoint.persistence.tables import audit, events, items

PART = 500
"""The number of rows for one call of the driver, which takes a few milliseconds."""


class Bulk:
    """A statement and the names of its parameters, in the order in which each row has their values."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._compiled: dict[str, str] = {}

    async def write(self, connection: AsyncConnection, rows: Iterable[InOrder]) -> None:
        """Writes the rows in parts, so that the event loop runs between them."""
        left = iter(rows)
        part = list(islice(left, PART))
        if not part:
            return
        statement = self._for(connection.dialect)
        driver = (await connection.get_raw_connection()).driver_connection
        while part:
            if isinstance(driver, aiosqlite.Connection):
                await _execute(connection, driver, statement, part)
            else:
                await connection.exec_driver_sql(statement, part)
            part = list(islice(left, PART))

    def _for(self, dialect: Dialect) -> str:
        if dialect.name not in self._compiled:
            compiled = self._statement.compile(
                dialect=dialect, column_keys=self._columns, for_executemany=True
            )
            found = compiled.positiontup if isinstance(compiled, SQLCompiler) else None
            if found != self._columns:
                raise MisuseError(f"the statement takes {found}, but the rows have {self._columns}")
            self._compiled[dialect.name] = str(compiled)
        return self._compiled[dialect.name]


async def _execute(
    connection: AsyncConnection, driver: aiosqlite.Connection, statement: str, part: list[InOrder]
) -> None:
    """Executes one part. Drops the connection of a call that is given up, as SQLAlchemy does."""
    moved()
    try:
        await driver.executemany(statement, part)
    except asyncio.CancelledError:
        await connection.invalidate()
        raise


ADD_ITEMS = Bulk(insert(items), items.c.keys())
ADD_EVENTS = Bulk(insert(events), EVENT_COLUMNS)
ADD_AUDIT = Bulk(insert(audit), AuditEntry.__struct_fields__)
SETTLE = Bulk(
    update(items)
    .where(
        items.c.tx_id == bindparam("for_tx_id"),
        items.c.machine == bindparam("for_machine"),
        items.c.field == bindparam("for_field"),
    )
    .values({name: bindparam(name) for name in OUTCOME_COLUMNS}),
    (*OUTCOME_COLUMNS, *OUTCOME_KEY),
)
RAISE_REVS = Bulk(
    text(
        "INSERT INTO revs (machine, field, rev, written, by_kind, by_name, at)"
        " VALUES (:machine, :field, :rev, :written, :by_kind, :by_name, :at)"
        " ON CONFLICT (machine, field) DO UPDATE SET rev = excluded.rev, written = excluded.written,"
        " by_kind = excluded.by_kind, by_name = excluded.by_name, at = excluded.at"
        " WHERE excluded.rev > revs.rev"
    ),
    ("machine", "field", "rev", "written", "by_kind", "by_name", "at"),
)
REMEMBER = Bulk(
    text(
        "INSERT INTO set_points (machine, field, value) VALUES (:machine, :field, :value)"
        " ON CONFLICT (machine, field) DO UPDATE SET value = excluded.value"
    ),
    ("machine", "field", "value"),
)
