"""Sign-ins, refusals, links, tokens and rights, as entries of the audit's chain.

An entry says who (as they called themselves), from which address, and what; never a password, token or cookie.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from setpoint.contract.http.people import SecurityEvent
from setpoint.core.audit.chain import Fact, fact
from setpoint.core.audit.changes import Change

Store: TypeAlias = Callable[[Sequence[Change], Sequence[Fact]], Awaitable[None]]
"""`Persistence.store`: one transaction, in the chain with everything else."""


class RecordedAudit:
    """An `Audit` that stores its entries."""

    def __init__(self, store: Store, *, unix_ts: Callable[[], float] = time.time) -> None:
        self._store = store
        self._unix_ts = unix_ts

    async def note(
        self, event: SecurityEvent, *, person: str, address: str, facts: Mapping[str, str]
    ) -> None:
        payload = {"event": event, "person": person, "address": address, **facts}
        await self._store((), (fact(self._unix_ts(), "access", person, payload),))
