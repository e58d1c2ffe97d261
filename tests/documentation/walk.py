"""Runs a page's commands in order in one folder, and compares their output with the page.

A page shows other times, batches and addresses than a test has. `Walk.change` says what a person changes, and `shape`
removes what differs each time.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.documentation.blocks import Command
from tests.integration.terminal import Terminal
from tests.ports import free_port

from setpoint.testing.patience import patient

_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"\d\d:\d\d:\d\d(\+00:00)?"), "TIME"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f-]{4,27}(…|\b)"), "ID"),
    (re.compile(r"\s+"), " "),
)
_MAY_COME_LATER = ("setpoint audit", "setpoint events")
"""The server stores events a moment after they happen, so commands that only read may be repeated."""


def shape(line: str) -> str:
    for pattern, word in _CHANGING:
        line = pattern.sub(word, line)
    return line.strip()


def missing(expected: list[str], output: str) -> list[str]:
    """Returns the lines that the page shows but the command did not print, in any order. ``…`` stands for anything."""
    shapes = [shape(line) for line in output.splitlines()]
    return [line for line in expected if not any(_pattern(line).search(each) for each in shapes)]


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in shape(line).split("…")))


@dataclass(frozen=True, slots=True)
class PageServer:
    """A server that was started by a page's command."""

    url: str
    log: Path

    def is_at(self, path: str) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}{path}", timeout=1, trust_env=False).is_success
        return False


class Walk:
    """A person's terminal: a folder, an environment, and the person's changes to the page's commands."""

    def __init__(
        self,
        folder: Path,
        changes: Mapping[str, str],
        *,
        python: Path = Path(sys.executable),
        **environment: str,
    ) -> None:
        """``python`` has Setpoint installed, and its commands are beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._changes = dict(changes)
        self._unused = set(changes)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SETPOINT_")}
        self._python = python
        path = f"{python.parent}{os.pathsep}{inherited['PATH']}"
        fixed = {
            "PATH": path,
            "COLUMNS": "104",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "SETPOINT_DATABASE_TIMEOUT": "20",
        }
        self.environment = inherited | fixed | environment

    def change(self, old: str, new: str) -> None:
        self._changes[old] = new
        self._unused.add(old)

    def changed(self, text: str) -> str:
        for old, new in self._changes.items():
            if old in text:
                text = text.replace(old, new)
                self._unused.discard(old)
        return text

    def run(self, command: Command, *, code: int = 0) -> str:
        """Runs a command and returns its output, which must contain everything that the page shows."""
        expected = [self.changed(line) for line in command.prints]
        until = time.monotonic() + patient(15)
        while True:
            output = self._run_in_shell(self.changed(command.words), code)
            lacking = missing(expected, output)
            if not lacking:
                return output
            may_repeat = command.words.startswith(_MAY_COME_LATER) and time.monotonic() < until
            assert may_repeat, f"$ {command.words}\n{output}\nlacks:\n" + "\n".join(lacking)

    @contextmanager
    def typing(self, command: Command) -> Iterator[Terminal]:
        """Runs the command with a person at the keyboard, until the end of the context."""
        shell_command = f"cd {shlex.quote(str(self.folder))} && exec {self.changed(command.words)}"
        names = ("PATH", "COLUMNS", *(name for name in self.environment if name.startswith("SETPOINT_")))
        session = Terminal(
            ["env", *(f"{name}={self.environment[name]}" for name in names), "sh", "-c", shell_command]
        )
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def serving(self, command: Command, *, started: str = "/readyz") -> Iterator[PageServer]:
        """Starts the command's server on a free port. Yields it when it is ready."""
        port = free_port()
        environment = self.environment | {"SETPOINT_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        shell_command = self.changed(command.words).replace("$PORT", str(port))
        log = self.folder / f"{port}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["sh", "-c", f"exec {shell_command}"],
                cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        server = PageServer(f"http://127.0.0.1:{port}", log)
        give_up = time.monotonic() + patient(30)
        try:
            while not server.is_at(started):
                assert process.poll() is None, f"$ {shell_command}\nended: {log.read_text('utf-8')}"
                assert time.monotonic() < give_up, f"$ {shell_command}\n{log.read_text('utf-8')}"
                time.sleep(0.05)
            yield server
        finally:
            process.terminate()
            process.wait(patient(20))

    def python(self, program: str) -> str:
        return self._run_command([str(self._python), "-W", "error", "-c", self.changed(program)], 0)

    def end(self) -> None:
        """Checks that every text that a person must change is still on the page."""
        assert self._unused == set()

    def _run_in_shell(self, shell_command: str, code: int) -> str:
        return self._run_command(["sh", "-c", shell_command], code)

    def _run_command(self, command: list[str], code: int) -> str:
        process = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=patient(90),
        )
        output = process.stdout + process.stderr
        assert process.returncode == code, f"{command[-1]}\nended with {process.returncode}:\n{output}"
        return output


def use_link(server: PageServer, name: str, secret: str = "") -> None:
    """Chooses name and password by a link that works once: the server's, or another one."""
    link = re.search(r"#link=(\S+)", server.log.read_text("utf-8"))
    assert link is not None, server.log.read_text("utf-8")
    body = {"secret": secret or link[1], "name": name, "password": "a sentence of some length"}
    headers = {"origin": server.url, "sec-fetch-site": "same-origin"}
    url = f"{server.url}/api/invite"
    httpx.put(url, json=body, headers=headers, trust_env=False, timeout=patient(20)).raise_for_status()
