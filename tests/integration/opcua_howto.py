"""The steps of the how-tos in docs/howto, each with its command, and what a person edits between them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import httpx
import openpyxl
from tests.forked import completed
from tests.integration.running_server import SETPOINT, RunningServer, running_server

from setpoint.cli import EXIT_NO_CONNECTION
from setpoint.testing.patience import patient


def walk_the_howto(endpoint: str, folder: Path) -> float:
    """Goes from a server of presses 3 and 11 to an applied target of press 11. Returns how many seconds it took."""
    began = time.monotonic()
    plant_file = folder / "plant.toml"
    assert "setpoint check --connect" in _setpoint("opcua", "browse", endpoint, "--out", plant_file)
    proposed = plant_file.read_text("utf-8")
    assert "writable = true   # Int16, now 125; give min and max" in proposed
    plant_file.write_text(proposed.replace("; give min and max", "\nmin = 0\nmax = 2000"), "utf-8")
    tried = set_by_workbook(plant_file, folder, "m:11")
    assert "m:11 targetSpeed" in tried
    assert "Int16 125, GOOD, writable" in tried
    return time.monotonic() - began


def set_by_workbook(plant_file: Path, folder: Path, machine: str) -> str:
    """Follows the last steps of every how-to: check, run, fill in a target of 900, upload it. Returns what the check
    printed.
    """
    workbook = folder / "targets.xlsx"
    tried = _setpoint("check", "--connect", plant_file)
    assert "No mistakes" in tried
    with running_server(folder / "data", "--plant", str(plant_file), command="serve") as server:
        token = _first_token(server)
        connection = ("--url", server.url, "--token", token)
        _run_until_answered("template", workbook, *connection)
        fill_in(workbook, machine, "Target Speed", 900)
        _upload_until_applied(workbook, *connection)
    return tried


def _setpoint(*arguments: str | Path) -> str:
    """Runs a command, which must succeed, and returns what it printed."""
    result = completed([*SETPOINT, *map(str, arguments)], timeout=patient(60))
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def _run_until_answered(*arguments: str | Path) -> None:
    """Repeats a command that only reads until the server answers. A busy server may need longer than a command
    waits.
    """
    give_up = time.monotonic() + patient(60)
    while (
        result := completed([*SETPOINT, *map(str, arguments)], timeout=patient(60))
    ).returncode == EXIT_NO_CONNECTION:
        assert time.monotonic() < give_up, result.stderr
    assert result.returncode == 0, result.stdout + result.stderr


def _upload_until_applied(workbook: Path, *connection: str) -> None:
    """Repeats the target until it is applied. A machine that did not answer in time is blocked for a while."""
    give_up = time.monotonic() + patient(60)
    while True:
        result = completed([*SETPOINT, "upload", str(workbook), "--yes", *connection], timeout=patient(60))
        output = result.stdout + result.stderr
        if "is BAD" not in output or time.monotonic() > give_up:
            break
    assert result.returncode == 0, output
    assert "1 applied" in output


def _first_token(server: RunningServer) -> str:
    """Signs the administrator in by the link that the server printed, and makes a token for a program."""
    link = re.search(r"#link=(\S+)", server.log.read_text("utf-8"))
    assert link is not None
    headers = {"origin": server.url, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=patient(20)) as browser:
        invite = {"secret": link[1], "name": "anna", "password": "a sentence of some length"}
        browser.put("/api/invite", json=invite).raise_for_status()
    output = _setpoint(
        "token", "create", "anna", "terminal", "--role", "operator", "--json", "--data-dir", server.data_dir
    )
    token: str = json.loads(output)["token"]
    return token


def fill_in(workbook: Path, machine: str, column: str, value: float) -> None:
    """Fills in one cell in the machine's row, as a person does, and leaves the others as they are."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(str(cell.value).startswith(column) for cell in row))
    place = next(at for at, cell in enumerate(header, 1) if str(cell.value).startswith(column))
    number = next(at for at, row in enumerate(sheet.iter_rows(), 1) if row[0].value == machine)
    sheet.cell(number, place, value)
    book.save(workbook)
