"""A standby takes over from an owner that was killed, frozen or stopped. Nothing is sent twice or late.

The machines are behind a Modbus server in another process. Both servers reach it, and it notes each write.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.postgres import Cluster
from tests.forked import completed
from tests.integration.running_server import SETPOINT, RunningServer
from tests.integration.standby_support import REGISTER, Pair, applies, is_ready, running_pair, wait_for
from tests.integration.test_one_writer import run

from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.verify import verify
from setpoint.testing.patience import patient


@pytest.fixture
def pair(cluster: Cluster, tmp_path: Path) -> Iterator[Pair]:
    drop_tables(cluster)
    with running_pair(cluster.url, tmp_path) as running:
        yield running


def drop_tables(cluster: Cluster) -> None:
    asyncio.run(run(cluster.url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public"))


def assert_answers_only_that_it_is_alive(standby: RunningServer) -> None:
    alive = httpx.get(f"{standby.url}/healthz").raise_for_status()
    assert alive.json() == {"status": "alive", "role": "standby"}
    assert 'setpoint_role{role="standby"} 1.0' in httpx.get(f"{standby.url}/metrics").text
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for path, headers in (("/readyz", {}), ("/api/plant", {}), ("/", {}), ("/live", upgrade | key)):
        refused = httpx.get(f"{standby.url}{path}", headers=headers)
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/standby-unavailable"
        assert refused.headers["retry-after"] == "1"


@pytest.mark.rule("LEASE-3", "LEASE-6", "CMD-1", "CMD-6", "SEQ-5")
def test_a_standby_takes_over_from_an_owner_that_was_killed_under_a_batch_and_sends_nothing_twice(
    pair: Pair,
) -> None:
    assert_answers_only_that_it_is_alive(pair.standby)
    pair.standby.send_signal(signal.SIGHUP)  # a reload of the service
    wait_for(lambda: "plant_not_read_again" in pair.standby.log.read_text("utf-8"), "it takes no hang-up")
    applies(pair, pair.owner, 120, "m_401")
    pair.machines.send_command("rules", rules={"clamp": 0})  # accepts the write, but reports another value
    tx_id = str(uuid.uuid4())
    sender = threading.Thread(target=send_and_forget, args=(pair, tx_id))
    sender.start()
    wait_for(lambda: [2, REGISTER, 150] in pair.writes(), "the target did not leave")
    pair.owner.kill()
    wait_for(lambda: is_ready(pair.standby), "nobody serves the plant")
    sender.join()

    assert pair.outcomes(pair.standby, tx_id) == {"m_401": "unknown", "m_402": "unknown"}
    again = pair.commit(pair.standby, 150, "m_401", "m_402", tx_id=tx_id)
    assert {each["outcome"] for each in again.json()["results"]} == {"unknown"}
    pair.machines.send_command("rules", rules={})
    pair.machines.send_command("set", unit=1, values={str(REGISTER): 150})  # it lands late
    wait_for(
        lambda: pair.outcomes(pair.standby, tx_id) == {"m_401": "applied", "m_402": "unknown"},
        "the machine's report does not settle the target",
    )
    assert pair.writes() == [[1, REGISTER, 120], [1, REGISTER, 150], [2, REGISTER, 150]]
    applies(pair, pair.standby, 175, "m_402")


def send_and_forget(pair: Pair, tx_id: str) -> None:
    with suppress(httpx.HTTPError):
        pair.commit(pair.owner, 150, "m_401", "m_402", tx_id=tx_id)


@pytest.mark.rule("LEASE-2", "LEASE-4", "LEASE-5")
async def test_an_owner_that_was_frozen_and_replaced_records_and_sends_nothing_when_it_thaws_and_ends(
    pair: Pair,
) -> None:
    await asyncio.to_thread(freeze_and_thaw, pair)
    pair.standby.kill()
    store = SqlPersistence(pair.url, timeout_s=20)
    await store.start()
    verdict = await verify(store)
    await store.close()
    assert (verdict.broken, verdict.differences) == (None, [])


def freeze_and_thaw(pair: Pair) -> None:
    applies(pair, pair.owner, 120, "m_401")
    pair.owner.send_signal(signal.SIGSTOP)
    late = [str(uuid.uuid4()) for _ in range(5)]
    answers: list[Any] = []
    senders = [threading.Thread(target=send_to_frozen, args=(pair, each, answers)) for each in late]
    for each in senders:
        each.start()
    wait_for(lambda: is_ready(pair.standby), "nobody serves the plant")
    applies(pair, pair.standby, 130, "m_401")
    pair.owner.send_signal(signal.SIGCONT)
    for each in senders:
        each.join()
    assert pair.owner.wait() == 3
    assert "another server has taken over" in pair.owner.log.read_text("utf-8")
    assert all(answer is None or answer.status_code in (503, 409) for answer in answers)
    with pair.http_client(pair.standby) as http:
        assert [http.get(f"/api/batches/{each}").status_code for each in late] == [404] * len(late)
    assert pair.writes() == [[1, REGISTER, 120], [1, REGISTER, 130]]


def send_to_frozen(pair: Pair, tx_id: str, answers: list[Any]) -> None:
    try:
        answers.append(pair.commit(pair.owner, 199, "m_402", tx_id=tx_id))
    except httpx.HTTPError:
        answers.append(None)


@pytest.mark.full
@pytest.mark.rule("LEASE-3")
def test_owners_that_end_in_order_hand_over_as_in_a_rolling_upgrade_and_a_standby_ends_at_once(
    pair: Pair,
) -> None:
    """Checks that no target is lost and that no machine gets one twice."""
    applies(pair, pair.owner, 130, "m_401")
    assert pair.owner.stop() == 0
    wait_for(lambda: is_ready(pair.standby), "nobody serves the plant")
    applies(pair, pair.standby, 140, "m_401")
    arguments = (*pair.owner.arguments, "--role", "standby")
    restarted = RunningServer(pair.owner.data_dir, *arguments, started="/healthz", command="serve")
    restarted.start()
    try:
        assert restarted.stop() == 0  # while it waits
        restarted.start()
        assert_answers_only_that_it_is_alive(restarted)
        assert pair.standby.stop() == 0
        wait_for(lambda: is_ready(restarted), "nobody serves the plant")
        applies(pair, restarted, 150, "m_401")
    finally:
        restarted.kill()
    assert pair.writes() == [[1, REGISTER, value] for value in (130, 140, 150)]


def test_a_standby_without_a_database_that_others_reach_does_not_start(tmp_path: Path) -> None:
    command = [*SETPOINT, "serve", "--role", "standby", "--data-dir", str(tmp_path / "own"), "--port", "0"]
    refused = completed(command, timeout=patient(50))
    assert refused.returncode == 2
    assert "--database postgresql://" in refused.stderr
