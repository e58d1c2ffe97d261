"""``setpoint`` in which one address may have fewer sockets than usual, so that a slow machine can use them all up.

    python -m tests.security.crowded SOCKETS serve …

Everything but this number is the product, unchanged.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from setpoint.cli import main as setpoint
from setpoint.runtime import serving
from setpoint.server.live import SERVED


def main() -> None:
    serving.SERVED = replace(SERVED, an_address=int(sys.argv.pop(1)))  # type: ignore[attr-defined]  # imported there, and smaller here
    setpoint()


if __name__ == "__main__":
    main()
