"""A nats-server for tests, on 127.0.0.1. Tests can kill it, freeze it, and start it again at the same address."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

from setpoint.testing.patience import patient


def nats_server() -> str | None:
    """Finds the program: on the path, beside Python, or where Debian installs it."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("nats-server") or shutil.which("nats-server", path=f"{beside}:/usr/sbin")


class Nats:
    """A nats-server. ``options`` are further options of the program."""

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = nats_server()
        assert program is not None, "these tests need nats-server; install it: apt-get install nats-server"
        command = [program, "-a", "127.0.0.1", "-p", str(self.port), *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        give_up = time.monotonic() + patient(20)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < give_up, "nats-server does not listen"
                time.sleep(0.02)
            else:
                return

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Says whether it ended by itself, or something else killed it."""
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def running_nats(*options: str) -> Iterator[Nats]:
    nats = Nats(*options)
    nats.start()
    try:
        yield nats
    finally:
        nats.kill()
