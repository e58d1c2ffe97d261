"""The tutorial, followed word by word: its commands and programs run in their order, and say what it says they do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.running_server import RunningServer

from setpoint.testing.patience import patient

TUTORIAL = Path(__file__).parents[2] / "docs/tutorial.md"
READS = ("setpoint audit", "setpoint events")
BLOCK = re.compile(r"^```(console|python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path / "demo", "--calm", "--seed", "1").start()
    yield server
    server.kill()


def steps(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a terminal, each with the lines that it is shown to print."""
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *said = part.splitlines()
        found.append((command, said))
    return found


def run(command: list[str], folder: Path, url: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {
        "PATH": path,
        "SETPOINT_URL": url,
        "COLUMNS": "200",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=patient(60)
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def printed(command: str, expected: list[str], folder: Path, url: str) -> str:
    """What a command prints. Events are stored a moment after they happened, so what only reads may look again."""
    until = time.monotonic() + patient(15)
    while True:
        said = run(["sh", "-c", command], folder, url)
        if all(line in said for line in expected):
            return said
        may_look_again = command.startswith(READS) and time.monotonic() < until
        assert may_look_again, f"{command}: {said}"


def test_the_tutorial_leads_to_an_applied_workbook_its_undo_and_a_checked_plant(
    server: RunningServer, tmp_path: Path
) -> None:
    folder = tmp_path / "tutorial"
    folder.mkdir()
    batch, commands = "", 0
    for kind, block in BLOCK.findall(TUTORIAL.read_text("utf-8")):
        if kind == "toml":
            (folder / "plant.toml").write_text(block)
        elif kind == "python":
            run([sys.executable, "-c", block], folder, server.url)
        else:
            for command, expected in steps(block):
                said = printed(command.replace("BATCH", batch), expected, folder, server.url)
                if found := re.search(r"Batch ([0-9a-f-]{36})", said):
                    batch = found[1]
                commands += 1
    assert commands >= 6
    assert (folder / "done.xlsx").stat().st_size > 0
