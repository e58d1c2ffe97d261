"""Builds and runs the programs of ``foreign/``. Each comes from its registry when a test first needs it."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCES = Path(__file__).parent / "foreign"
BUILDS = Path(tempfile.gettempdir()) / "setpoint-foreign-servers"
BUILDS.mkdir(exist_ok=True)


def go_program(name: str) -> str:
    """Returns a Go program. Builds it if it is missing or older than its source."""
    binary = BUILDS / f"{name}-peer"
    run([tool("go", "Go"), "build", "-o", str(binary), "."], SOURCES / name)
    return str(binary)


@contextlib.contextmanager
def running(command: Sequence[str], folder: Path) -> Iterator[str]:
    """Runs a server until the block ends. Yields its endpoint once the server is ready."""
    with (folder / "peer.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=folder)
    timer = threading.Timer(60, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        while line := process.stdout.readline():
            if line.startswith(b'{"ready"'):
                timer.cancel()
                yield str(json.loads(line)["endpoint"])
                return
        raise AssertionError(f"the server did not start:\n{(folder / 'peer.log').read_text()[-2000:]}")
    finally:
        timer.cancel()
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def tool(name: str, what: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"this test needs {what} ({name}) on the path"
    return path


def run(command: Sequence[str], folder: Path | None = None) -> None:
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=1_500)
    assert process.returncode == 0, f"{' '.join(command)}:\n{(process.stdout + process.stderr)[-3000:]}"
