"""A planner's day in the terminal, with the real command line, the real server, and LibreOffice for the workbook."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from tests.integration.opcua_howto import fill_in
from tests.integration.running_server import RunningServer, running_server
from tests.integration.terminal import as_ben, line_with, run_until_answered, setpoint, terminal
from tests.workbooks import office

from setpoint.testing.patience import patient


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("day") / "data", "--calm") as server:
        yield server


@pytest.fixture(autouse=True)
def interrupts_reach_commands() -> Iterator[None]:
    """A shell that runs the tests in the background makes them ignore ^C, and commands inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def set_points(template: bytes) -> dict[str, float]:
    """Returns the target speed of each machine, by its id."""
    sheet = load_workbook(BytesIO(template)).worksheets[0]
    return {str(row[0]): float(str(row[1])) for row in sheet.iter_rows(min_row=2, values_only=True)}


@pytest.mark.rule("CONF-1", "SAFE-3", "XL-6", "XL-7")
def test_a_planners_day(server: RunningServer, tmp_path: Path) -> None:
    # Download the template, fill it in with LibreOffice.
    file, result_file = tmp_path / "shift.xlsx", tmp_path / "done.xlsx"
    assert run_until_answered(server, "template", file, "--topic", "line:01")[0] == 0
    before = set_points(file.read_bytes())
    targets = {"m:401": before["m:401"] + 100, "m:402": before["m:402"] + 100, "m:403": 9_999.0}
    file.write_bytes(office.filled_in(file.read_bytes(), targets))

    # Preview, fix one cell, commit. One machine stops in between.
    with terminal(server, "upload", file, "--reason", "late shift", "--result", result_file) as session:
        session.until("Send ")
        assert "not 9999" in line_with(session.output, "Target Speed takes")
        assert "+100 (+" in line_with(session.output, "m:401", "targetSpeed")
        session.type(f"fix 4 m:403 targetSpeed={before['m:403'] + 50:g}")
        session.until("Send ", times=2)
        httpx.post(
            f"{server.url}/api/simulator/events", json={"machine": "m_402", "status": "EMERGENCY_STOP"}
        ).raise_for_status()
        session.type("y")
        assert session.end() == 1
    assert "✓ applied" in line_with(session.output, "m:401", "targetSpeed", "applied")
    assert "✓ applied" in line_with(session.output, "m:403", "targetSpeed", "applied")
    assert "EMERGENCY STOP" in line_with(session.output, "row     3", "m:402", "targetSpeed")
    match = re.search(r"Batch ([0-9a-f-]{36})", session.output)
    assert match is not None
    tx_id = match[1]

    # Open the annotated workbook with LibreOffice.
    header, *rows = office.rows(result_file.read_bytes())
    by_machine = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_machine["m:401"]["Status"] == "applied"
    assert by_machine["m:402"]["Status"] == "blocked"
    assert "EMERGENCY_STOP" in by_machine["m:402"]["Reason"]
    assert by_machine["m:403"]["Reason"] == "put right before it was sent"
    assert by_machine["m:401"]["By"] == by_machine["m:403"]["By"] == "anna"

    # Undo through the preview. It names and skips what another person has changed since.
    as_ben(server, "m_403", 700)
    with terminal(server, "undo", tx_id) as session:
        session.until("Send ")
        assert "▲ changed by ben at" in line_with(session.output, "m:403", "targetSpeed")
        session.type("y")
        assert session.end() == 1
    assert "conflict with ben" in line_with(session.output, "m:403", "targetSpeed", "conflict with")
    now = set_points(httpx.get(f"{server.url}/api/template.xlsx", params={"topic": "line:01"}).content)
    assert (now["m:401"], now["m:403"]) == (before["m:401"], 700)

    # The audit has everything, with the file.
    _, output = run_until_answered(server, "audit")
    assert "undo of " in output
    assert "shift.xlsx" in output
    _, output = run_until_answered(server, "audit", "--batch", tx_id)
    assert re.search("SHA-256 [0-9a-f]{64}", output)


