"""How much work and storage one account may cause, including its programs.

With the defaults, nobody can fill a disk: one account makes the database grow by less than 50 MB in an hour, plus its
stored workbooks. An administrator may set other limits for an account, and for everybody who has none of their own
(`EVERYBODY`, `AccountStore.set_limits`).
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from setpoint.core.limits.token_bucket import Rate, TokenBuckets

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Bytes: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**50)]
Places: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=100)]
BATCH_COSTS = 2
"""The cost of a batch beside its targets, in targets."""
FREE_BYTES = 100
"""The bytes that one target may take in a request. A longer request counts as more targets, one for each of these."""


SIGN_INS = Rate(burst=200, per_s=400 / 3_600)
"""The rate for one account of sign-ins with the right password, new tokens, and signing out everywhere.

Each is stored.
"""


class PersonLimits(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """``targets_at_once`` may come together, and ``targets_an_hour`` more of them each hour; refused ones count too.

    ``kept_bytes`` and ``kept_files``: original workbooks. ``reads_at_once``: lists, exports and files being read; more
    of them wait for their turn.
    """

    targets_at_once: Count = 25_000
    targets_an_hour: Count = 10_000
    kept_bytes: Bytes = 200 * 1024 * 1024
    kept_files: Count = 2_000
    reads_at_once: Places = 4


DEFAULT_LIMITS = PersonLimits()
"""Holds until an administrator sets another default."""
EVERYBODY = "*"
"""Stands for the default where limits are stored by account; no account has this name."""


def batch_cost(targets: int, size: int) -> int:
    """The cost in targets of a batch whose request has ``size`` bytes. A long reason and long names are stored too."""
    beyond = max(0, size - FREE_BYTES * (targets + BATCH_COSTS))
    return targets + BATCH_COSTS + beyond // FREE_BYTES


class Allowance:
    """Buckets of targets, by account. ``now_ms`` is monotonic."""

    def __init__(self) -> None:
        self._buckets = TokenBuckets()

    def wait_ms(self, account: str, cost: int, limits: PersonLimits, now_ms: int) -> int | None:
        """0 if that many may come now, and counts them.

        Otherwise the time to wait in ms; None if they may never come.
        """
        rate = Rate(limits.targets_at_once, limits.targets_an_hour / 3_600)
        return self._buckets.wait_ms(account, rate, now_ms, cost=cost)
