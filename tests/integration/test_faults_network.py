"""A bad network between the real server and real clients. Nothing is lost, and nothing is invented."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from tests.integration.fault_laws import FIELD, Crowd, all_applied, counted, until
from tests.integration.fault_proxy import FaultProxy
from tests.integration.noting_server import NOTES_FILE, NOTING, read_notes
from tests.integration.running_server import RunningServer, running_server

from setpoint.testing.patience import patient

WORKED_ON = ("m_401", "m_402", "m_403")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("network"), "--calm", program=NOTING) as server:
        yield server


@pytest.fixture
async def proxy(server: RunningServer) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(server.port) as proxy:
        yield proxy


@pytest.mark.rule("SEQ-4", "TX-3", "CMD-2", "LINK-2")
async def test_cuts_under_load_lose_nothing_and_run_nothing_twice(
    server: RunningServer, proxy: FaultProxy
) -> None:
    async with Crowd(server.url, proxy.url, notes=server.data_dir) as crowd:
        crowd.work(*WORKED_ON)
        async with asyncio.timeout(patient(60)):
            while proxy.cuts <= 10:
                await asyncio.sleep(0.4)
                proxy.cut(share=0.7)
        await crowd.wait_for_batches()
        stories = await crowd.check_laws()
        assert all_applied(stories.values())


@pytest.mark.rule("SEQ-2", "HB-1", "TX-3")
async def test_a_slow_and_trembling_network_only_makes_things_late(
    server: RunningServer, proxy: FaultProxy
) -> None:
    proxy.latency_ms, proxy.jitter_ms = 200, 100
    async with Crowd(server.url, proxy.url, notes=server.data_dir) as crowd:
        crowd.work(*WORKED_ON)
        await crowd.wait_for_batches(6)
        stories = await crowd.check_laws()
        assert all_applied(stories.values())
        assert [client.link.gaps for client in crowd.clients] == [0] * 5


@pytest.mark.rule("HB-1", "HB-2", "SEQ-3")
async def test_a_half_open_connection_is_stale_then_dropped_and_replaced(
    server: RunningServer, proxy: FaultProxy
) -> None:
    async with Crowd(server.url, proxy.url, clients=3, notes=server.data_dir) as crowd:
        crowd.work(*WORKED_ON)
        await crowd.wait_for_batches(2)
        proxy.is_frozen = True
        await crowd.wait_until_each_was_stale()
        proxy.is_frozen = False
        await crowd.check_laws()


@pytest.mark.rule("FLOW-1")
async def test_a_line_of_a_kilobyte_a_second_catches_up_once_it_is_mended(
    server: RunningServer, proxy: FaultProxy
) -> None:
    async with (
        Crowd(server.url, notes=server.data_dir) as quick,
        Crowd(server.url, proxy.url, clients=2, notes=server.data_dir) as slow,
    ):
        proxy.bytes_per_s = 1_024
        quick.work(*WORKED_ON)
        await asyncio.sleep(3)
        await quick.wait_for_batches(2)
        proxy.mend()
        await quick.check_laws()
        await slow.check_laws()
        assert [client.link.gaps for client in quick.clients] == [0] * 5


@pytest.mark.rule("FLOW-1")
async def test_a_reader_that_stops_reading_delays_nobody_and_is_complete_when_it_reads_again(
    server: RunningServer, proxy: FaultProxy
) -> None:
    async with (
        Crowd(server.url, notes=server.data_dir) as quick,
        Crowd(server.url, proxy.url, clients=2, notes=server.data_dir) as stuck,
    ):
        proxy.is_deaf_down = True
        quick.work(*WORKED_ON)
        await asyncio.sleep(3)
        await quick.wait_for_batches(2, within_s=5)
        proxy.mend()
        await quick.check_laws()
        await stuck.check_laws()
        assert [client.link.gaps for client in quick.clients] == [0] * 5


@pytest.mark.rule("CMD-1", "CMD-2")
async def test_a_body_that_breaks_off_changes_nothing_and_the_same_batch_passes_once(
    server: RunningServer, proxy: FaultProxy
) -> None:
    tx_id = str(uuid.uuid4())
    body: dict[str, object] = {"txId": tx_id, "updates": {"m_402": {FIELD: 1_111}}, "reason": "x" * 400}
    proxy.cut_after_bytes = 450
    async with httpx.AsyncClient(base_url=proxy.url) as http:
        with pytest.raises(httpx.TransportError):
            await http.post("/api/batches", json=body)
        assert (await http.get(f"/api/batches/{tx_id}")).status_code == 404
        async with asyncio.timeout(patient(10)):
            while (first := await outcome_of(http, body)) == "pending":
                pass
        assert (first, await outcome_of(http, body)) == ("applied", "applied")
    assert [each[0] for each in read_notes(server.data_dir)].count(tx_id) == 1


async def outcome_of(http: httpx.AsyncClient, body: dict[str, object]) -> str:
    """Returns the outcome of a batch of one target."""
    results = (await http.post("/api/batches", json=body)).raise_for_status().json()["results"]
    return str(results[0]["outcome"])


@pytest.mark.rule("CMD-2", "TX-2")
async def test_a_missing_answer_is_requested_again_and_nothing_runs_twice(
    server: RunningServer, proxy: FaultProxy
) -> None:
    """The request arrives but its answer gets lost. Every retry without a txId would send it twice."""
    async with Crowd(server.url, proxy.url, clients=1, notes=server.data_dir) as crowd:
        proxy.is_deaf_down = True
        batch, answered = crowd.clients[0].begin({"m_401": {FIELD: 1_212}})
        crowd.batches.append(batch)
        async with httpx.AsyncClient(base_url=server.url) as http:

            async def is_there() -> bool:
                return (await http.get(f"/api/batches/{batch.tx_id}")).is_success

            async with asyncio.timeout(patient(10)):
                while not await is_there():  # noqa: ASYNC110  # another process
                    await asyncio.sleep(0.02)
        proxy.cut()
        proxy.mend()
        await answered
        stories = await crowd.check_laws()
        assert counted(stories.values()) == {"applied": 1}


@pytest.mark.rule("CMD-3", "CMD-6", "SAFE-4", "LOCK-3")
async def test_a_frozen_machine_is_unknown_and_settled_when_it_thaws(server: RunningServer) -> None:
    async with Crowd(server.url, clients=2, notes=server.data_dir) as crowd:
        client = crowd.clients[0]
        await crowd.simulate("m_403", fault="freeze")
        batch, _ = client.begin({"m_403": {FIELD: 1_313}, "m_402": {FIELD: 1_313}})
        crowd.batches.append(batch)
        phases = {target.machine: target.phase.value async for target in batch}
        assert phases == {"m_402": "reconciled", "m_403": "unknown"}
        assert client.view["m_403"].record[FIELD] != 1_313
        await crowd.simulate("m_403", fault=None)
        await until(lambda: client.view["m_403"].record[FIELD] == 1_313, within_s=5)
        stories = await crowd.check_laws()
        assert counted(stories.values()) == {"applied": 2}


async def test_the_laws_notice_a_write_that_reached_its_machine_twice(
    server: RunningServer, tmp_path: Path
) -> None:
    async with Crowd(server.url, clients=1, notes=tmp_path) as crowd:
        batch, _ = crowd.clients[0].begin({"m_401": {FIELD: 1_414}})
        crowd.batches.append(batch)
        await batch.done()
        line = json.dumps([batch.tx_id, "m_401", FIELD, 1_414]) + "\n"
        (tmp_path / NOTES_FILE).write_text(line, "utf-8")
        await crowd.check_laws()
        (tmp_path / NOTES_FILE).write_text(line * 2, "utf-8")
        with pytest.raises(AssertionError, match="ran twice"):
            await crowd.check_laws()
        (tmp_path / NOTES_FILE).write_text("", "utf-8")
        with pytest.raises(AssertionError, match="the machine was given"):
            await crowd.check_laws()
