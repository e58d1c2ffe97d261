"""Runs pages that people follow with a running demo.

The pages are README.md, docs/howto/change-many-machines.md, docs/howto/check-a-server.md, docs/howto/read-a-shift.md
and conformance/README.md.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import openpyxl
import pytest
from tests.documentation.blocks import Command, blocks, commands
from tests.documentation.walk import Walk, missing
from tests.integration.running_server import RunningServer
from tests.integration.terminal import as_ben

from setpoint.testing.patience import patient

SHOWN_AT = "http://127.0.0.1:8000"
ASKED = "[y/N, fix …, leave …] "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A calm demo that records its history."""
    folder = tmp_path_factory.mktemp("plant") / "demo"
    server = RunningServer(folder, "--calm", "--seed", "1", has_history=True).start()
    yield server
    server.kill()


@pytest.fixture
def walk(server: RunningServer, tmp_path: Path) -> Walk:
    return Walk(tmp_path / "walk", {}, SETPOINT_URL=server.url)


def test_the_program_of_the_readme_changes_a_machine(server: RunningServer, walk: Walk) -> None:
    walk.change(SHOWN_AT, server.url)
    [program] = blocks("README.md", "python")
    assert "m_401 targetSpeed reconciled" in walk.python(program)
    walk.end()


def test_a_shift_is_read_in_the_terminal(walk: Walk) -> None:
    [block] = blocks("docs/howto/read-a-shift.md", "console")
    listing, reading = commands(block)
    shifts = re.findall(r"^(\d{10}) ", walk.run(listing), re.MULTILINE)
    walk.change("1780005600", shifts[0])
    assert "OEE" in walk.run(reading)
    walk.end()


def test_a_server_is_checked_against_the_contract(server: RunningServer, walk: Walk) -> None:
    """Both ways run the same checks, so the test takes the shorter one, as continuous integration does."""
    for page in ("docs/howto/check-a-server.md", "conformance/README.md"):
        assert all("setpoint conform http" in block for block in blocks(page, "console"))
    walk.change(SHOWN_AT, server.url)
    walk.run(commands(blocks("docs/howto/check-a-server.md", "console")[-1])[0])
    found = json.loads((walk.folder / "conform.json").read_text("utf-8"))
    assert len(found) > 10
    assert [each for each in found if each["verdict"] == "does not hold"] == []
    walk.end()


def fill_in(workbook: Path, cells: Mapping[str, float]) -> None:
    book = openpyxl.load_workbook(workbook)
    for cell, value in cells.items():
        book.worksheets[0][cell] = value
    book.save(workbook)


def reset_set_points(server: RunningServer) -> None:
    """Restores the demo's first set-points."""
    for machine, speed in {"m_401": 1080, "m_402": 960, "m_403": 1140}.items():
        as_ben(server, machine, speed)


def stop(server: RunningServer, machine: str) -> None:
    """Stops a machine, and returns when the server knows it."""
    before = _stops(server, machine)
    _simulate(server, machine, "EMERGENCY_STOP")
    give_up = time.monotonic() + patient(20)
    while _stops(server, machine) == before:
        assert time.monotonic() < give_up, "the server does not know about the stop"
        time.sleep(0.05)


def _stops(server: RunningServer, machine: str) -> int:
    params = {"machine": machine, "kind": "asserted"}
    return len(httpx.get(f"{server.url}/api/events", params=params).raise_for_status().json()["items"])


def end_stop(server: RunningServer, machine: str) -> None:
    """Ends a stop, and returns when the machine takes targets again."""
    _simulate(server, machine, None)
    give_up = time.monotonic() + patient(20)
    while (outcome := _outcome_of_a_target(server, machine)) == "blocked":
        assert time.monotonic() < give_up, outcome
        time.sleep(0.05)


def _simulate(server: RunningServer, machine: str, status: str | None) -> None:
    event = {"machine": machine, "status": status}
    httpx.post(f"{server.url}/api/simulator/events", json=event).raise_for_status()


def _outcome_of_a_target(server: RunningServer, machine: str) -> str:
    """Gives the machine a target, and returns its outcome."""
    batch = {"txId": str(uuid.uuid4()), "updates": {machine: {"targetSpeed": 960}}}
    answer = httpx.post(f"{server.url}/api/batches", json=batch, headers={"X-Demo-User": "ben"})
    return str(answer.raise_for_status().json()["results"][0]["outcome"])


@pytest.mark.rule("SAFE-3", "XL-6")
def test_a_workbook_with_a_stopped_machine_and_a_bad_row_is_uploaded_as_the_page_shows(
    server: RunningServer, walk: Walk
) -> None:
    template, upload, audit = commands(blocks("docs/howto/change-many-machines.md", "console")[0])
    reset_set_points(server)
    walk.run(template)
    fill_in(walk.folder / "targets.xlsx", {"B2": 1250, "B3": 1100, "B4": 1300, "B5": 3500})
    stop(server, "m_402")
    try:
        walk.run(upload, code=1)
        walk.run(audit)
    finally:
        end_stop(server, "m_402")
    assert (walk.folder / "done.xlsx").stat().st_size > 0


@pytest.mark.rule("CONF-1", "SAFE-3", "XL-7")
def test_a_planners_day_goes_as_the_page_shows(server: RunningServer, walk: Walk) -> None:
    reset_set_points(server)
    block = blocks("docs/howto/change-many-machines.md", "console")[1]
    template, upload, convert, undo = commands(block)
    walk.run(template)
    fill_in(walk.folder / "shift.xlsx", {"B2": 1250, "B3": 1100, "B4": 3500})
    output = upload_and_answer(server, walk, upload)
    # LibreOffice may run twice at the same time, and each run needs its own profile.
    walk.environment["HOME"] = str(walk.folder)
    walk.run(convert)
    as_ben(server, "m_403", 700)
    walk.change("87f21223-5f6f-4e8a-bab6-5c25dc913510", batch_of(output))
    walk.run(undo, code=1)
    end_stop(server, "m_402")
    walk.end()


def upload_and_answer(server: RunningServer, walk: Walk, upload: Command) -> str:
    """Types the answer to each question. A machine stops during the last one."""
    answers = [line.partition(ASKED)[2] for line in upload.prints if ASKED in line]
    assert len(answers) == 2
    with walk.typing(upload) as session:
        for number, answer in enumerate(answers, 1):
            session.until("Send ", times=number)
            if number == len(answers):
                stop(server, "m_402")
            session.type(answer)
        assert session.end() == 1
    assert missing([line.partition(ASKED)[0] for line in upload.prints], session.output) == [], session.output
    return session.output


def batch_of(output: str) -> str:
    found = re.search(r"Batch ([0-9a-f-]{36})", output)
    assert found is not None, output
    return found[1]
