"""Ports for programs that tests start.

The system gives its own free ports (32768 and up) to every connection that anybody opens. A port that was free a moment
ago may be taken when a program starts, or starts again. So these lie below, where the system gives none away, and each
test process begins at another place.
"""

from __future__ import annotations

import os
import socket
from itertools import count

_FIRST, _COUNT = 10_000, 20_000
_numbers = count(os.getpid() * 211)


def free_port() -> int:
    """Nobody listens there, and this process is given it once."""
    for _ in range(_COUNT):
        port = _FIRST + next(_numbers) % _COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port between {_FIRST} and {_FIRST + _COUNT} is free")
