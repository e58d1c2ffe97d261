"""A real server in a process of its own, on a free port of loopback. Tests start, kill, freeze and restart it."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from tests.forked import Process
from tests.ports import free_port

from setpoint.testing.patience import patient

START_WITHIN_S = 30.0
SETPOINT = (sys.executable, "-m", "setpoint")


class RunningServer:
    """Runs ``setpoint demo`` (or another command) with its own data directory.

    ``trust`` verifies the server's certificate, if it has one. With ``has_history`` it records, in a further process.
    ``started`` is the path that answers when the server has started.
    """

    def __init__(
        self,
        data_dir: Path,
        *arguments: str,
        command: str = "demo",
        port: int | None = None,
        program: Sequence[str] = SETPOINT,
        trust: ssl.SSLContext | None = None,
        has_history: bool = False,
        started: str = "/readyz",
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.url = f"{'https' if trust else 'http'}://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self.arguments = arguments
        self._program = program
        self._trust = trust
        self._started = started
        self._history = "" if has_history else "off"
        self._arguments = [command, "--port", str(self.port), "--data-dir", str(data_dir), *arguments]
        if command == "demo":
            self._arguments.append("--no-browser")
        self._process: Process[bytes] | None = None

    def start(self) -> RunningServer:
        """Returns when the server says that it is ready."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = Process(
                [*self._program, *self._arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    "SETPOINT_DATABASE_TIMEOUT": "20",
                    "SETPOINT_HISTORY": self._history,
                    **os.environ,
                    "PYTHONUNBUFFERED": "1",
                },
            )
        give_up = time.monotonic() + patient(START_WITHIN_S)
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.kill()
                raise AssertionError(f"the server did not start:\n{self.log.read_text('utf-8')}")
            time.sleep(0.05)
        return self

    def ensure_running(self) -> None:
        """Starts the server unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def _is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}{self._started}", timeout=1, verify=self._trust or True).is_success
        return False

    @property
    def has_ended(self) -> bool:
        """Says whether the server has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> int:
        """Asks the server to stop and returns its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        code = self._process.wait(timeout=patient(20))
        self._process = None
        return code

    def wait(self) -> int:
        """Waits until the server has ended by itself and returns its exit code."""
        assert self._process is not None
        return self._process.wait(timeout=patient(30))

    def kill(self) -> None:
        """Ends the server as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=patient(20))
            self._process = None


@contextmanager
def running_server(
    data_dir: Path,
    *arguments: str,
    command: str = "demo",
    program: Sequence[str] = SETPOINT,
    has_history: bool = False,
) -> Iterator[RunningServer]:
    server = RunningServer(
        data_dir, *arguments, command=command, program=program, has_history=has_history
    ).start()
    try:
        yield server
    finally:
        server.kill()
