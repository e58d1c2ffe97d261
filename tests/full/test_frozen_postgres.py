"""PostgreSQL freezes for a minute in the middle of fifty batches. Nothing is sent late, and every answer is true."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.postgres import Cluster, running_cluster
from tests.integration.fault_laws import Crowd
from tests.integration.noting_server import NOTING
from tests.integration.running_server import RunningServer, running_server

FROZEN_FOR_S = 60.0
MACHINES = ("m_401", "m_402", "m_403")
pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[RunningServer]:
    options = ("--calm", "--database", cluster.url, "--database-timeout", "2")
    with running_server(tmp_path / "data", *options, program=NOTING) as server:
        yield server


@pytest.mark.rule("CMD-1", "CMD-2", "CMD-8")
async def test_a_minute_of_a_frozen_database_in_fifty_batches_sends_nothing_late_and_every_answer_is_true(
    server: RunningServer, cluster: Cluster
) -> None:
    async with Crowd(server.url, notes=server.data_dir) as crowd:
        crowd.work(*MACHINES)
        await crowd.wait_for_batches(25)
        with cluster.frozen():
            await asyncio.sleep(FROZEN_FOR_S)
        await crowd.wait_for_batches(25, within_s=60)
        await crowd.check_laws(has_lost_batches=True)
