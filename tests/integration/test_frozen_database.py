"""A frozen database. Every request gets an answer in time, and the server sends nothing that it has given up."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.contract.postgres import running_cluster
from tests.integration.fault_laws import FIELD, until
from tests.integration.noting_server import NOTING, read_notes
from tests.integration.running_server import RunningServer, running_server

from setpoint.errors import StorageError
from setpoint.server.http.readiness import Readiness
from setpoint.testing.patience import patient


class FreezableDatabase:
    """A server with a database that a test can freeze."""

    def __init__(self, server: RunningServer, freeze: AbstractContextManager[None]) -> None:
        self.server = server
        self.freeze = freeze


@pytest.fixture(params=["postgres", "sqlite"])
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FreezableDatabase]:
    data = tmp_path / "data"
    if request.param == "sqlite":
        with running_server(data, "--calm", "--database-timeout", "1", program=NOTING) as server:
            yield FreezableDatabase(server, locked(data / "setpoint.sqlite"))
        return
    with (
        running_cluster() as cluster,
        running_server(
            data, "--calm", "--database-timeout", "1", "--database", cluster.url, program=NOTING
        ) as server,
    ):
        yield FreezableDatabase(server, cluster.frozen())


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Holds the database like another program that lets nobody write."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


def commit(server: RunningServer, machine: str, value: int, tx_id: str | None = None) -> httpx.Response:
    body = {"txId": tx_id or str(uuid.uuid4()), "updates": {machine: {FIELD: value}}}
    return httpx.post(f"{server.url}/api/batches", json=body, timeout=patient(20))


@pytest.mark.rule("CMD-1", "CMD-3")
def test_a_frozen_database_delays_no_answer_and_no_refused_target_is_sent_at_the_thaw(
    frozen: FreezableDatabase,
) -> None:
    server, tx_id = frozen.server, str(uuid.uuid4())
    wait_until_accepted(server, "m_401")
    with frozen.freeze:
        assert httpx.get(f"{server.url}/healthz", timeout=patient(3)).is_success
        ready = httpx.get(f"{server.url}/readyz", timeout=patient(3))
        assert ready.status_code == 503
        refused = commit(server, "m_401", 150, tx_id)
        assert refused.status_code == 503, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
    wait_until_accepted(server)
    results = httpx.get(f"{server.url}/api/batches/{tx_id}").json().get("results", [])
    assert not [each for each in results if each["outcome"] in ("applied", "accepted")]
    assert {value for _, machine, _, value in read_notes(server.data_dir) if machine == "m_401"} == {140}


def wait_until_accepted(server: RunningServer, machine: str = "m_402") -> None:
    """Waits until the server accepts batches again, as it does after the thaw."""
    give_up = time.monotonic() + patient(20)
    while time.monotonic() < give_up:
        if httpx.get(f"{server.url}/readyz").is_success and commit(server, machine, 140).is_success:
            return
        time.sleep(0.1)
    raise AssertionError(f"it took no batch:\n{server.log.read_text()}")


async def test_many_probes_of_a_frozen_database_share_one_check() -> None:
    looks: list[object] = []
    thaw = asyncio.Event()

    async def check() -> None:
        looks.append(1)
        await thaw.wait()

    readiness = Readiness(check, within_s=0.01)
    for _ in range(5):
        with pytest.raises(StorageError, match="has not answered"):
            await readiness.check()
    assert len(looks) == 1
    thaw.set()
    async with asyncio.timeout(patient(10)):
        while not await is_ready(readiness):  # noqa: ASYNC110  # it has no event for it
            await asyncio.sleep(0.01)


async def is_ready(readiness: Readiness) -> bool:
    try:
        await readiness.check()
    except StorageError:
        return False
    return True


async def test_a_server_that_stood_still_itself_does_not_blame_the_database(tmp_path: Path) -> None:
    """Suspends the server in the middle of requests, for longer than the database may take. It answers them
    afterwards.
    """
    statuses: list[int] = []

    async def repeat_request(server: RunningServer, until: asyncio.Event) -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=patient(30)) as http:
            while not until.is_set():
                statuses.append((await http.get("/api/batches")).status_code)

    with running_server(tmp_path / "data", "--calm", "--database-timeout", "1") as server:
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as requests:
            for _ in range(6):
                requests.create_task(repeat_request(server, enough))
            for _ in range(2):
                statuses.clear()
                await until(lambda: len(statuses) >= 12, why="nobody is answered")
                server.send_signal(signal.SIGSTOP)
                await asyncio.sleep(2)
                server.send_signal(signal.SIGCONT)
                await until(lambda: len(statuses) >= 24, why="nobody is answered")
                assert set(statuses) == {200}
            enough.set()
