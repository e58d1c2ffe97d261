"""How long a person who guesses passwords has to wait. Guessing is slowed down; nobody is locked out.

Failures are counted by account and address together, by address, and by account. Each count has some free tries, then
every further failure doubles the wait, up to a cap; a wait that has passed leaves one try. Counts are forgotten when
nothing has failed for a while. For somebody who has signed in from the address before (a *familiar* one), neither the
count of the account nor that of the address applies. A *device* that the account has signed in from is counted by
itself alone: whatever strangers try, also from behind the same address, nobody is shut out of their own workplace.

A try that comes too early is not checked and does not count. A try counts as failed while it is being checked. If only
such tries are in the way of another one, it waits for them: twenty right passwords that come together are all right.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThrottleLimits:
    """``free_*``: failures without a wait. The next costs ``first_wait_ms``, doubling up to ``max_wait_ms``."""

    free_pair: int = 4
    free_address: int = 20  # a whole shift may come through one gateway
    free_account: int = 10
    first_wait_ms: int = 1_000
    max_wait_ms: int = 60_000
    forget_after_ms: int = 15 * 60_000
    max_entries: int = 20_000


@dataclass(slots=True)
class _Count:
    failures: int
    last_ms: int


class Throttle:
    """Counts failures. Memory is bounded: past ``max_entries`` it forgets the name with the oldest failure."""

    def __init__(self, limits: ThrottleLimits | None = None) -> None:
        self._limits = limits or ThrottleLimits()
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._checking: Counter[tuple[str, str]] = Counter()

    def wait_ms(
        self, account: str, address: str, now_ms: int, *, is_familiar: bool, device: str | None = None
    ) -> int | None:
        """Milliseconds until a try is accepted; 0 for now. None: ask again when a try that is being checked has ended.

        ``device``: as `failed`.
        """
        limits = self._limits
        if device is not None:
            return self._wait((account, _of(device)), limits.free_pair, now_ms)
        waits = [self._wait((account, address), limits.free_pair, now_ms)]
        if not is_familiar:
            waits.append(self._wait(("", address), limits.free_address, now_ms))
            waits.append(self._wait((account, ""), limits.free_account, now_ms))
        longest = max(wait or 0 for wait in waits)
        return None if None in waits and not longest else longest

    def begin(self, account: str, address: str, now_ms: int, *, device: str | None = None) -> None:
        """A try is being checked, and counts as failed until `end`."""
        self.failed(account, address, now_ms, device=device)
        self._checking.update(_keys(account, address, device))

    def end(self, account: str, address: str, *, device: str | None = None, is_right: bool | None) -> None:
        """The try was checked; ``is_right`` is None if it could not be."""
        for key in _keys(account, address, device):
            self._checking[key] -= 1
            if not self._checking[key]:
                del self._checking[key]
            found = self._counts.get(key)
            if is_right is None and found is not None:
                found.failures -= 1
        if is_right:
            self.succeeded(account, address, device=device)

    def failed(self, account: str, address: str, now_ms: int, *, device: str | None = None) -> None:
        """``device``: the browser's name, if this account has signed in from it before."""
        for key in _keys(account, address, device):
            found = self._counts.get(key)
            if found is None or now_ms - found.last_ms > self._limits.forget_after_ms:
                found = self._counts[key] = _Count(0, now_ms)
            found.failures += 1
            found.last_ms = now_ms
            self._counts.move_to_end(key)
        while len(self._counts) > self._limits.max_entries:
            self._counts.popitem(last=False)

    def succeeded(self, account: str, address: str, *, device: str | None = None) -> None:
        """Takes back one failure (a try is counted before its password is checked), and all of this pair's.

        The address and the account keep their other failures, because somebody else may be guessing at the same time.
        """
        own, *others = _keys(account, address, device)
        self._counts.pop(own, None)
        for key in others:
            found = self._counts.get(key)
            if found is not None:
                found.failures -= 1

    def _wait(self, key: tuple[str, str], free: int, now_ms: int) -> int | None:
        found = self._counts.get(key)
        if found is None or found.failures <= free or now_ms - found.last_ms > self._limits.forget_after_ms:
            return 0
        steps = min(found.failures - free - 1, 16)
        wait = min(self._limits.first_wait_ms << steps, self._limits.max_wait_ms)
        left_ms = max(0, found.last_ms + wait - now_ms)
        is_undecided = found.failures - self._checking[key] <= free
        return None if left_ms and is_undecided else left_ms


def _keys(account: str, address: str, device: str | None) -> list[tuple[str, str]]:
    """The keys under which a try is counted, its own pair first."""
    if device is not None:
        return [(account, _of(device))]
    return [(account, address), ("", address), (account, "")]


def _of(device: str) -> str:
    """Independent of any address."""
    return f"device {device}"
