"""Processes that start fast: ``Process`` is a `subprocess.Popen` whose Python has already loaded Setpoint.

Most of a server's start is loading modules. Each test process has one *fork server*, which has loaded them and forks
for every ``python -m …`` that a test starts. The fork behaves like a new process: it is a child of the test process
with its own arguments, environment, folder, standard streams and process group, and it ends like any other. If a fork
is not enough, for example for another environment of Python itself, this starts a real process. A test about starting
uses `subprocess`.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import io
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, AnyStr, TextIO

ROOT = Path(__file__).parents[1]
LOADED = (
    "setpoint.cli.upload",
    "setpoint.cli.serve",
    "setpoint.runtime.serving",
    "alembic.command",
    "litestar.plugins.pydantic",
    "pydantic.v1",
    "uvloop",
)
_MAY_DIFFER = ("SETPOINT_", "PYTHONUNBUFFERED", "PYTEST_", "TZ", "COLUMNS", "NO_COLOR")
"""Prefixes of variables that nobody reads before the program runs, so that a fork can take them over."""
_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER`` of prctl(2)."""
_LARGEST = 1 << 17


class Process(subprocess.Popen[AnyStr]):
    """Like `subprocess.Popen`."""

    def _execute_child(self, args: Any, *options: Any) -> None:
        """`subprocess.Popen` calls this after it has made the pipes, with the same options in each version of
        Python.
        """
        executable, preexec_fn, close_fds, pass_fds, cwd, env, *_, shell = options[:9]
        pipes = options[9:15]
        _, gid, gids, uid, umask, is_session, group = options[15:]
        environment = dict(os.environ if env is None else env)
        unusual = (executable, preexec_fn, not close_fds, pass_fds, shell, gid, gids, uid, umask != -1)
        if any(unusual) or not _can_fork(args, environment):
            super()._execute_child(args, *options)  # type: ignore[misc]  # private
            return
        stdin, _, _, stdout, _, stderr = pipes
        streams = [number if own == -1 else own for number, own in enumerate((stdin, stdout, stderr))]
        order = {
            "words": [os.fspath(word) for word in args[2:]],
            "folder": os.path.abspath(os.fspath(cwd or ".")),
            "environment": environment,
            "is_session": is_session,
            "group": group,
        }
        try:
            self.pid = _fork_server().fork(order, streams)
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]  # private
        self._child_created = True


def completed(
    command: Sequence[str], *, timeout: float, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Like `subprocess.run`, with captured text output and no check."""
    with Process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _can_fork(words: Any, environment: Mapping[str, str]) -> bool:
    is_module = (
        isinstance(words, list | tuple) and list(words[:2]) == [sys.executable, "-m"] and len(words) > 2
    )
    return sys.platform == "linux" and is_module and _of_python(environment) == _fork_server().environment


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a fork inherits from the fork server."""
    return {name: value for name, value in environment.items() if not name.startswith(_MAY_DIFFER)}


@cache
def _fork_server() -> _ForkServer:
    return _ForkServer(_of_python(os.environ))


class _ForkServer:
    """The test process's connection to the fork server, which ends when this closes, at the latest with the test
    process.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-m", "tests.forked", str(number)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, cwd=ROOT, env=environment, pass_fds=(number,)
            )
        self._socket = ours
        self._turn = threading.Lock()
        atexit.register(self._end)

    def fork(self, order: Mapping[str, Any], streams: list[int]) -> int:
        """Returns the process id of the new child."""
        with self._turn, _adopting():
            socket.send_fds(self._socket, [json.dumps(order).encode()], streams)
            return int(self._socket.recv(64))

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


@contextmanager
def _adopting() -> Iterator[None]:
    """Makes this process adopt processes whose parent ends."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


def _serve(orders: socket.socket) -> dict[str, Any]:
    """Forks for each order. Returns only in the forks, with their order."""
    while True:
        try:
            message, streams, _, _ = socket.recv_fds(orders, _LARGEST, 3)
        except KeyboardInterrupt:
            continue  # the test process ends us
        if not message:
            os._exit(0)
        reading, writing = os.pipe()
        waiting, adopted = os.pipe()
        between = os.fork()
        if between == 0 and os.fork() == 0:
            os.close(adopted)
            os.read(waiting, 1)
            order: dict[str, Any] = json.loads(message)
            _become(order, streams)
            os.write(writing, str(os.getpid()).encode())
            for each in (reading, writing, waiting):
                os.close(each)
            return order
        if between == 0:
            os._exit(0)  # the test process adopts our child
        os.waitpid(between, 0)
        os.write(adopted, b".")
        for each in (*streams, writing, waiting, adopted):
            os.close(each)
        orders.send(os.read(reading, 64) or b"no process")
        os.close(reading)


def _become(order: Mapping[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if order["is_session"]:
        os.setsid()
    if order["group"] >= 0:
        os.setpgid(0, order["group"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["folder"])
    sys.path[0] = order["folder"]
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        text_stream = _text(getattr(sys, name), number, is_unbuffered=is_unbuffered)
        setattr(sys, name, text_stream)
        setattr(sys, f"__{name}__", text_stream)


def _text(like: TextIO, number: int, *, is_unbuffered: bool) -> io.TextIOWrapper:
    """Opens a standard stream as Python does at its start."""
    mode = "w" if number else "r"
    raw = open(number, f"{mode}b", 0 if is_unbuffered and number else -1, closefd=False)  # noqa: SIM115  # until the end
    return io.TextIOWrapper(
        raw,
        like.encoding,
        like.errors,
        "\n",
        line_buffering=not is_unbuffered and (number == 2 or os.isatty(number)),
        write_through=is_unbuffered,
    )


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as _orders:
        for _module in LOADED:
            importlib.import_module(_module)
        gc.freeze()
        _order = _serve(_orders)
    sys.argv = _order["words"]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
