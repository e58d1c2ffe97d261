"""The client with the real server, which tests kill, freeze and restart."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from tests.integration.giving import commit
from tests.integration.running_server import RunningServer

from setpoint.client import Client, Phase
from setpoint.contract.live import Outcome
from setpoint.contract.values import CRITICAL_OVERRIDES
from setpoint.errors import RequestError
from setpoint.testing.patience import patient

TARGET = {"m_402": {"targetSpeed": 900}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("server"), "--calm", "--seed", "1")
    yield server
    server.kill()


@pytest.fixture
def server(shared: RunningServer) -> RunningServer:
    """The server. A test may kill it, and the next test finds it running."""
    shared.ensure_running()
    return shared


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[Client]:
    async with Client(server.url, user="anna") as client:
        await client.subscribe("line:01")
        for event in ({"status": None}, {"fault": None}):
            await simulate(client, machine="m_402", **event)
        async with asyncio.timeout(patient(10)):
            await client.until(lambda: client.server.machines["m_402"]["status"] not in CRITICAL_OVERRIDES)
        assert await (await commit(client, {"m_402": {"targetSpeed": 600}})).done() == {Phase.RECONCILED: 1}
        yield client


async def simulate(client: Client, **event: str | None) -> None:
    await client.api.ask("POST", "/api/simulator/events", body=json.dumps(event).encode())


async def recorded(client: Client, tx_id: str) -> None:
    """Waits until the server has stored the batch. Before that it does not send any rev."""
    async with asyncio.timeout(patient(10)):
        while True:
            with suppress(RequestError):
                story = await client.batch(tx_id)
                if all(item.rev is not None for item in story.results):
                    return
            await asyncio.sleep(0.02)


@pytest.mark.rule("TX-3", "CMD-3")
async def test_a_target_is_applied_and_seen(client: Client) -> None:
    batch = await commit(client, TARGET, reason="trial")
    assert await batch.done() == {Phase.RECONCILED: 1}
    assert client.view["m_402"].record["targetSpeed"] == 900
    story = await client.batch(batch.tx_id)
    assert (story.person, story.reason) == ("anna", "trial")


@pytest.mark.rule("SEQ-5", "LINK-2", "HB-2")
async def test_after_the_server_was_killed_it_is_back_with_the_new_epoch(
    server: RunningServer, client: Client
) -> None:
    epoch = client.link.epoch
    server.kill()
    await client.until(lambda: client.state == "DISCONNECTED")
    assert client.is_stale("line:01")
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(patient(30)):
        await client.until(lambda: client.state == "CONNECTED" and not client.is_stale("line:01"))
    assert client.link.epoch != epoch
    # The machine restarts with its server. If it then reports its old set-point, the target conflicts (CMD-6).
    async with asyncio.timeout(patient(30)):
        while (phases := await (await commit(client, TARGET)).done()) == {Phase.CONFLICT: 1}:
            pass
    assert phases == {Phase.RECONCILED: 1}


@pytest.mark.rule("HB-2")
async def test_a_frozen_server_is_stale_and_live_again_when_it_thaws(
    server: RunningServer, client: Client
) -> None:
    server.send_signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(patient(15)):
            await client.until(lambda: client.state == "STALE")
        assert client.is_stale("line:01")
    finally:
        server.send_signal(signal.SIGCONT)
    async with asyncio.timeout(patient(15)):
        await client.until(lambda: client.state == "CONNECTED" and not client.is_stale("line:01"))
    assert client.link.gaps == 0


@pytest.mark.rule("SAFE-3", "TICK-2")
async def test_a_stop_is_seen_at_once_and_blocks(client: Client) -> None:
    await simulate(client, machine="m_402", status="EMERGENCY_STOP")
    async with asyncio.timeout(patient(5)):
        await client.until(lambda: client.view["m_402"].record["status"] == "EMERGENCY_STOP")
    batch = await commit(client, TARGET)
    (target,) = [target async for target in batch]
    assert (target.phase, target.outcome) == (Phase.FAILED, Outcome.BLOCKED)
    assert not client.view["m_402"].is_optimistic


@pytest.mark.rule("CONF-1", "CONF-2")
async def test_a_person_who_decided_on_an_older_value_learns_who_changed_it(
    server: RunningServer, client: Client
) -> None:
    base = {"m_402": {"targetSpeed": client.revs.get("m_402", {}).get("targetSpeed", 0)}}
    async with Client(server.url, user="ben") as other:
        await other.subscribe("line:01")
        assert await (await commit(other, {"m_402": {"targetSpeed": 700}})).done() == {Phase.RECONCILED: 1}
    batch = await commit(client, TARGET, base=base)
    (target,) = [target async for target in batch]
    assert target.phase is Phase.CONFLICT
    assert target.by is not None
    assert target.by.name == "ben"
    async with asyncio.timeout(patient(10)):
        await client.until(lambda: client.view["m_402"].record["targetSpeed"] == 700)


@pytest.mark.rule("PRE-1")
async def test_a_commit_uses_the_revs_that_the_program_read(server: RunningServer, client: Client) -> None:
    assert client.view["m_402"].record["targetSpeed"] != 555
    async with Client(server.url, user="ben") as ben:
        await (await commit(ben, {"m_402": {"targetSpeed": 555}})).done()
    async with asyncio.timeout(patient(10)):
        await client.until(lambda: client.server.machines["m_402"]["targetSpeed"] == 555)
    batch = await commit(client, TARGET)
    assert await batch.done() == {Phase.CONFLICT: 1}, "the program decided on the state that it read"
    assert client.view["m_402"].record["targetSpeed"] == 555
    batch = await commit(client, TARGET)
    assert await batch.done() == {Phase.RECONCILED: 1}, "it has read again"


@pytest.mark.rule("PRE-1", "SAFE-3")
async def test_a_stop_since_the_program_read_the_view_is_a_conflict(client: Client) -> None:
    assert client.view["m_402"].record["status"] != "FAULT"
    for status in ("FAULT", None):
        await simulate(client, machine="m_402", status=status)
    async with asyncio.timeout(patient(10)):
        await client.until(
            lambda: (
                "targetSpeed" in client.revs.get("m_402", {})
                and client.server.machines["m_402"]["status"] != "FAULT"
            )
        )
    batch = await commit(client, TARGET)
    assert set(await batch.done()) <= {Phase.CONFLICT, Phase.CANCELLED}
    assert [item.outcome for item in (await client.batch(batch.tx_id)).results] == [Outcome.CONFLICT]


async def test_undo_takes_back_what_nobody_changed_since(client: Client) -> None:
    before = client.view["m_402"].record["targetSpeed"]
    batch = await commit(client, TARGET)
    await batch.done()
    await client.undo(batch.tx_id)
    async with asyncio.timeout(patient(10)):
        await client.until(lambda: client.view["m_402"].record["targetSpeed"] == before)


@pytest.mark.rule("CMD-1", "TX-3")
async def test_a_batch_under_way_when_the_server_dies_is_settled_after_its_return(
    server: RunningServer, client: Client
) -> None:
    await simulate(client, machine="m_402", fault="slow")
    batch, _ = client.begin(TARGET)
    await recorded(client, batch.tx_id)
    server.kill()
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(patient(30)):
        counts = await batch.done()
    assert set(counts) <= {Phase.RECONCILED, Phase.UNKNOWN}
    story = await client.batch(batch.tx_id)
    assert [item.outcome for item in story.results] in ([Outcome.APPLIED], [Outcome.UNKNOWN])
