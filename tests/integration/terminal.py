"""The command line with a person at the keyboard, against a running server."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.forked import Process, completed
from tests.integration.giving import give
from tests.integration.running_server import RunningServer

from setpoint.cli import EXIT_NO_CONNECTION
from setpoint.testing.patience import patient

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("SETPOINT_")},
    "COLUMNS": "140",
    "NO_COLOR": "1",
}


class Terminal:
    """A command with a person at the keyboard: what it has printed so far, and lines to type."""

    def __init__(self, command: Sequence[str]) -> None:
        self._keys, keyboard = pty.openpty()
        self._process = Process(
            command, stdin=keyboard, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT
        )
        os.close(keyboard)
        self.output = ""
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 65_536):
            self.output += chunk.decode()

    def until(self, text: str, *, times: int = 1) -> None:
        give_up = time.monotonic() + patient(20)
        while self.output.count(text) < times:
            goes_on = self._listener.is_alive() and time.monotonic() < give_up
            assert goes_on or self.output.count(text) >= times, f"{text!r} was not printed:\n{self.output}"
            time.sleep(0.02)

    def type(self, line: str) -> None:
        os.write(self._keys, f"{line}\n".encode())

    def interrupt(self) -> None:
        """Sends ^C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        code = self._process.wait(timeout=patient(30))
        self._listener.join(patient(10))
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.wait(patient(10))
        self._listener.join(patient(10))
        os.close(self._keys)
        if self._process.stdout is not None:
            self._process.stdout.close()


def command(server: RunningServer, *arguments: str | Path) -> Sequence[str]:
    return [sys.executable, "-m", "setpoint", *map(str, arguments), "--url", server.url, "--as", "anna"]


@contextmanager
def terminal(server: RunningServer, *arguments: str | Path) -> Iterator[Terminal]:
    session = Terminal(command(server, *arguments))
    try:
        yield session
    finally:
        session.close()


def setpoint(server: RunningServer, *arguments: str | Path) -> tuple[int, str]:
    result = completed(command(server, *arguments), timeout=patient(40), env=ENVIRONMENT)
    return result.returncode, result.stdout + result.stderr


def run_until_answered(server: RunningServer, *arguments: str | Path) -> tuple[int, str]:
    """Repeats a command that only reads until the server answers. A busy server may not answer in time."""
    give_up = time.monotonic() + patient(60)
    while (result := setpoint(server, *arguments))[0] == EXIT_NO_CONNECTION and time.monotonic() < give_up:
        pass
    return result


def as_ben(server: RunningServer, machine: str, speed: float) -> None:
    assert give(server.url, {machine: {"targetSpeed": speed}}, person="ben") == {machine: "applied"}


def line_with(text: str, *words: str) -> str:
    return next(line for line in text.splitlines() if all(word in line for word in words))
