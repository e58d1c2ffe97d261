"""The main job with the real server, as a planner does it: uploads a workbook and gets every row's outcome."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from tests.forked import Process, completed
from tests.integration.giving import give
from tests.integration.running_server import RunningServer, running_server
from tests.integration.slow_machines import LATE_BUT_IN_TIME_MS, NEVER_MS, slow_machines
from tests.ports import free_port
from tests.workbooks.traps import by_office
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_now
from websockets.typing import Subprotocol

from setpoint.testing.patience import patient

HEADER = ("Machine ID", "Target Speed", "Mode")
FINAL = {
    "applied",
    "diverged",
    "blocked",
    "conflict",
    "rejected",
    "failed",
    "cancelled",
    "superseded",
    "unknown",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for tests that only add to it. Each test uses its own machines."""
    with running_server(tmp_path_factory.mktemp("shared"), "--calm", "--machines", "60") as server:
        yield server


@contextmanager
def own_server(folder: Path, *, slow_ms: int = NEVER_MS) -> Iterator[RunningServer]:
    """A server for a test that ends it."""
    program = slow_machines(slow_ms)
    with running_server(folder / "data", "--calm", "--machines", "60", program=program) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with own_server(tmp_path) as server:
        yield server


def setpoint(*arguments: str | Path, url: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return completed(command(*arguments, url=url), timeout=patient(50), env=_environment())


def command(*arguments: str | Path, url: str | None = None) -> Sequence[str]:
    at = ["--url", url] if url else []
    return [sys.executable, "-m", "setpoint", *map(str, arguments), *at]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SETPOINT_")}


def workbook(path: Path, *rows: Sequence[object], header: Sequence[str] = HEADER) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def simulate(server: RunningServer, machine: str, **what: str | None) -> None:
    httpx.post(f"{server.url}/api/simulator/events", json={"machine": machine, **what}).raise_for_status()


def wait_until(condition: Callable[[], Any], *, within_s: float = 15) -> Any:
    """Polls until another process has the answer."""
    give_up = time.monotonic() + patient(within_s)
    while not (value := condition()):
        assert time.monotonic() < give_up, "the condition did not come true"
        time.sleep(0.02)
    return value


def outcomes(story: Any) -> dict[str, str]:
    """Returns the outcomes of a batch that has one field for each machine."""
    return {each["machine"]: each["outcome"] for each in story["results"]}


def story(server: RunningServer, tx_id: str) -> Any:
    return httpx.get(f"{server.url}/api/batches/{tx_id}").raise_for_status().json()


def record(server: RunningServer, machine: str) -> dict[str, Any]:
    """Returns the machine as a subscriber sees it now."""
    topic = machine.replace("_", ":")
    with connect_now(f"ws{server.url[4:]}/live", subprotocols=[Subprotocol("setpoint.v1")]) as socket:
        socket.send(json.dumps({"type": "subscribe", "id": 1, "topic": topic}))
        while (frame := json.loads(socket.recv(timeout=patient(10))))["type"] != "snapshot":
            pass
    machine_record: dict[str, Any] = frame["data"]["machines"][machine]
    return machine_record


# Workbooks of other programs


@pytest.mark.rule("XL-6", "TX-3", "CMD-3")
def test_a_workbook_by_openpyxl_ends_with_every_rows_outcome(shared: RunningServer, tmp_path: Path) -> None:
    file = workbook(tmp_path / "targets.xlsx", ("m:101", 910, "RUN"), ("m:102", "920", None))
    upload = setpoint("upload", file, "--yes", "--json", "--reason", "trial", url=shared.url)
    assert upload.returncode == 0, upload.stderr
    result = json.loads(upload.stdout)
    assert {(each["machine"], each["field"]): each["outcome"] for each in result["batch"]["results"]} == {
        ("m_101", "targetSpeed"): "applied",
        ("m_102", "targetSpeed"): "applied",
    }, "m_101 is in RUN already"
    assert [each["row"] for each in result["parsed"]["warnings"]] == [3]
    assert result["batch"]["status"] == "done"
    assert record(shared, "m_101")["targetSpeed"] == 910


@pytest.mark.rule("XL-6", "CMD-3")
@pytest.mark.parametrize(("ending", "speed"), [("ods", 1030), ("xls", 1050)])
def test_a_workbook_by_libreoffice_ends_with_every_rows_outcome(
    shared: RunningServer, tmp_path: Path, ending: str, speed: int
) -> None:
    by_openpyxl = workbook(tmp_path / "in.xlsx", ("m:103", speed), ("m:104", speed + 10), header=HEADER[:2])
    file = tmp_path / f"targets.{ending}"
    file.write_bytes(by_office(by_openpyxl.read_bytes(), ending))
    upload = setpoint("upload", file, "--yes", "--json", url=shared.url)
    assert upload.returncode == 0, upload.stderr
    assert outcomes(json.loads(upload.stdout)["batch"]) == {"m_103": "applied", "m_104": "applied"}


@pytest.mark.rule("CONF-1")
def test_a_template_is_filled_in_and_uploaded_and_meets_what_changed_since_as_a_conflict(
    shared: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "template.xlsx"
    assert setpoint("template", file, "--topic", "line:02", url=shared.url).returncode == 0
    book = openpyxl.load_workbook(file)
    sheet = next(each for each in book.worksheets if any(cell.value == HEADER[0] for cell in each[1]))
    column = next(cell.column for cell in sheet[1] if str(cell.value).startswith(HEADER[1]))
    targets = {"m:201": 777, "m:202": 778}
    for row in sheet.iter_rows(min_row=2):
        if row[0].value in targets:
            sheet.cell(row[0].row or 0, column or 0, targets[str(row[0].value)])
    book.save(file)
    book.close()
    assert give(shared.url, {"m_202": {"targetSpeed": 555}}, person="ben") == {"m_202": "applied"}
    upload = setpoint("upload", file, "--yes", "--json", url=shared.url)
    assert upload.returncode == 1, upload.stderr
    results = {
        (each["machine"], each["field"]): each for each in json.loads(upload.stdout)["batch"]["results"]
    }
    assert results["m_201", "targetSpeed"]["outcome"] == "applied"
    conflict = results["m_202", "targetSpeed"]
    assert (conflict["outcome"], conflict["by"]["name"], conflict["value"]) == ("conflict", "ben", 555)
    assert record(shared, "m_202")["targetSpeed"] == 555


# A stop in the middle


@pytest.mark.rule("SAFE-2", "SAFE-3", "CMD-3")
def test_a_stop_in_the_middle_blocks_and_cancels_targets_and_the_audit_has_it_all(
    tmp_path: Path,
) -> None:
    with own_server(tmp_path, slow_ms=LATE_BUT_IN_TIME_MS) as server:
        check_a_stop_in_the_middle(server, tmp_path)


def check_a_stop_in_the_middle(server: RunningServer, tmp_path: Path) -> None:
    machines = ["m_101", "m_102", "m_103"]
    simulate(server, "m_101", status="EMERGENCY_STOP")
    simulate(server, "m_102", fault="slow")
    file = workbook(tmp_path / "targets.xlsx", *((key.replace("_", ":"), 900, None) for key in machines))
    uploading = Process(
        command("upload", file, "--yes", "--json", "--as", "anna", url=server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
    )
    # m:102 has received the write and has not answered yet.
    wait_until(lambda: httpx.get(f"{server.url}/api/batches").json()["items"])
    simulate(server, "m_102", status="EMERGENCY_STOP")
    output, errors = uploading.communicate(timeout=patient(40))
    assert uploading.returncode == 1, errors
    tx_id = json.loads(output)["batch"]["txId"]
    # The stop voids the target at once, but its outcome is known only when the machine has answered.
    expected = {"m_101": "blocked", "m_102": "failed", "m_103": "applied"}
    wait_until(lambda: outcomes(story(server, tx_id)) == expected)
    blocked = story(server, tx_id)["results"][0]
    assert "EMERGENCY_STOP" in blocked["message"]
    assert blocked["since"] or record(server, "m_101")["sinceSeen"], (
        "it is known, unless the server stood still"
    )
    assert record(server, "m_102")["targetSpeed"] != 900

    entries = json.loads(setpoint("audit", "--json", url=server.url).stdout)
    (entry,) = [each for each in entries if "txId" in each and "counts" in each]
    assert (entry["person"], entry["source"]["filename"]) == ("anna", "targets.xlsx")
    assert entry["counts"] == {"applied": 1, "blocked": 1, "failed": 1}
    stops = [each["machine"] for each in entries if each.get("status") == "EMERGENCY_STOP"]
    assert stops == ["m_102", "m_101"]
    verified = setpoint("audit", "verify", "--json", "--data-dir", server.data_dir)
    assert json.loads(verified.stdout)["ok"] is True


@pytest.mark.rule("SAFE-2", "SAFE-3", "CMD-1")
async def test_a_stop_between_acceptance_and_dispatch_cancels_even_if_it_is_over(
    server: RunningServer,
) -> None:
    async with asyncio.timeout(patient(60)):
        while (answer := await commit_with_a_short_stop(server)).status_code == 409:
            pass  # this computer was too busy to record it in time (CMD-8)
    tx_id = answer.raise_for_status().json()["txId"]
    wait_until(lambda: outcomes(story(server, tx_id)) == {"m_101": "applied", "m_102": "cancelled"})
    assert story(server, tx_id)["results"][1]["message"] == "voided by EMERGENCY_STOP"
    assert record(server, "m_102")["targetSpeed"] != 902


async def commit_with_a_short_stop(server: RunningServer) -> httpx.Response:
    """Returns the answer to a batch of two machines. One of them stops and recovers before anything has left."""
    tx_id = str(uuid.uuid4())
    body = {"txId": tx_id, "updates": {"m_101": {"targetSpeed": 901}, "m_102": {"targetSpeed": 902}}}
    async with httpx.AsyncClient(base_url=server.url, timeout=patient(20)) as http:
        with held_database(server):
            # The server has accepted it but cannot record it yet, so it has not left.
            post = asyncio.create_task(http.post("/api/batches", json=body))
            while (  # noqa: ASYNC110  # another process
                not post.done() and (await http.get(f"/api/batches/{tx_id}")).status_code == 404
            ):
                await asyncio.sleep(0.02)
            for status in ("EMERGENCY_STOP", None):
                event = {"machine": "m_102", "status": status}
                (await http.post("/api/simulator/events", json=event)).raise_for_status()
        return await post


@contextmanager
def held_database(server: RunningServer) -> Iterator[None]:
    """Holds a write transaction in another process, so that the server's own has to wait."""
    (path,) = server.data_dir.rglob("*.sqlite")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


# The annotated workbook


def test_the_kept_workbook_is_handed_back_with_what_became_of_each_row(
    shared: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "mill 3 – früh.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:C1")
    sheet["A1"] = "Mill 3"
    sheet.append([])
    for row in (HEADER, ("m:121", 1210, None), ("m:122", "fast", None), ("m:123", 1230, "IDLE")):
        sheet.append(row)
    sheet["E4"] = '=HYPERLINK("x")'
    book.save(file)
    simulate(shared, "m_123", status="FAULT")
    result = tmp_path / "result.xlsx"
    upload = setpoint("upload", file, "--yes", "--json", "--as", "anna", "--result", result, url=shared.url)
    assert upload.returncode == 1, upload.stderr
    tx_id = json.loads(upload.stdout)["batch"]["txId"]

    answer = httpx.get(f"{shared.url}/api/batches/{tx_id}/result.xlsx", timeout=patient(30))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith("mill%203%20%E2%80%93%20fr%C3%BCh-result.xlsx")
    annotated = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in annotated[3]][5:] == [
        "Status",
        "Reason",
        "Before",
        "Target",
        "Confirmed at",
        "By",
    ]
    rows = {str(row[0]): row[5:] for row in annotated.iter_rows(min_row=4, values_only=True)}
    status, reason, _, target, at, by = rows["m:121"]
    assert (status, reason, target, by) == ("applied", None, 1210, "anna")
    assert str(at).startswith("20")
    assert rows["m:122"][0] == "error"
    status, reason, *_, by = rows["m:123"]
    assert (status, by) == ("blocked", "FAULT")
    assert annotated["A1"].value == "Mill 3"
    assert "A1:C1" in annotated.merged_cells
    assert (
        annotated["E4"].value is None
    )  # others get a formula's value, but this formula was saved without one
    by_the_command = openpyxl.load_workbook(result).worksheets[0]
    assert by_the_command["E4"].value == '=HYPERLINK("x")'
    assert [row[:4] + row[5:] for row in by_the_command.values] == [
        row[:4] + row[5:] for row in annotated.values
    ]


def test_a_stored_file_that_is_not_a_workbook_comes_back_as_a_list_and_harms_nobody(
    shared: RunningServer,
) -> None:
    content = b"PK\x03\x04 no workbook"
    sha256 = hashlib.sha256(content).hexdigest()
    httpx.put(f"{shared.url}/api/files/{sha256}?filename=x.xlsx", content=content).raise_for_status()
    tx_id = str(uuid.uuid4())
    source = {"filename": "x.xlsx", "sha256": sha256, "rows": 1}
    body = {"txId": tx_id, "updates": {"m_130": {"targetSpeed": 1}}, "source": source}
    assert httpx.post(f"{shared.url}/api/batches", json=body).is_success
    answer = httpx.get(f"{shared.url}/api/batches/{tx_id}/result.xlsx", timeout=patient(30))
    assert answer.status_code == 200  # the outcomes as a list, so that the sender always learns them
    assert httpx.get(f"{shared.url}/api/batches/{tx_id}/file").content == content
    wait_until(lambda: httpx.get(f"{shared.url}/readyz").is_success)


def test_a_batch_without_a_stored_workbook_has_no_annotated_copy(shared: RunningServer) -> None:
    tx_id = str(uuid.uuid4())
    body = {"txId": tx_id, "updates": {"m_131": {"targetSpeed": 1}}}
    assert httpx.post(f"{shared.url}/api/batches", json=body).is_success
    for unknown in (tx_id, str(uuid.uuid4())):
        assert httpx.get(f"{shared.url}/api/batches/{unknown}/result.xlsx").status_code == 404


# The end of the server


@pytest.mark.rule("CMD-1", "CMD-2")
def test_a_server_killed_in_the_middle_of_a_batch_loses_nothing_recorded_and_sends_nothing_twice(
    server: RunningServer,
) -> None:
    slow = [f"m_1{number:02}" for number in range(1, 21)]
    quick = [f"m_1{number:02}" for number in range(21, 41)]
    for machine in slow:
        simulate(server, machine, fault="slow")
    before = {machine: record(server, machine)["targetSpeed"] for machine in ("m_101", "m_121")}
    tx_id = str(uuid.uuid4())
    body = {"txId": tx_id, "updates": {machine: {"targetSpeed": 1234} for machine in (*slow, *quick)}}
    upload = subprocess.Popen(
        [sys.executable, "-c", _POST, f"{server.url}/api/batches", json.dumps(body)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stored = sqlite3.connect(f"file:{next(server.data_dir.rglob('*.sqlite'))}?mode=ro", uri=True)
    settled = "SELECT count(*) FROM items WHERE outcome = 'applied'"
    wait_until(lambda: stored.execute(settled).fetchone()[0] == len(quick))
    stored.close()
    server.kill()
    upload.wait(timeout=patient(10))

    server.start()
    settled_story = story(server, tx_id)
    assert settled_story["status"] == "done"
    assert outcomes(settled_story) == dict.fromkeys(slow, "unknown") | dict.fromkeys(quick, "applied")
    again = httpx.post(f"{server.url}/api/batches", json=body)
    assert outcomes(again.json()) == outcomes(settled_story)
    # The simulated machines restart with the server, so a target that they report now was sent now.
    time.sleep(1)
    assert {machine: record(server, machine)["targetSpeed"] for machine in before} == before
    assert outcomes(story(server, tx_id)) == outcomes(settled_story)
    verified = setpoint("audit", "verify", "--json", "--data-dir", server.data_dir)
    assert json.loads(verified.stdout)["ok"] is True


_POST = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"})
urllib.request.urlopen(request, timeout=10)
"""


@pytest.mark.rule("CODE-1", "LINK-2", "CMD-1")
async def test_a_stopping_server_gives_clients_a_time_to_come_back_and_stores_everything(
    server: RunningServer,
) -> None:
    tx_id = str(uuid.uuid4())
    body = {"txId": tx_id, "updates": {"m_101": {"targetSpeed": 900}, "m_102": {"targetSpeed": 900}}}
    async with httpx.AsyncClient(base_url=server.url, timeout=patient(10)) as http:
        await http.post("/api/simulator/events", json={"machine": "m_101", "fault": "freeze"})
        answered = outcomes((await http.post("/api/batches", json=body)).raise_for_status().json())
        assert answered["m_101"] == "pending"
        async with asyncio.timeout(patient(10)):
            while answered["m_102"] != "applied":
                answered = outcomes((await http.get(f"/api/batches/{tx_id}")).json())
    clients = [
        await connect(f"ws{server.url[4:]}/live", subprotocols=[Subprotocol("setpoint.v1")]) for _ in range(5)
    ]
    stopping = asyncio.create_task(asyncio.to_thread(server.stop))
    waits_ms = []
    for client in clients:
        with pytest.raises(ConnectionClosed) as closed:
            await _read_to_the_end(client)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        waits_ms.append(json.loads(closed.value.rcvd.reason)["retryAfterMs"])
    assert await stopping == 0
    assert len(set(waits_ms)) > 1
    server.start()
    assert outcomes(story(server, tx_id)) == {"m_101": "unknown", "m_102": "applied"}


async def _read_to_the_end(client: ClientConnection) -> None:
    while True:
        await client.recv()


# What is refused, and how


def test_exit_codes_tell_what_became_of_the_file(shared: RunningServer, tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", ("m:110", 1100, None))
    partly = workbook(
        tmp_path / "partly.xlsx", ("m:110", 1101, None), ("m:999", 1, None), ("m:111", 9999, None)
    )
    none = tmp_path / "none.xlsx"
    none.write_bytes(b"PK\x03\x04 no workbook")
    nobody = f"http://127.0.0.1:{free_port()}"
    results = [
        setpoint("upload", good, "--yes", "--json", url=shared.url),
        setpoint("upload", partly, "--yes", "--json", url=shared.url),
        setpoint("upload", none, "--yes", url=shared.url),
        setpoint("upload", tmp_path / "missing.xlsx", "--yes", url=shared.url),
        setpoint("upload", good, "--yes", url=nobody),
    ]
    assert [each.returncode for each in results] == [0, 1, 2, 2, 3]
    assert [each["row"] for each in json.loads(results[1].stdout)["parsed"]["errors"]] == [3, 4]
    assert all(each.stderr.startswith("setpoint: ") for each in results[2:])
    assert not any("Traceback" in each.stderr for each in results)


def test_watch_lists_each_machine_of_a_line_once(shared: RunningServer) -> None:
    watch = setpoint("watch", "line:02", "--once", "--json", url=shared.url)
    assert watch.returncode == 0
    machines = [json.loads(line) for line in watch.stdout.splitlines()]
    assert [each["machine"] for each in machines] == [f"m_2{number:02}" for number in range(1, 11)]
    assert all({"status", "quality", "speed", "targetSpeed", "mode"} <= each.keys() for each in machines)


def test_a_port_in_use_is_reported_with_a_remedy(shared: RunningServer, tmp_path: Path) -> None:
    demo = setpoint("demo", "--no-browser", "--port", str(shared.port), "--data-dir", tmp_path)
    assert demo.returncode == 2
    assert f"cannot listen on 127.0.0.1:{shared.port}" in demo.stderr
    assert "--port" in demo.stderr
    assert "Traceback" not in demo.stderr


def test_an_unwritable_data_directory_is_reported_with_a_remedy(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the directory should be", "utf-8")
    demo = setpoint("demo", "--no-browser", "--port", "0", "--data-dir", in_the_way)
    assert demo.returncode == 2
    assert str(in_the_way) in demo.stderr
    assert "Traceback" not in demo.stderr


def test_a_plant_with_two_machines_of_one_number_is_reported_with_its_place(tmp_path: Path) -> None:
    plant = tmp_path / "plant.toml"
    plant.write_text(
        'name = "Mill"\n[[lines]]\nid = "01"\nmachines = ["401", "402"]\n'
        '[[lines]]\nid = "02"\nmachines = ["402", "403"]\n'
        '[sources.simulator]\nkind = "simulator"\n',
        "utf-8",
    )
    serve = setpoint("serve", "--plant", plant, "--port", "0", "--data-dir", tmp_path / "data")
    assert serve.returncode == 2
    assert "lines, entry 2, machines, entry 1: is machine 402" in serve.stderr
    assert "Traceback" not in serve.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_the_demo_listens_to_this_computer_only(host: str, tmp_path: Path) -> None:
    demo = setpoint("demo", "--no-browser", "--port", "0", "--host", host, "--data-dir", tmp_path)
    assert demo.returncode == 2
    assert "no sign-in" in demo.stderr
