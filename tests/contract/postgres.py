"""A PostgreSQL server for tests: a fresh cluster in a directory, on 127.0.0.1, removed when the tests end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ports import free_port

from setpoint.testing.patience import patient

_UNPRIVILEGED = ("postgres", "nobody")
"""The user for the server if the tests run as root, which PostgreSQL refuses."""


def binaries() -> Path:
    """Returns the folder of initdb and postgres, of the newest installed version."""
    on_path = shutil.which("initdb")
    found = (
        [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    for directory in found:
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    raise RuntimeError("these tests need a PostgreSQL server; install it: apt-get install postgresql")


@dataclass(frozen=True)
class Cluster:
    """A running server that tests can freeze, kill and start again."""

    url: str
    data: Path
    start: Callable[[], None]

    def kill(self) -> None:
        """Kills every process of the server, as a power cut would."""
        pids = [postmaster := self.postmaster, *_children_of(postmaster)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        give_up = time.monotonic() + patient(20)
        while any(is_alive(pid) for pid in pids):
            assert time.monotonic() < give_up, "PostgreSQL does not end"
            time.sleep(0.02)
        # If nobody reaps the ended processes, the next server thinks that this one still runs.
        for lock in (self.data / "postmaster.pid", *self.data.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspends every process of the server, as a debugger or a disk that does not answer would."""
        postmaster = self.postmaster
        os.kill(postmaster, signal.SIGSTOP)  # first, so that it starts no more processes
        stopped = [postmaster]
        try:
            for pid in _children_of(postmaster):
                with suppress(ProcessLookupError):  # it has ended meanwhile
                    os.kill(pid, signal.SIGSTOP)
                    stopped.append(pid)
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    @property
    def postmaster(self) -> int:
        return _postmaster_of(self.data)


def _postmaster_of(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def _children_of(parent: int) -> list[int]:
    return [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent_of(stat) == parent]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _parent_of(stat: Path) -> int | None:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return None


@contextmanager
def cluster() -> Iterator[str]:
    """Runs a server with its data in a fresh directory; yields the URL of its database."""
    with running_cluster() as found:
        yield found.url


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    programs, port, user = binaries(), free_port(), _server_user()
    with tempfile.TemporaryDirectory(prefix="setpoint-postgres-") as directory:
        data = Path(directory)
        if user is not None:
            shutil.chown(data, user)
        with _server(programs, data, port, user) as start:
            yield Cluster(f"postgresql://setpoint@127.0.0.1:{port}/postgres", data, start)


@pytest.fixture(scope="module", name="cluster")
def own_cluster() -> Iterator[Cluster]:
    """A server for the tests of one file, which may stop, freeze and kill it."""
    with running_cluster() as found:
        yield found


@contextmanager
def _server(programs: Path, data: Path, port: int, user: str | None) -> Iterator[Callable[[], None]]:
    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        log = data.with_suffix(".out")
        with log.open("w") as out:  # a file, because a pipe would stay open in the server
            process = subprocess.run(
                command, user=user, cwd="/", stdout=out, stderr=out, timeout=patient(50), check=False
            )
        output = log.read_text()
        log.unlink()
        if process.returncode != 0:
            raise RuntimeError(f"{program} failed: {output}")

    run("initdb", "-U", "setpoint", "-A", "trust", "-E", "UTF8", "-N")
    in_time = ("-w", "-t", str(round(patient(50))))

    def start() -> None:
        run("pg_ctl", *in_time, "-o", f"-h 127.0.0.1 -p {port} -k {data} -F", "start")

    start()
    try:
        yield start
    finally:
        if (data / "postmaster.pid").exists() and is_alive(_postmaster_of(data)):
            run("pg_ctl", "-m", "immediate", *in_time, "stop")


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in known)
