"""Ends live sockets of people who are gone or whose rights have changed since they connected (within 5 s; 4401, 4403).

A socket is checked once and then stays open for a shift. So the check is repeated: at once when this process ended
something, within a second when another process (another gateway) changed the accounts, and every few seconds for what
expires. It asks the database: no message between servers can be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol

import structlog

from setpoint.contract.live.codes import CloseCode
from setpoint.core.plant import Person, Role
from setpoint.errors import StorageError
from setpoint.server.identity.service import SignIn

LOOK_EVERY_S = 0.5
ASK_AGAIN_EVERY_S = 4.0
AT_ONCE = 500
"""People who are checked together, so that the store needs few queries for all of them."""

_log = structlog.get_logger()


class LiveSockets(Protocol):
    """The open sockets, as the watch needs them."""

    def people(self) -> Iterable[Person]:
        """The people who have a socket open. A person with several sockets may appear several times."""
        ...

    def end(self, via: str, code: CloseCode, reason: str) -> None:
        """Closes every socket of this session or token."""
        ...


class Watch:
    """``await run()`` until cancelled."""

    def __init__(self, sign_in: SignIn, sockets: LiveSockets) -> None:
        self._sign_in = sign_in
        self._sockets = sockets
        self._version = -1
        self._is_failing = False

    async def run(self) -> None:
        waited_s = 0.0
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._sign_in.changed.wait()
            except TimeoutError:
                waited_s += LOOK_EVERY_S
            has_changed = self._sign_in.changed.is_set()
            self._sign_in.changed.clear()
            try:
                if waited_s >= ASK_AGAIN_EVERY_S:
                    await self._sign_in.expire()
                version = await self._sign_in.version()
                if has_changed or version != self._version or waited_s >= ASK_AGAIN_EVERY_S:
                    await self.look()
                    self._version, waited_s = version, 0.0
                self._is_failing = False
            except StorageError as error:
                if not self._is_failing:  # twice a second would hide everything else
                    _log.error("rights of open sockets could not be checked", reason=error.message)
                self._is_failing = True

    async def look(self) -> None:
        """Checks once all people who have a socket open."""
        rights: dict[str, Mapping[str, Role]] = {}
        for person in self._sockets.people():
            if person.via:
                rights[person.via] = person.grants
        everybody = list(rights.items())
        for at in range(0, len(everybody), AT_ONCE):
            await asyncio.gather(*(self._check(via, grants) for via, grants in everybody[at : at + AT_ONCE]))

    async def _check(self, via: str, grants: Mapping[str, Role]) -> None:
        now = await self._sign_in.still(via)
        if now is None:
            self._sockets.end(via, CloseCode.NOT_SIGNED_IN, "signed out, or the session has ended")
        elif now.grants != grants:
            self._sockets.end(via, CloseCode.FORBIDDEN, "your rights were changed; load the page again")
