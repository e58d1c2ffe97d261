"""The server itself is suspended, killed, without disk, at a wrong time, or without a network. Nothing is lost."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.integration.fault_laws import FIELD, Crowd, all_applied, counted, post, until
from tests.integration.islands import island
from tests.integration.noting_server import NOTING
from tests.integration.running_server import RunningServer, running_server
from tests.integration.slow_machines import LATE_BUT_IN_TIME_MS, slow_machines

from setpoint.client import Phase
from setpoint.testing.patience import patient

WORKED_ON = ("m_401", "m_402", "m_403")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path / "data", "--calm", program=NOTING) as server:
        yield server


async def thread(work: Callable[[], object]) -> None:
    """Runs blocking work in a thread, while the clients go on."""
    await asyncio.to_thread(work)


# Stopped, killed


@pytest.mark.rule("HB-2", "LOCK-3", "TX-3")
async def test_a_server_that_is_suspended_under_load_goes_on_where_it_was(server: RunningServer) -> None:
    async with Crowd(server.url, notes=server.data_dir) as crowd:
        crowd.work(*WORKED_ON)
        for still_s in (1.0, 4.0):
            await crowd.wait_for_batches(2)
            server.send_signal(signal.SIGSTOP)
            await asyncio.sleep(still_s)
            server.send_signal(signal.SIGCONT)
        await crowd.wait_for_batches(2)
        await crowd.check_laws()


@pytest.mark.rule("CMD-8")
async def test_a_batch_that_waited_too_long_at_a_suspended_server_is_not_sent(
    server: RunningServer,
) -> None:
    tx_id = str(uuid.uuid4())
    batch = {"txId": tx_id, "updates": {"m_401": {"targetSpeed": 150}}, "notAfter": time.time() + 1}
    async with httpx.AsyncClient(base_url=server.url, timeout=patient(30)) as http:
        await http.get("/readyz")
        server.send_signal(signal.SIGSTOP)
        sending = asyncio.create_task(http.post("/api/batches", json=batch))
        await asyncio.sleep(1.2)
        server.send_signal(signal.SIGCONT)
        refused = await sending
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "too-late")
        assert (await http.get(f"/api/batches/{tx_id}")).status_code == 404, "the server never accepted it"


@pytest.mark.rule("CMD-1", "SEQ-5", "LINK-2", "TX-3")
@pytest.mark.parametrize("clients", [20, pytest.param(50, marks=pytest.mark.full)])
async def test_clients_and_their_batches_survive_a_server_that_is_killed_twice(
    server: RunningServer, clients: int
) -> None:
    async with Crowd(server.url, clients=clients, notes=server.data_dir) as crowd:
        crowd.work(*WORKED_ON)
        for _ in range(2):
            await crowd.wait_for_batches(4)
            server.kill()
            await thread(server.start)
        await crowd.wait_for_batches(4)
        stories = await crowd.check_laws(restarts=2)
        # A restarted server knows only the last of a person's targets in a row, and is strict (decision 10).
        # It cancelled a target that it could not record in time (CMD-8).
        assert set(counted(stories.values())) <= {"applied", "unknown", "conflict", "cancelled"}


# Time


@pytest.mark.rule("ID-3", "HB-2", "LOCK-3")
async def test_a_wall_clock_that_jumps_makes_nobody_stale_and_no_target_late(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    program = (sys.executable, "-m", "tests.integration.jumping_clock", str(offset))
    server = RunningServer(tmp_path / "data", "--calm", program=program).start()
    try:
        async with Crowd(server.url) as crowd:
            crowd.work(*WORKED_ON)
            for jump_s in (-3_600, 86_400, 0):
                await crowd.wait_for_batches(2)
                offset.write_text(str(jump_s), "ascii")
                await crowd.wait_for_batches(4)
                await crowd.wait_until_live()
            stories = await crowd.check_laws()
            assert all_applied(stories.values())
    finally:
        server.kill()


# The disk


@pytest.mark.rule("CMD-1")
async def test_a_full_disk_refuses_batches_keeps_outcomes_and_the_stream_goes_on(tmp_path: Path) -> None:
    program = slow_machines(LATE_BUT_IN_TIME_MS)
    with any_disk(tmp_path / "disk") as disk, running_server(disk.path, "--calm", program=program) as server:
        async with Crowd(server.url, clients=3) as crowd:
            crowd.work(*WORKED_ON[:2])
            await crowd.wait_for_batches(2)
            await crowd.rest()
            # The target is recorded and sent. The disk is full when the machine answers.
            await crowd.simulate("m_403", fault="slow")
            late, _ = crowd.clients[0].begin({"m_403": {FIELD: 1_403}})
            crowd.batches.append(late)
            async with httpx.AsyncClient(base_url=server.url) as http:
                async with asyncio.timeout(patient(5)):
                    while late.tx_id not in (await http.get("/api/batches")).text:  # noqa: ASYNC110  # elsewhere
                        await asyncio.sleep(0.01)
                disk.fill(server.pid)
                refused_id = str(uuid.uuid4())
                async with asyncio.timeout(patient(20)):
                    while (  # a last page may still have had room
                        refused := await post(server.url, {"m_401": {FIELD: 3}}, refused_id)
                    ).is_success:
                        refused_id = str(uuid.uuid4())
                assert (refused.status_code, refused.json()["type"]) == (503, "/problems/storage-failed")
                assert "nothing was changed" in refused.json()["detail"]
                assert (await http.get("/healthz")).is_success
                # The machine has applied it and says so, but nobody gets an outcome that is not stored.
                await until(lambda: crowd.clients[1].view["m_403"].record[FIELD] == 1_403, within_s=8)
                await crowd.wait_until_live()
                assert Phase.RECONCILED not in late.counts
                async with asyncio.timeout(patient(10)):
                    while (await http.get("/readyz")).is_success:  # noqa: ASYNC110  # another process
                        await asyncio.sleep(0.05)
                disk.free(server.pid)
                async with asyncio.timeout(patient(15)):
                    while not (await http.get("/readyz")).is_success:  # noqa: ASYNC110  # another process
                        await asyncio.sleep(0.05)
                assert (await http.get(f"/api/batches/{refused_id}")).status_code == 404
                assert (await post(server.url, {"m_401": {FIELD: 3}}, refused_id)).is_success
                async with asyncio.timeout(patient(10)):
                    for tx_id in (refused_id, late.tx_id):
                        while '"applied"' not in (await http.get(f"/api/batches/{tx_id}")).text:  # noqa: ASYNC110  # elsewhere
                            await asyncio.sleep(0.05)
                await until(lambda: late.counts == {Phase.RECONCILED: 1}, within_s=10)


class SmallDisk:
    """A file system of a few megabytes, which one file can fill up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, pid: int) -> None:
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (65_536, 4_096, 1):
                try:
                    while ballast.write(b"x" * size):
                        pass
                except OSError:
                    continue

    def free(self, pid: int) -> None:
        self._ballast.unlink()


