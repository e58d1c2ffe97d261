"""Runs the how-to on OPC UA servers of other makers, from nothing to an applied target, and measures the time.

Each stack comes from its registry when the test first runs, into a folder beside the temporary files. The tests need
Python for open62541 (PyPI ``o6``), Go for gopcua, JDK 17 and Maven for Eclipse Milo, and Rust for async-opcua.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.full.foreign_peers import BUILDS, SOURCES, go_program, run, running, tool
from tests.integration.opcua_howto import walk_the_howto
from tests.ports import free_port

_O6 = "2.2.0"


def _open62541(port: int, _: Path) -> Sequence[str]:
    python = BUILDS / "o6" / "bin" / "python"
    if not python.exists():
        run([sys.executable, "-m", "venv", str(BUILDS / "o6")])
    run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", f"o6=={_O6}"])
    return [str(python), str(SOURCES / "open62541_peer.py"), str(port)]


def _gopcua(port: int, _: Path) -> Sequence[str]:
    return [go_program("gopcua"), str(port)]


def _milo(port: int, folder: Path) -> Sequence[str]:
    build = BUILDS / "milo"
    shutil.copytree(SOURCES / "milo", build, dirs_exist_ok=True)
    if not (build / "lib").is_dir():
        run(
            [tool("mvn", "Maven"), "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"],
            build,
        )
    run([tool("javac", "a JDK 17"), "-cp", "lib/*", "-d", "classes", "Peer.java"], build)
    return [
        tool("java", "a JDK 17"),
        "-cp",
        f"{build}/lib/*:{build}/classes",
        "Peer",
        str(port),
        str(folder),
    ]


def _async_opcua(port: int, folder: Path) -> Sequence[str]:
    build = BUILDS / "async_opcua"
    shutil.copytree(SOURCES / "async_opcua", build, dirs_exist_ok=True)
    run([tool("cargo", "Rust"), "build", "-q"], build)
    return [str(build / "target" / "debug" / "opcua-peer"), str(port), str(folder)]


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    "stack", [_open62541, _gopcua, _milo, _async_opcua], ids=lambda each: each.__name__.strip("_")
)
def test_by_the_how_to_a_set_point_of_a_strangers_server_is_changed(
    stack: Callable[[int, Path], Sequence[str]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    port = free_port()
    with running(stack(port, tmp_path), tmp_path) as endpoint:
        took_s = walk_the_howto(endpoint, tmp_path)
    record_property("seconds", round(took_s, 1))
    print(f"{stack.__name__.strip('_')}: {took_s:.1f} s")
