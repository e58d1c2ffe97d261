"""Passwords, by argon2id (RFC 9106) in two threads of its own.

A wrong name takes as long as a wrong password: it is checked against a hash whose password nobody has. Each check takes
64 MiB and a tenth of a second, so only a few run or wait at the same time. Further tries are refused at once, and the
rest of the server is not affected.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError
from setpoint.server.identity.secrets import new_secret

T = TypeVar("T")

_AT_ONCE = 2
_MAX_WAITING = 32


class Passwords:
    """``hasher`` sets the cost; the default is RFC 9106's second recommendation, on one lane."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password. Without a hash (no such account) it takes as long and is never right."""
        is_right = await self._run(lambda: self._verify(password, password_hash or self._nobody()))
        return is_right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was hashed with a cost other than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    async def prepare(self) -> None:
        """Makes a hash of a password that nobody has, so that the first unknown name takes as long as the next."""
        await self._run(self._nobody)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _nobody(self) -> str:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(new_secret())
        return self._nobodys

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= _MAX_WAITING:
            raise RequestError(
                "too many people are signing in at this moment; try again in a few seconds",
                code=ProblemCode.TOO_MANY_ATTEMPTS,
                detail={"retryAfterMs": 3_000},
                arguments={"seconds": 3},
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> bytes:
    """One password for one text, however the keyboard composed it (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
