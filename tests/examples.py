"""How many examples a property test plays, and which ones.

`make test` plays the same examples every time, so that what passed once passes again. With ``SETPOINT_TESTS=full``
(`make test-full`) they are fresh and ten times as many, and a failure prints what plays it again: the decorator
``@reproduce_failure``, or the seed of a schedule.
"""

from __future__ import annotations

import os
from secrets import randbelow

from hypothesis import HealthCheck, settings

IS_FULL = os.environ.get("SETPOINT_TESTS") == "full"
_TIMES = 10 if IS_FULL else 1


def examples(count: int) -> int:
    """``count`` in `make test`; ten times as many in `make test-full`."""
    return count * _TIMES


def many(usual: int, full: int) -> int:
    """``usual`` in `make test`, ``full`` in `make test-full`."""
    return full if IS_FULL else usual


def first_seed() -> int:
    """Where schedules begin: always at the same seed in `make test`, anywhere in `make test-full`."""
    return 1_000_000 + (randbelow(2**40) if IS_FULL else 0)


def load_profile() -> None:
    """Sets what every property test has in common. No deadline: a slow machine is not the example's fault."""
    settings.register_profile(
        "setpoint",
        max_examples=examples(100),
        derandomize=not IS_FULL,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("setpoint")
