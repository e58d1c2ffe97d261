"""Limits the number of connections: in all, by address and by person.

A connection counts for its address from its handshake on, signed in or not, and for its person once it is known. If an
address has too many, the one that has waited longest without signing in is closed. So nobody can keep others behind the
same gateway out by holding connections without signing in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from setpoint.core.limits import Quota, counted_as


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """An address may be a gateway with a whole hall behind it."""

    in_all: int = 20_000
    an_address: int = 20_000
    a_person: int = 20_000


SERVED = QuotaLimits(an_address=2_000, a_person=100)
"""Limits for servers with sign-in.

They leave room for a thousand boards behind one gateway and for wall displays under one name.
"""


class Stranger(Protocol):
    """A connection that has not signed in yet."""

    def give_way(self) -> None:
        """Ends, and `ConnectionQuota.leave` is called before this returns."""
        ...


class ConnectionQuota:
    def __init__(self, limits: QuotaLimits) -> None:
        self._in_all = limits.in_all
        self._addresses = Quota(limits.an_address)
        self._people = Quota(limits.a_person)
        self._strangers: dict[str, dict[Stranger, None]] = {}
        """By address, the one that has waited longest first."""

    @property
    def total(self) -> int:
        return self._addresses.total

    def arrive(self, address: str) -> str | None:
        """Counts a connection from this address. Returns None, or a sentence for people that says why it is refused."""
        if self.total >= self._in_all:
            return "this server has as many connections as it may; try again later"
        counted = counted_as(address)
        if self._addresses.is_full(counted) and (strangers := self._strangers.get(counted)) is not None:
            next(iter(strangers)).give_way()
        if self._addresses.is_full(counted):
            return f"there are {self._addresses.limit} connections from {counted} already; close some"
        self._addresses.take(counted)
        return None

    def known(self, person: str) -> str | None:
        """Counts a connection of this person until it leaves, even if this returns why it is refused."""
        is_full = self._people.is_full(person)
        self._people.take(person)
        return f"you have {self._people.limit} connections already; close some" if is_full else None

    def waits(self, stranger: Stranger, address: str) -> None:
        """Counts a connection that has not identified itself, until `waits_no_more`."""
        self._strangers.setdefault(counted_as(address), {})[stranger] = None

    def waits_no_more(self, stranger: Stranger, address: str) -> None:
        counted = counted_as(address)
        if (strangers := self._strangers.get(counted)) is not None:
            strangers.pop(stranger, None)
            if not strangers:
                del self._strangers[counted]

    def leave(self, address: str, person: str | None) -> None:
        self._addresses.give_back(counted_as(address))
        if person is not None:
            self._people.give_back(person)
