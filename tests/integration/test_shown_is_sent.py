"""The terminal sends what it showed. A stop or another person's change during the prompt counts (PRE-1)."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest
from tests.integration.running_server import RunningServer, running_server
from tests.integration.terminal import as_ben, line_with, setpoint, terminal


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("shown") / "data", "--calm") as server:
        yield server


def plan(folder: Path, *rows: tuple[str, float]) -> Path:
    file = folder / "plan.csv"
    file.write_text("Machine ID,Target Speed\n" + "".join(f"{machine},{speed}\n" for machine, speed in rows))
    return file


def simulate(server: RunningServer, machine: str, status: str | None) -> None:
    event = {"machine": machine, "status": status}
    httpx.post(f"{server.url}/api/simulator/events", json=event).raise_for_status()


def targets_of(server: RunningServer, machine: str) -> list[tuple[str, str]]:
    """Returns the author and the outcome of each target of a machine, newest first."""
    targets = []
    for each in httpx.get(f"{server.url}/api/batches", params={"machine": machine}).json()["items"]:
        story = httpx.get(f"{server.url}/api/batches/{each['txId']}").json()
        targets += [
            (story["person"], item["outcome"]) for item in story["results"] if item["machine"] == machine
        ]
    return targets


@pytest.mark.rule("PRE-1", "SAFE-3")
def test_a_stop_that_is_raised_and_cleared_at_the_prompt_ends_as_a_conflict(
    server: RunningServer, tmp_path: Path
) -> None:
    with terminal(server, "upload", plan(tmp_path, ("m:401", 731), ("m:402", 732))) as session:
        session.until("Send 2 targets to 2 machines?")
        simulate(server, "m_401", "EMERGENCY_STOP")
        simulate(server, "m_401", None)
        session.type("y")
        assert session.end() == 1, session.output
    end = session.output.splitlines()
    assert any("m:401" in line and ("conflict with" in line or "EMERGENCY STOP" in line) for line in end)
    assert "✓ applied" in line_with(session.output, "m:402", "732", "applied")
    assert "1 applied, 1 not applied. Batch " in session.output
    assert targets_of(server, "m_401") == [("anna", "conflict")]


@pytest.mark.rule("PRE-1", "CONF-1")
def test_another_operators_change_at_the_prompt_ends_as_a_conflict_with_their_name(
    server: RunningServer, tmp_path: Path
) -> None:
    with terminal(server, "upload", plan(tmp_path, ("m:411", 731))) as session:
        session.until("Send 1 target to 1 machine?")
        as_ben(server, "m_411", 555)
        session.type("y")
        assert session.end() == 1, session.output
    assert "conflict with ben (555 rpm)" in line_with(session.output, "m:411", "731", "conflict")
    assert targets_of(server, "m_411") == [("anna", "conflict"), ("ben", "applied")]


@pytest.mark.rule("PRE-1")
def test_a_row_that_changed_since_it_was_shown_is_unticked_and_is_sent_once_it_is_taken(
    server: RunningServer, tmp_path: Path
) -> None:
    with terminal(server, "upload", plan(tmp_path, ("m:412", 731), ("m:413", 732))) as session:
        session.until("Send 2 targets to 2 machines?")
        as_ben(server, "m_412", 556)
        looks = 2
        while "after it was shown" not in session.output:  # the line's topic carries it within a second
            session.type(f"fix m:413 targetSpeed={731 + looks}")
            session.until("Send ", times=looks)
            looks += 1
        assert "Send 1 target to 1 machine?" in session.output
        assert "after it was shown" in line_with(session.output, "m:412", "changed by ben")
        session.type("take m:412")
        session.until("Send ", times=looks)
        assert "Send 2 targets to 2 machines?" in session.output.splitlines()[-1]
        session.type("y")
        assert session.end() == 0, session.output
    assert "✓ applied" in line_with(session.output, "m:412", "731", "applied")


@pytest.mark.rule("PRE-1", "PRE-5")
def test_an_undo_is_in_conflict_with_a_change_during_the_prompt(
    server: RunningServer, tmp_path: Path
) -> None:
    code, output = setpoint(server, "upload", plan(tmp_path, ("m:421", 731), ("m:422", 732)), "--yes")
    assert code == 0, output
    tx_id = output.split("Batch ")[-1].split()[0]
    with terminal(server, "undo", tx_id) as session:
        session.until("Send 2 targets to 2 machines?")
        as_ben(server, "m_421", 557)
        session.type("y")
        assert session.end() == 1, session.output
    assert "conflict with ben (557 rpm)" in line_with(session.output, "m:421", "conflict")
    assert "✓ applied" in line_with(session.output, "m:422", "applied")


@pytest.mark.rule("PRE-1", "PRE-4")
def test_a_blocked_row_is_reported_and_never_sent_from_the_prompt(
    server: RunningServer, tmp_path: Path
) -> None:
    simulate(server, "m_423", "FAULT")
    result_file = tmp_path / "back.xlsx"
    with terminal(
        server, "upload", plan(tmp_path, ("m:423", 731), ("m:403", 732)), "--result", result_file
    ) as session:
        session.until("Send 1 target to 1 machine?")
        simulate(server, "m_423", None)
        session.type("y")
        assert session.end() == 1, session.output
    assert "FAULT" in line_with(session.output, "m:423", "not sent")
    assert "1 applied, 1 not sent. Batch " in session.output
    assert targets_of(server, "m_423") == []
    rows = {row[0]: row[2:4] for row in openpyxl.load_workbook(result_file).worksheets[0].values}
    assert rows["m:403"] == ("applied", None)
    assert rows["m:423"][0] == "not sent"
    assert "FAULT" in str(rows["m:423"][1])


@pytest.mark.rule("PRE-4")
def test_the_workbook_that_comes_back_says_why_a_row_was_not_sent(
    server: RunningServer, tmp_path: Path
) -> None:
    content = plan(tmp_path, ("m:402", 741), ("m:403", 742)).read_bytes()
    digest, tx_id = hashlib.sha256(content).hexdigest(), str(uuid.uuid4())
    with httpx.Client(base_url=server.url, headers={"X-Demo-User": "anna"}, timeout=30) as anna:
        source = {"filename": "plan.csv", "sha256": digest, "rows": 2}
        batch = {"txId": tx_id, "updates": {"m_402": {"targetSpeed": 741}}, "source": source}
        anna.post("/api/batches", json=batch).raise_for_status()
        headers = {"Content-Type": "application/octet-stream"}
        address = f"/api/files/{digest}?filename=plan.csv"
        anna.put(address, content=content, headers=headers).raise_for_status()
        why = {
            "m_402": {"targetSpeed": "of no account: it was sent"},
            "m_403": {"targetSpeed": "=1+1 in a stop"},
        }
        answer = anna.post(f"/api/batches/{tx_id}/result.xlsx", json={"notSent": why})
        assert answer.status_code == 200, answer.text
        for wrong in ({}, {"notSent": {"m_403": "why"}}, {"notSent": {"m_403": {"targetSpeed": "x" * 501}}}):
            assert anna.post(f"/api/batches/{tx_id}/result.xlsx", json=wrong).status_code == 422
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = {row[0]: row[2:4] for row in sheet.values}
    assert rows["m:402"][0] == "applied"
    assert rows["m:403"][0] == "not sent"
    assert sheet["D3"].data_type == "s", "texts that are written back never start a formula (XL-7)"
    assert "in a stop" in str(rows["m:403"][1])
