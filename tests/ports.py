"""Ports for programs that tests start.

The system uses its free ports (32768 and up) for outgoing connections, so such a port may be taken when a program
starts or restarts. These ports are below that range.

Between the check of a port and the start of its program, the port is free. So a test process also locks a file with the
port's name until it ends, and two test processes never choose the same port.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from itertools import count
from pathlib import Path

_FIRST, _COUNT = 10_000, 15_000
_numbers = count(os.getpid() * 211)


def free_port() -> int:
    """Returns a port on which nobody listens. No other test process gets it before this one has ended."""
    for _ in range(_COUNT):
        port = _FIRST + next(_numbers) % _COUNT
        if _is_ours(port) and _is_free(port):
            return port
    raise OSError(f"no port between {_FIRST} and {_FIRST + _COUNT} is free")


def _is_ours(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"setpoint-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = os.open(
        folder / str(port), os.O_WRONLY | os.O_CREAT, 0o600
    )  # it stays open, and no child inherits it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