class LimitedFiles:
    """Keeps the server's files from growing. It is for users who must not mount a file system."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _, self._hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, self._hard))

    def free(self, pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (self._hard, self._hard))


@contextmanager
def any_disk(path: Path) -> Iterator[SmallDisk | LimitedFiles]:
    with ExitStack() as stack:
        path.mkdir()
        mounted = _mount(path)
        if mounted is None:
            stack.callback(lambda: subprocess.run(["umount", str(path)], check=True))
        yield LimitedFiles(path) if mounted else SmallDisk(path)


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    path.mkdir()
    if why := _mount(path):
        pytest.skip(f"a file system of the test's own is needed: {why}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", path], check=True)


def _mount(path: Path) -> str | None:
    """Mounts a file system in memory. Returns the reason if that is not possible."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return "this user may not mount one"
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(path)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    return mounted.stderr.strip() if mounted.returncode else None


@pytest.mark.rule("CMD-1")
async def test_a_database_that_another_process_holds_refuses_batches_until_it_is_let_go(
    server: RunningServer,
) -> None:
    (path,) = server.data_dir.glob("*.sqlite")
    other = sqlite3.connect(path, isolation_level=None)
    tx_id = str(uuid.uuid4())
    async with Crowd(server.url, clients=2, notes=server.data_dir) as crowd:
        other.execute("BEGIN IMMEDIATE")
        refused = await post(server.url, {"m_421": {FIELD: 3}}, tx_id, timeout_s=15)
        other.rollback()
        other.close()
        # The tests' servers wait for a database longer than a batch may wait, so the batch's time ends first (CMD-8).
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "too-late")
        crowd.work(*WORKED_ON)
        await crowd.wait_for_batches()
        await crowd.check_laws()


def test_an_unwritable_database_is_reported_with_a_remedy(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with running_server(
            tmp_path / "data", "--calm", "--database", f"sqlite:///{disk.path}/plant.sqlite"
        ) as server:
            assert server.stop() == 0
        subprocess.run(["mount", "-o", "remount,ro", disk.path], check=True)
        arguments = ["demo", "--no-browser", "--port", "0", "--data-dir", str(tmp_path / "data")]
        start = subprocess.run(
            [
                sys.executable,
                "-m",
                "setpoint",
                *arguments,
                "--database",
                f"sqlite:///{disk.path}/plant.sqlite",
            ],
            capture_output=True,
            text=True,
            timeout=patient(30),
            check=False,
        )
        assert start.returncode == 2
        assert "give this user permission to write there" in start.stderr
        assert "Traceback" not in start.stderr


# The network


@pytest.mark.rule("HB-1", "HB-2", "SEQ-3", "TX-3")
async def test_a_network_that_is_taken_away_and_given_back_loses_nothing(tmp_path: Path) -> None:
    with island() as island_, ExitStack() as ends:
        server = RunningServer(tmp_path / "data", "--calm", program=island_.program)
        island_.forward_in("cable", server.port)
        ends.callback(server.kill)
        await thread(server.start)
        async with Crowd(server.url, clients=3) as crowd:
            crowd.work(*WORKED_ON)
            await crowd.wait_for_batches(2)
            island_.pull("cable")
            await crowd.wait_until_each_was_stale()
            island_.plug("cable")
            await crowd.check_laws()
