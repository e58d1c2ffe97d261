"""Names the transactions of a server, so that it can find out whether one in doubt was stored.

One row has the name of the last transaction. Each transaction updates that row, so reading it for update waits until a
transaction that is still being committed has ended.
"""

from __future__ import annotations

from sqlalchemy import bindparam, column, select, table, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

_KEYS = table("keys", column("name"), column("value"))
_IS_ROW = _KEYS.c.name == "transaction"
_BEGIN = text("INSERT INTO keys (name, value) VALUES ('transaction', '') ON CONFLICT (name) DO NOTHING")
_NAME = update(_KEYS).where(_IS_ROW).values(value=bindparam("named"))
_READ = select(_KEYS.c.value).where(_IS_ROW).with_for_update()


async def begin_naming(connection: AsyncConnection) -> None:
    """Adds the row, once."""
    await connection.execute(_BEGIN)


async def name_transaction(connection: AsyncConnection, name: str) -> None:
    await connection.execute(_NAME, {"named": name})


async def last_name(connection: AsyncConnection) -> str:
    """The name of the last transaction that was stored; empty if there is none."""
    return str(await connection.scalar(_READ) or "")
