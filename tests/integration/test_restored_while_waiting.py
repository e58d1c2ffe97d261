"""A change that waited for a second person when the backup was made waits again after the restore.

Nobody knows then whether it was confirmed meanwhile. If it was, the machine has moved, so a second confirmation is a
conflict and sends nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.integration.child import Child
from tests.integration.modbus_support import PLANT, modbus_peer
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import FIELD, REGISTER, wait_for
from tests.security.test_restart import command, sign_in_by_link

from setpoint.client import Client
from setpoint.testing.patience import patient

MACHINE = "m_401"


@dataclass
class Site:
    """A server, its machines, a backup made while anna's change waits, and the browser of bert, who confirms."""

    server: RunningServer
    machines: Child
    backup: Path
    tx_id: str
    bert: httpx.Client
    token: str

    def confirm(self) -> str:
        """Confirms the change as bert. Returns its outcome, once there is one that lasts."""
        self.bert.post(f"/api/held/{self.tx_id}").raise_for_status()
        wait_for(lambda: self.outcome() not in ("pending", "accepted"), "the change does not end")
        return self.outcome()

    def outcome(self) -> str:
        answer = self.bert.get(f"/api/batches/{self.tx_id}").raise_for_status()
        outcome: str = answer.json()["results"][0]["outcome"]
        return outcome

    def writes(self) -> int:
        return len([each for each in self.machines.send_command("log")["writes"] if each[1] == REGISTER])

    def restore_elsewhere(self, folder: Path) -> None:
        """Ends the server and starts another one from the backup, on the same port, for bert's browser."""
        self.server.kill()
        elsewhere = RunningServer(folder, command="serve", port=self.server.port)
        folder.mkdir()
        command(elsewhere, "restore", str(self.backup))
        self.server = elsewhere.start()

    def wait_until_live(self) -> None:
        asyncio.run(self._wait_until_live())

    async def _wait_until_live(self) -> None:
        async with asyncio.timeout(patient(30)), Client(self.server.url, token=self.token) as client:
            await client.subscribe("line:01")
            await client.until(lambda: client.view[MACHINE].record["quality"] == "GOOD")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    machines, port = modbus_peer("modbus-serial", tmp_path)
    text = PLANT.replace(f"[fields.{FIELD}]", f"[fields.{FIELD}]\nneeds_second_person = true")
    (here := tmp_path / "here").mkdir()
    (here / "plant.toml").write_text(text.replace("PORT", str(port)).replace("SETTINGS", ""), "utf-8")
    with contextlib.ExitStack() as stack:
        stack.callback(machines.kill)
        server = RunningServer(here, command="serve").start()
        stack.callback(server.kill)
        anna = sign_in_by_link(server, server.log.read_text("utf-8"), "anna")
        stack.callback(anna.close)
        bert = sign_in_by_link(server, command(server, "user", "add", "bert"))
        stack.callback(bert.close)
        token = (
            command(server, "token", "create", "bert", "eyes", "--role", "viewer")
            .split("once:")[1]
            .split()[0]
        )
        made = Site(server, machines, tmp_path / "backup.tar", str(uuid.uuid4()), bert, token)
        made.wait_until_live()
        body = {"txId": made.tx_id, "updates": {MACHINE: {FIELD: 155}}, "reason": "new tool"}
        assert anna.post("/api/batches", json=body).status_code == 409
        command(server, "backup", str(made.backup))
        yield made
        made.server.kill()


def test_it_is_confirmed_after_the_restore(site: Site, tmp_path: Path) -> None:
    before = site.bert.get("/api/held").json()
    site.restore_elsewhere(tmp_path / "there")
    site.wait_until_live()
    assert site.bert.get("/api/held").json() == before, "the same change, to be forgotten at the same instant"
    assert site.confirm() == "applied"
    assert site.writes() == 1
    assert "complete" in command(site.server, "audit", "verify")


@pytest.mark.rule("PRE-1")
def test_if_it_was_confirmed_before_the_restore_it_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    assert site.confirm() == "applied"
    site.restore_elsewhere(tmp_path / "there")
    site.wait_until_live()
    assert len(site.bert.get("/api/held").json()) == 1
    assert site.confirm() == "conflict"
    assert site.writes() == 1
