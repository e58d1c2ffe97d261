"""Only one server uses a data directory and a database. A second one does not start, and a replaced one stops
writing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from tests.contract.postgres import Cluster
from tests.forked import completed
from tests.integration.fault_laws import FIELD
from tests.integration.running_server import SETPOINT, RunningServer
from tests.security.sign_in_server import until

from setpoint.core.lease import LASTS_MS
from setpoint.errors import ConfigError, StorageError
from setpoint.persistence.sql import SqlPersistence
from setpoint.testing.patience import patient


def start_second(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*SETPOINT, "demo", "--no-browser", "--port", "0", *arguments]
    return completed(command, timeout=patient(50))


def assert_names(refused: subprocess.CompletedProcess[str], server: RunningServer) -> None:
    assert refused.returncode == 2, refused.stderr
    assert f"process {server.pid} on host {socket.gethostname()}" in refused.stderr
    assert "since 20" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_second_server_does_not_start_and_names_the_first_and_commands_work_beside_it(
    tmp_path: Path,
) -> None:
    server = RunningServer(tmp_path / "data", "--calm").start()
    try:
        assert_names(start_second("--data-dir", str(server.data_dir)), server)
        file = server.data_dir / "setpoint.sqlite"
        other = ["--data-dir", str(tmp_path / "other"), "--database", f"sqlite:///{file}"]
        assert_names(start_second(*other), server)
        command = [*SETPOINT, "user", "add", "anna", "--data-dir", str(server.data_dir)]
        result = completed(command, timeout=patient(50))
        assert result.returncode == 0, result.stderr
        assert commit(server).is_success
        server.kill()
        server.start()  # a crash leaves no lock behind
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE keys SET value = 'somebody else' WHERE name = 'writer'")
        refused = commit(server)
        assert refused.status_code == 503
        assert "writes nothing more" in refused.json()["detail"]
    finally:
        server.kill()


def commit(server: RunningServer) -> httpx.Response:
    body = {"txId": str(uuid.uuid4()), "updates": {"m_401": {FIELD: 150}}}
    return httpx.post(f"{server.url}/api/batches", json=body, timeout=patient(20))


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def read(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def condition(url: str, statement: str) -> bool:
    return bool(await read(url, statement))


@pytest.fixture
async def first(cluster: Cluster) -> AsyncIterator[SqlPersistence]:
    store = SqlPersistence(cluster.url, is_server=True)
    await store.start()
    yield store
    await store.close()


_CONNECTIONS = "FROM pg_stat_activity WHERE application_name = 'setpoint'"


async def test_a_second_server_on_a_postgresql_database_is_refused_and_the_error_names_the_first(
    first: SqlPersistence, cluster: Cluster
) -> None:
    store = SqlPersistence(cluster.url, is_server=True)
    with pytest.raises(ConfigError, match=rf"process {os.getpid()} on host .*, since 20"):
        await store.start()
    await store.close()
    await until(lambda: is_writable(first))


@pytest.mark.rule("LEASE-2")
async def test_a_server_whose_connections_were_cut_connects_again_and_goes_on(
    first: SqlPersistence, cluster: Cluster
) -> None:
    before = await read(cluster.url, "SELECT token FROM lease")
    await run(cluster.url, f"SELECT pg_terminate_backend(pid) {_CONNECTIONS}")
    await until(lambda: is_writable(first))
    assert await read(cluster.url, "SELECT token FROM lease") == before


@pytest.mark.rule("LEASE-2")
async def test_a_hold_that_a_frozen_database_cost_is_taken_again_at_the_thaw(cluster: Cluster) -> None:
    patient_store = SqlPersistence(cluster.url, timeout_s=patient(2))
    await patient_store.start()  # it makes the tables, which may take longer than the limit below
    await patient_store.close()
    store = SqlPersistence(cluster.url, is_server=True, timeout_s=0.5)
    await store.start()
    with cluster.frozen():
        await until(lambda: is_refused(store, "lost its hold"), within_s=30)
        assert not store.is_owner
    await until(lambda: is_writable(store), within_s=30)
    await store.close()


@pytest.mark.rule("LEASE-2")
async def test_a_server_that_stood_still_renews_its_lease_before_it_writes_again(
    first: SqlPersistence,
) -> None:
    time.sleep(LASTS_MS / 1000)  # noqa: ASYNC251  # nothing of this process runs meanwhile
    assert not first.is_owner
    await until(lambda: is_writable(first))
    assert first.is_owner


@pytest.mark.rule("LEASE-4", "LEASE-5")
async def test_a_server_that_was_replaced_writes_nothing_more(
    first: SqlPersistence, cluster: Cluster
) -> None:
    await run(cluster.url, "UPDATE lease SET token = token + 1")
    await until(lambda: is_refused(first, "writes nothing more"))
    async with asyncio.timeout(patient(20)):
        await first.replaced()
    assert not first.is_owner
    await until(lambda: is_refused(first, "writes nothing more"))


@pytest.mark.rule("LEASE-4")
async def test_taking_the_lease_waits_for_a_transaction_that_has_proved_the_earlier_token(
    first: SqlPersistence, cluster: Cluster
) -> None:
    async with first.database.writing("recording") as connection:
        await connection.execute(text("INSERT INTO keys (name, value) VALUES ('in flight', '1')"))
        taking = asyncio.create_task(run(cluster.url, "UPDATE lease SET token = token + 1"))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE lease%'"
        await until(lambda: condition(cluster.url, waiting))
        assert not taking.done()
    await taking
    assert await read(cluster.url, "SELECT value FROM keys WHERE name = 'in flight'") == "1"


@pytest.mark.rule("LEASE-7")
async def test_a_server_that_finds_an_older_copy_of_its_database_writes_nothing_to_it(
    first: SqlPersistence, cluster: Cluster
) -> None:
    await run(cluster.url, "UPDATE lease SET token = token - 1")
    await until(lambda: is_refused(first, "an older copy"))


@pytest.mark.rule("LEASE-3")
async def test_a_lease_that_was_freed_is_taken_at_once_and_one_that_is_not_renewed_when_its_time_is_over(
    cluster: Cluster,
) -> None:
    await run(cluster.url, "DROP TABLE IF EXISTS lease")
    freed = SqlPersistence(cluster.url, is_server=True)
    await freed.take(wait_s=0)
    await freed.close()
    crashed = SqlPersistence(cluster.url, is_server=True)
    await crashed.take(wait_s=0)
    await run(cluster.url, "UPDATE lease SET token = token + 1")  # a server that no longer exists
    waits = SqlPersistence(cluster.url, is_server=True)
    await waits.take(wait_s=0)
    assert waits.is_owner
    assert await read(cluster.url, "SELECT token FROM lease") == 4
    await waits.close()
    await crashed.close()


async def is_writable(store: SqlPersistence) -> bool:
    try:
        await store.check()
    except StorageError:
        return False
    return True


async def is_refused(store: SqlPersistence, message: str) -> bool:
    try:
        await store.check()
    except StorageError as error:
        return message in error.message
    return False


async def test_a_database_with_a_second_name_is_refused_under_both(tmp_path: Path) -> None:
    """SQLite's lock and journal lie beside the file's name, so each name would have its own."""
    file, other = tmp_path / "setpoint.sqlite", tmp_path / "elsewhere" / "another.sqlite"
    first = SqlPersistence(f"sqlite:///{file}", is_server=True)
    await first.start()
    other.parent.mkdir()
    os.link(file, other)
    with pytest.raises(ConfigError, match="has 2 names"):
        await SqlPersistence(f"sqlite:///{other}", is_server=True).take(wait_s=0)
    await first.close()
    with pytest.raises(ConfigError, match="has 2 names"):
        await SqlPersistence(f"sqlite:///{file}", is_server=True).take(wait_s=0)
    other.unlink()
    again = SqlPersistence(f"sqlite:///{file}", is_server=True)
    await again.start()
    await again.close()
