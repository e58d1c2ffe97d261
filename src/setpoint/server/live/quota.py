"""Limits the number of connections: in all, by address and by person.

A connection counts for its address from its handshake on, signed in or not, and for its person once it is known.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """An address may be a gateway with a whole hall behind it."""

    in_all: int = 20_000
    an_address: int = 20_000
    a_person: int = 20_000


SERVED = QuotaLimits(an_address=2_000, a_person=100)
"""Where people sign in: a thousand boards behind one gateway, and wall displays under one name, have room."""


class ConnectionQuota:
    def __init__(self, limits: QuotaLimits) -> None:
        self.limits = limits
        self.total = 0
        self._by_address: Counter[str] = Counter()
        self._by_person: Counter[str] = Counter()

    def arrive(self, address: str) -> str | None:
        """Counts a connection from this address. Returns None, or a sentence for people that says why it is refused."""
        if self.total >= self.limits.in_all:
            return "this server has as many connections as it may; try again later"
        if self._by_address[address] >= self.limits.an_address:
            return f"there are {self.limits.an_address} connections from {address} already; close some"
        self.total += 1
        self._by_address[address] += 1
        return None

    def known(self, person: str) -> str | None:
        """Counts a connection of this person until it leaves, even if this returns why it is refused."""
        self._by_person[person] += 1
        if self._by_person[person] > self.limits.a_person:
            return f"you have {self.limits.a_person} connections already; close some"
        return None

    def leave(self, address: str, person: str | None) -> None:
        self.total -= 1
        _less(self._by_address, address)
        if person is not None:
            _less(self._by_person, person)


def _less(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
