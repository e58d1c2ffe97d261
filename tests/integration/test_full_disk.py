"""A full disk. The server refuses everything that people ask it to store with a true reason, or stores it for good."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.forked import completed
from tests.integration.running_server import RunningServer, running_server
from tests.integration.signed_in import administrator
from tests.integration.test_faults_server import any_disk

from setpoint.testing.patience import patient

PLANT = """
name = "Small disk"
timezone = "UTC"
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ["101-110"]
[[alarm]]
name = "stop"
status = "FAULT"
priority = "high"
consequence = "It stands still."
response = "Go there."
[shifts.reasons.motor]
name = "Motor"
[[shifts.pattern]]
name = "Day"
from = "00:00"
to = "00:00"
"""
MACHINE = "m_101"
MOST_WRITES = 300
"""More writes than the free part of the database's last pages can hold."""
KINDS = ("person", "token", "file", "note", "reason", "batch", "shelved", "acknowledged", "event")


class StoringRequests:
    """Requests that store something. Each contains a unique text."""

    def __init__(self, browser: httpx.Client) -> None:
        self._browser = browser
        self._events: list[dict[str, Any]] = []

    def prepare(self) -> None:
        """Makes a raised alarm, and events that a person can acknowledge."""
        for status in ("FAULT", None):
            for number in range(1, 11):
                self._post("/api/simulator/events", {"machine": f"m_1{number:02}", "status": status})
        self._post("/api/simulator/events", {"machine": MACHINE, "status": "FAULT"})
        give_up = time.monotonic() + patient(20)
        while len(self._events) < 20 or not self._open_alarms():
            assert time.monotonic() < give_up, "no events and alarms come"
            time.sleep(0.1)
            self._events = self._browser.get("/api/events", params={"kind": "asserted"}).json()["items"]
            self._events += self._browser.get("/api/events", params={"kind": "cleared"}).json()["items"]

    def _open_alarms(self) -> bool:
        return MACHINE in self._browser.get("/api/alarms").text

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._browser.post(path, json=body)

    def give(self, kind: str, mark: str) -> httpx.Response:
        midnight = time.time() // 86_400 * 86_400
        match kind:
            case "person":
                return self._post("/api/people", {"name": mark, "grants": {"01": "viewer"}})
            case "token":
                return self._post("/api/tokens", {"name": mark, "role": "viewer"})
            case "file":
                content = mark.encode()
                path = f"/api/files/{hashlib.sha256(content).hexdigest()}"
                return self._browser.put(path, params={"filename": f"{mark}.csv"}, content=content)
            case "note":
                return self._post("/api/shifts/notes", {"line": "01", "since": midnight, "text": mark})
            case "reason":
                reason = {"machine": MACHINE, "since": midnight, "until": midnight + 1, "reason": "motor"}
                return self._post("/api/shifts/reasons", reason | {"text": mark})
            case "batch":
                updates = {"m_109": {"targetSpeed": 100 + int(time.monotonic() * 1000) % 900}}
                return self._post("/api/batches", {"txId": str(uuid4()), "updates": updates, "reason": mark})
            case "shelved":
                return self._post(f"/api/alarms/{MACHINE}/stop/shelve", {"note": mark, "forS": 3_600})
            case "acknowledged":
                return self._post(f"/api/alarms/{MACHINE}/stop/acknowledge", {"note": mark})
            case _:
                event = self._events.pop()
                body = {"machine": event["machine"], "kind": event["kind"], "at": event["at"], "note": mark}
                return self._post("/api/events/acknowledge", body | {"field": event.get("field") or ""})


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Any]:
    with any_disk(tmp_path / "disk") as disk:
        disk.path.chmod(0o700)
        (disk.path / "plant.toml").write_text(PLANT, "utf-8")
        yield disk


@pytest.mark.rule("CMD-1", "ALM-6")
def test_on_a_full_disk_everything_that_people_give_is_stored_for_good_or_refused_with_a_true_reason(
    data: Any,
) -> None:
    stored: dict[str, str] = {}
    refused: dict[str, str] = {}
    with running_server(data.path, command="serve") as server, administrator(server) as browser:
        writes = StoringRequests(browser)
        writes.prepare()
        data.fill(server.pid)
        for kind in KINDS:
            for number in range(MOST_WRITES if kind not in ("shelved", "acknowledged", "event") else 1):
                mark = f"mark-{kind}-{number}-end"
                answer = writes.give(kind, mark)
                if answer.is_success:
                    stored[mark] = kind
                    continue
                assert answer.status_code == 503, f"{kind}: {answer.text}"
                assert answer.headers["content-type"] == "application/problem+json"
                assert "disk" in answer.json()["detail"] or "store" in answer.json()["detail"], answer.text
                refused[mark] = kind
                break
            else:
                assert kind in ("shelved", "acknowledged", "event"), f"{kind} never needs room"
        assert browser.get("/healthz").is_success
        assert browser.get("/api/plant").is_success, "stored data can be read"
        assert backup(server) != 0
        assert not [*data.path.glob("*.tar*")], "no partial backup is left"
        data.free(server.pid)
        until_ready(browser)
        server.kill()
        text = everything(data.path)
        assert not [mark for mark in stored if mark not in text], "acknowledged data is there"
        assert not [mark for mark in refused if mark in text], "refused data is not there"
        assert len({*refused.values()}) > 4


def backup(server: RunningServer) -> int:
    archive = server.data_dir / "backup.tar"
    command = [sys.executable, "-m", "setpoint", "backup", str(archive), "--data-dir", str(server.data_dir)]
    result = completed(command, timeout=patient(30))
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode


def until_ready(browser: httpx.Client) -> None:
    give_up = time.monotonic() + patient(20)
    while not browser.get("/readyz").is_success:
        assert time.monotonic() < give_up
        time.sleep(0.05)


def everything(directory: Path) -> str:
    """Returns all texts of the database."""
    with closing(sqlite3.connect(directory / "setpoint.sqlite")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in names for row in database.execute(f"SELECT * FROM {name}")]  # its own
    return "\n".join(
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )
