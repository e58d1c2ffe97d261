"""Carries out the engine's effects on storage. Each ends with the event that the engine gets for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from setpoint.core.audit.changes import Change
from setpoint.core.engine import Found, NotFound, NotStored, Probed, Stored
from setpoint.errors import InDoubtError, StorageError
from setpoint.message import sentence
from setpoint.persistence.base import Persistence

log = structlog.get_logger("setpoint.player")


class Storing:
    """``stored`` is called with what was stored, one turn of the event loop after the engine got the event."""

    def __init__(self, persistence: Persistence, stored: Callable[[Sequence[Change]], None]) -> None:
        self._persistence = persistence
        self._stored = stored
        self._in_doubt: tuple[str, Sequence[Change]] | None = None
        """The name and the changes of a transaction whose commit was not answered."""

    async def store(self, changes: Sequence[Change], name: str) -> Stored | NotStored:
        """Stores changes in one transaction of this name."""
        try:
            await self._persistence.store(changes, name=name)
        except StorageError as error:
            is_in_doubt = isinstance(error, InDoubtError)
            log.warning("not_stored", error=error.message, in_doubt=is_in_doubt)
            self._in_doubt = (name, changes) if is_in_doubt else None
            return NotStored(error)
        except Exception as error:
            log.exception("store_failed")
            why = sentence(
                "words-storing-failed-see-server-s-log",
                "storing failed: {why}; see the server's log",
                why=error,
            )
            return NotStored(StorageError(why))
        self._announce(changes)
        return Stored()

    async def find(self, tx_id: str) -> Found | NotFound:
        """Looks for a batch that is not in memory."""
        try:
            return Found(tx_id, await self._persistence.batch(tx_id))
        except StorageError as error:
            return NotFound(tx_id, error)
        except Exception as error:
            log.exception("read_failed")
            why = sentence(
                "words-reading-failed-see-server-s-log",
                "reading failed: {why}; see the server's log",
                why=error,
            )
            return NotFound(tx_id, StorageError(why))

    async def probe(self) -> Probed:
        """Asks whether storage works again, and for the name of the last transaction that it holds."""
        try:
            stored_last = await self._persistence.check()
        except StorageError:
            return Probed(is_well=False)
        doubted, self._in_doubt = self._in_doubt, None
        if doubted is not None and doubted[0] == stored_last:
            self._announce(doubted[1])
        return Probed(is_well=True, stored_last=stored_last)

    def _announce(self, changes: Sequence[Change]) -> None:
        asyncio.get_running_loop().call_soon(self._stored, changes)
