"""``setpoint`` with a wall clock that tests can set. It changes the process's clock, never the computer's.

    python -m tests.integration.jumping_clock FILE demo …

FILE says by how many seconds the process's wall clock is off. The process reads it each time that it reads the clock.
The monotonic clock is not affected, as when somebody sets a computer's time.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path


def main() -> None:
    offset_file, true_time = Path(sys.argv.pop(1)), time.time

    def read_offset() -> float:
        with suppress(OSError, ValueError):
            return float(offset_file.read_text("ascii"))
        return 0.0

    time.time = lambda: true_time() + read_offset()
    from setpoint.cli import main as setpoint  # noqa: PLC0415  # after the clock is patched

    setpoint()


if __name__ == "__main__":
    main()
