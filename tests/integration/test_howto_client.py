"""The programs of two guides run as they stand, with a real server and a simulated plant.

The guides are docs/howto/write-a-client.md and docs/reference/python-by-example.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from tests.integration.running_server import RunningServer

from setpoint.client import DEFAULT_URL
from setpoint.testing.patience import patient

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = (DOCS / "howto" / "write-a-client.md", DOCS / "reference" / "python-by-example.md")
HEADINGS_AND_PROGRAMS = re.compile(r"^## (\w[^\n]*)$|```python\n(.*?)```", re.DOTALL | re.MULTILINE)


def programs() -> list[ParameterSet]:
    """Returns every program of the guides by its heading."""
    parameters: list[ParameterSet] = []
    heading = ""
    text = "\n".join(guide.read_text("utf-8") for guide in GUIDES)
    for title, program in HEADINGS_AND_PROGRAMS.findall(text):
        if title:
            heading = title
        else:
            parameters.append(pytest.param(program, id=f"{heading} {len(parameters) + 1}"))
    return parameters


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("plant"), "--calm", "--seed", "1", has_history=True)
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("program", programs())
def test_the_program_runs_as_it_stands(server: RunningServer, program: str) -> None:
    its_server = f"import setpoint.client\nsetpoint.client.DEFAULT_URL = {server.url!r}\n"
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", its_server + program.replace(DEFAULT_URL, server.url)],
        capture_output=True,
        text=True,
        timeout=patient(30),
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    assert process.stdout
    assert "not everything was applied" not in process.stdout
