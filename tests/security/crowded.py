"""``setpoint`` that allows one address fewer sockets than usual, so that even a slow machine can use them up.

    python -m tests.security.crowded SOCKETS serve …

Everything else is the unchanged product.
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
