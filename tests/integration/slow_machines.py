"""``setpoint`` with slow machines, which answer after a given time, so that a test can do something meanwhile.

    python -m tests.integration.slow_machines MILLISECONDS demo …

Everything else is the unchanged product.
"""

from __future__ import annotations

import sys

from setpoint.cli import main as setpoint
from setpoint.sources.simulator import model

LATE_BUT_IN_TIME_MS = 4_000
"""Late, but before a target without an answer is unknown."""
NEVER_MS = 3_600_000


def slow_machines(answer_after_ms: int) -> tuple[str, ...]:
    """Returns the program of a `RunningServer`."""
    return (sys.executable, "-m", "tests.integration.slow_machines", str(answer_after_ms))


def main() -> None:
    after_ms = int(sys.argv.pop(1))
    model._ANSWERS_SLOWLY_AFTER_MS = (after_ms, after_ms)
    setpoint()


if __name__ == "__main__":
    main()
