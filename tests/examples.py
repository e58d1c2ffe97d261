"""How many examples a property test plays, and which ones.

`make test` plays the same examples every time, so that what passed once passes again. With ``SETPOINT_TESTS=full``
(`make test-full`) the examples are new each time and ten times as many. A failure prints how to repeat it: the
decorator ``@reproduce_failure``, or the seed of a schedule.
"""

from __future__ import annotations

import os
from secrets import randbelow

from hypothesis import HealthCheck, settings

IS_FULL = os.environ.get("SETPOINT_TESTS") == "full"
_TIMES = 10 if IS_FULL else 1


def examples(count: int) -> int:
    """Returns ``count`` in `make test`, and ten times as many in `make test-full`."""
    return count * _TIMES


def many(usual: int, full: int) -> int:
    """Returns ``usual`` in `make test`, and ``full`` in `make test-full`."""
    return full if IS_FULL else usual


def first_seed() -> int:
    """Returns the first seed of the schedules. It is always the same in `make test`, and random in `make test-full`."""
    return 1_000_000 + (randbelow(2**40) if IS_FULL else 0)


def load_profile() -> None:
    """Loads the common settings of all property tests. They have no deadline, because a slow machine is no fault."""
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