@pytest.mark.rule("CONF-1", "CONF-2")
def test_a_file_filled_in_yesterday_meets_todays_changes_as_conflicts(
    server: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "yesterday.xlsx"
    assert run_until_answered(server, "template", file, "--topic", "line:03")[0] == 0
    for machine, target in (("m:421", 611), ("m:422", 622)):
        fill_in(file, machine, "Target Speed", target)
    as_ben(server, "m_422", 555)
    code, output = setpoint(server, "upload", file, "--yes")
    assert code == 1
    assert "▲ changed by ben at" in line_with(output, "m:422", "targetSpeed", "622")
    assert "✓ applied" in line_with(output, "m:421", "targetSpeed 611")
    assert "conflict with ben (555 rpm)" in line_with(output, "row     3", "m:422", "targetSpeed 622")


@pytest.mark.rule("CMD-4")
def test_rows_left_out_and_cells_fixed_on_the_command_line_are_what_is_sent(
    server: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("Machine ID,Target Speed\nm:411,700\nm:412,710\nm:413,9999\n")
    wrong = setpoint(server, "upload", file, "--yes", "--fix", "m:412 targetSpeed=9999")
    assert wrong[0] == 2
    assert "a number from 0 to 3000 rpm" in wrong[1]
    code, output = setpoint(server, "upload", file, "--yes", "--leave-out", "2", "--fix", "4 m:413 tempo=720")
    assert code == 2
    assert "the fields are targetSpeed, mode" in output
    code, output = setpoint(
        server, "upload", file, "--yes", "--atomic", "--leave-out", "2", "--fix", "4 m:413 TargetSpeed=720"
    )
    assert code == 0, output
    assert "m:411" not in output
    assert "✓ applied" in line_with(output, "m:412", "targetSpeed 710")
    assert "✓ applied" in line_with(output, "row     4", "m:413", "targetSpeed 720")


def trouble(server: RunningServer, machine: str, **what: str | None) -> None:
    httpx.post(f"{server.url}/api/simulator/events", json={"machine": machine, **what}).raise_for_status()


def batches_of(server: RunningServer, machine: str) -> list[str]:
    answer = httpx.get(f"{server.url}/api/batches", params={"machine": machine, "person": "anna"})
    return [each["txId"] for each in answer.raise_for_status().json()["items"]]


@pytest.mark.rule("CONF-1", "SAFE-3")
def test_a_retry_shows_what_others_changed_since_and_sends_the_failed_targets_again(
    server: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("Machine ID,Target Speed\nm:411,811\nm:412,812\nm:413,813\n")
    for machine in ("m_412", "m_413"):
        trouble(server, machine, status="FAULT")
    code, output = setpoint(server, "upload", file, "--yes")
    assert code == 1
    assert "1 applied, 2 not applied" in output
    match = re.search(r"Batch ([0-9a-f-]{36})", output)
    assert match is not None

    trouble(server, "m_412", status=None)
    code, output = setpoint(server, "retry", match[1], "--yes")
    assert code == 1, "one of the targets is still set"
    assert "m:411" not in output, "an applied target is not requested again"
    assert "✓ applied" in line_with(output, "m:412", "targetSpeed 812")
    assert "FAULT" in line_with(output, "m:413", "targetSpeed 813")
    _, audit_log = run_until_answered(server, "audit")
    assert "retry of " in audit_log

    retry_match = re.search(r"Batch ([0-9a-f-]{36})", output)
    assert retry_match is not None
    trouble(server, "m_413", status=None)
    assert setpoint(server, "retry", retry_match[1], "--yes")[0] == 0
    trouble(server, "m_413", fault="freeze")
    no_match = re.search(r"Batch ([0-9a-f-]{36})", setpoint(server, "upload", file, "--yes")[1])
    assert no_match is None, "every machine has its target: nothing was sent"
    trouble(server, "m_413", fault=None)


def test_a_batch_without_failures_has_nothing_to_try_again(server: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("Machine ID,Target Speed\nm:401,777\n")
    code, output = setpoint(server, "upload", file, "--yes")
    assert code == 0, output
    code, output = setpoint(server, "retry", batches_of(server, "m_401")[0], "--yes")
    assert code != 0
    assert "there is nothing to retry" in output


@pytest.mark.rule("CMD-7")
def test_an_interrupt_says_what_had_been_handed_over_already(server: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "targets.csv"
    file.write_text("Machine ID,Target Speed\nm:423,423\n")
    before = set(batches_of(server, "m_423"))
    with terminal(server, "upload", file) as uploading:
        uploading.until("Send 1 target")
        trouble(server, "m_423", fault="freeze")
        uploading.type("y")
        give_up = time.monotonic() + patient(20)
        while not (new := set(batches_of(server, "m_423")) - before):
            assert time.monotonic() < give_up
            time.sleep(0.02)
        uploading.interrupt()
        code = uploading.end()
        trouble(server, "m_423", fault=None)
    assert code == 1, uploading.output
    assert (
        "Withdrawn: 0 targets that had not left. 1 had been handed over to the machines" in uploading.output
    )
    assert f"setpoint undo {new.pop()}" in uploading.output
