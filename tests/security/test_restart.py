"""Sessions and changes that wait for a second person survive the end of the process, to the last second."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from pathlib import Path

import httpx
from tests.forked import completed
from tests.integration.running_server import SETPOINT, RunningServer
from tests.security.sign_in_server import PASSWORD

from setpoint.testing.patience import patient

PLANT = """
name = "Four eyes"
[fields.speed]
unit = "rpm"
[fields.targetSpeed]
unit = "rpm"
min = 0
max = 3000
writable = true
column = "Target Speed"
actual = "speed"
needs_second_person = true
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ["401-403"]
"""


def sign_in_by_link(server: RunningServer, link: str, name: str = "") -> httpx.Client:
    """Returns the browser of a person who has chosen a password by a link. Its cookie outlives the server's process."""
    headers = {"origin": server.url, "sec-fetch-site": "same-origin"}
    browser = httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=patient(20))
    secret = link.strip().partition("#link=")[2].split()[0]
    answer = browser.put("/api/invite", json={"secret": secret, "name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return browser


def command(server: RunningServer, *arguments: str) -> str:
    result = completed([*SETPOINT, *arguments, "--data-dir", str(server.data_dir)], timeout=patient(30))
    assert result.returncode == 0, result.stderr
    return result.stdout


def restart(server: RunningServer) -> None:
    """Restarts the server as after a power cut."""
    server.kill()
    server.start()


def test_a_change_that_waits_outlives_a_power_cut_and_runs_once(tmp_path: Path) -> None:
    (tmp_path / "plant.toml").write_text(PLANT, "utf-8")
    server = RunningServer(tmp_path, command="serve").start()
    with contextlib.ExitStack() as stack:
        stack.callback(server.kill)
        anna = sign_in_by_link(server, server.log.read_text("utf-8"), "anna")
        stack.callback(anna.close)
        bert = sign_in_by_link(server, command(server, "user", "add", "bert"))
        stack.callback(bert.close)
        tx_id = str(uuid.uuid4())
        body = {"txId": tx_id, "updates": {"m_402": {"targetSpeed": 155}}, "reason": "new tool"}
        assert anna.post("/api/batches", json=body).status_code == 409
        before = bert.get("/api/held").json()

        restart(server)
        assert bert.get("/api/held").json() == before, "the same change, to be forgotten at the same instant"
        assert anna.post("/api/batches", json=body).json()["type"] == "/problems/needs-second-person"
        confirmed = bert.post(f"/api/held/{tx_id}")
        assert confirmed.status_code == 200, confirmed.text

        restart(server)
        assert bert.get("/api/held").json() == []
        assert bert.post(f"/api/held/{tx_id}").status_code == 404
        assert anna.post("/api/batches", json=body).status_code == 200, "the server returns the stored answer"
        with contextlib.closing(sqlite3.connect(tmp_path / "setpoint.sqlite")) as database:
            batches = database.execute("SELECT count(*) FROM audit WHERE kind = 'batch'").fetchone()
        assert batches == (1,)
