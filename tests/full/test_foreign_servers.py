"""Servers on stacks that nobody here wrote: the how-to is walked on each, from nothing to an applied target, and timed.

Each stack comes from its registry when the test first runs, into a folder beside the temporary files. What is needed:
Python for open62541 (PyPI ``o6``), Go for gopcua, a JDK 17 with Maven for Eclipse Milo, Rust for async-opcua.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.integration.opcua_howto import walk_the_howto
from tests.integration.opcua_peer import free_port

_SOURCES = Path(__file__).parent / "foreign"
_MADE = Path(tempfile.gettempdir()) / "setpoint-foreign-servers"
_O6 = "2.2.0"


def _open62541(port: int, _: Path) -> Sequence[str]:
    python = _MADE / "o6" / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(_MADE / "o6")])
    _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", f"o6=={_O6}"])
    return [str(python), str(_SOURCES / "open62541_peer.py"), str(port)]


def _gopcua(port: int, _: Path) -> Sequence[str]:
    _run([_tool("go", "Go"), "build", "-o", str(_MADE / "gopcua-peer"), "."], _SOURCES / "gopcua")
    return [str(_MADE / "gopcua-peer"), str(port)]


def _milo(port: int, folder: Path) -> Sequence[str]:
    made = _MADE / "milo"
    shutil.copytree(_SOURCES / "milo", made, dirs_exist_ok=True)
    if not (made / "lib").is_dir():
        _run(
            [_tool("mvn", "Maven"), "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], made
        )
    _run([_tool("javac", "a JDK 17"), "-cp", "lib/*", "-d", "classes", "Peer.java"], made)
    return [_tool("java", "a JDK 17"), "-cp", f"{made}/lib/*:{made}/classes", "Peer", str(port), str(folder)]


def _async_opcua(port: int, folder: Path) -> Sequence[str]:
    made = _MADE / "async_opcua"
    shutil.copytree(_SOURCES / "async_opcua", made, dirs_exist_ok=True)
    _run([_tool("cargo", "Rust"), "build", "-q"], made)
    return [str(made / "target" / "debug" / "opcua-peer"), str(port), str(folder)]


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    "stack", [_open62541, _gopcua, _milo, _async_opcua], ids=lambda each: each.__name__.strip("_")
)
def test_by_the_how_to_a_set_point_of_a_strangers_server_is_changed(
    stack: Callable[[int, Path], Sequence[str]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    _MADE.mkdir(exist_ok=True)
    port = free_port()
    with _running(stack(port, tmp_path), tmp_path) as endpoint:
        took_s = walk_the_howto(endpoint, tmp_path)
    record_property("seconds", round(took_s, 1))
    print(f"{stack.__name__.strip('_')}: {took_s:.1f} s")


@contextlib.contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[str]:
    """The endpoint of a server that says when it is ready."""
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


def _tool(name: str, what: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"this test needs {what} ({name}) on the path"
    return found


def _run(command: Sequence[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=1_500)
    assert done.returncode == 0, f"{' '.join(command)}:\n{(done.stdout + done.stderr)[-3000:]}"
