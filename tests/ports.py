"""Ports for programs that tests start.

The system gives its own free ports (32768 and up) to every connection that anybody opens. A port that was free a moment
ago may be taken when a program starts, or starts again. So these lie below, where the system gives none away.

A port is free again between the look and the start of its program. So a test process also locks a file of the port's
name until it ends, and two of them never choose the same port.
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
    """Nobody listens there, and no other test process is given it before this one has ended."""
    for _ in range(_COUNT):
        port = _FIRST + next(_numbers) % _COUNT
        if _is_ours(port) and _is_free(port):
            return port
    raise OSError(f"no port between {_FIRST} and {_FIRST + _COUNT} is free")


def _is_ours(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"setpoint-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / str(port), os.O_WRONLY | os.O_CREAT, 0o600)  # stays open; no child inherits it
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
