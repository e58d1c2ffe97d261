"""A plant of several servers with a partitioned network. A part that is cut off shows nothing as live."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.contract.postgres import Cluster
from tests.integration.cluster_support import (
    Plant,
    Watcher,
    drop_tables,
    running_plant,
    wait_until_nothing_is_live,
)
from tests.integration.islands import Island, island
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import REGISTER, applies, is_ready, wait_for
from tests.integration.test_one_writer import run

pytestmark = [pytest.mark.full, pytest.mark.alone]
Starts = Callable[..., Plant]


@pytest.fixture
def apart() -> Iterator[Island]:
    with island() as running:
        yield running


@pytest.fixture
def starts(cluster: Cluster, tmp_path: Path) -> Iterator[Starts]:
    drop_tables(cluster)
    with ExitStack() as running:
        yield lambda **islands: running.enter_context(running_plant(cluster.url, tmp_path, **islands))


def without_nats(plant: Plant, apart: Island, gateway: RunningServer, anna: Watcher) -> None:
    """Cuts the island off from NATS, and checks that its gateway shows nothing as live and takes no target."""
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line")
    apart.pull("nats")
    wait_for(lambda: not is_ready(gateway), "the gateway says that it is ready")
    wait_until_nothing_is_live(anna)
    assert plant.pair.commit(gateway, 199, "m_401").status_code == 503


@pytest.mark.rule("MIR-2", "MIR-3", "MIR-6")
def test_a_gateway_that_is_cut_off_from_nats_calls_nothing_live_and_catches_up(
    starts: Starts, apart: Island
) -> None:
    plant = starts(gateway_island=apart)
    cut_off, other = plant.gateways
    anna = plant.watch(cut_off, "line:01")
    without_nats(plant, apart, cut_off, anna)
    applies(plant.pair, other, 130, "m_402")
    apart.plug("nats")
    wait_for(lambda: anna.value("m_402", "targetSpeed") == 130, "the gateway does not catch up")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line again")
    assert not anna.gaps
    assert 199 not in [each[2] for each in plant.pair.writes()]
    anna.leave()


@pytest.mark.rule("MIR-2", "MIR-3", "MIR-6")
@pytest.mark.parametrize("chain", ["OUTPUT", "INPUT"], ids=["what it says", "what it hears"])
def test_a_gateway_that_loses_one_direction_to_nats_shows_nothing_as_live_and_no_wrong_outcome(
    starts: Starts, apart: Island, chain: str
) -> None:
    plant = starts(gateway_island=apart)
    cut_off, other = plant.gateways
    anna = plant.watch(cut_off, "line:01")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line")
    apart.lose("nats", chain)
    at_once, later = str(uuid.uuid4()), str(uuid.uuid4())
    plant.pair.commit(cut_off, 188, "m_401", tx_id=at_once)
    wait_for(lambda: not is_ready(cut_off), "the gateway says that it is ready")
    wait_until_nothing_is_live(anna)
    assert plant.pair.commit(cut_off, 199, "m_401", tx_id=later).status_code == 503
    applies(plant.pair, other, 130, "m_402")
    apart.lose_nothing()
    wait_for(lambda: anna.value("m_402", "targetSpeed") == 130, "the gateway does not catch up")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line again")
    assert not anna.gaps
    with plant.pair.http_client(cut_off) as http:
        answer = http.get(f"/api/batches/{at_once}")
        assert http.get(f"/api/batches/{later}").status_code == 404
    written = [each[2] for each in plant.pair.writes()]
    assert written.count(188) == (answer.status_code == 200), (
        "the outcome says that it was sent exactly if it was sent"
    )
    assert 199 not in written
    anna.leave()


@pytest.mark.rule("MIR-2", "MIR-3")
def test_a_gateway_behind_a_slow_link_shows_the_truth_or_calls_it_old(starts: Starts, apart: Island) -> None:
    plant = starts(gateway_island=apart)
    slow, other = plant.gateways
    anna = plant.watch(slow, "line:01")
    apart.slow_down("nats", 8_000)
    for value in (110, 120, 130):
        applies(plant.pair, other, value, "m_402")
    apart.speed_up("nats")
    wait_for(lambda: anna.value("m_402", "targetSpeed") == 130, "the gateway does not catch up")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line again")
    assert not anna.gaps
    assert [each[2] for each in plant.pair.writes()] == [110, 120, 130]
    anna.leave()


@pytest.mark.rule("LEASE-3", "LEASE-4", "LEASE-5")
def test_a_postgresql_that_may_only_be_read_takes_no_target_and_nothing_is_lost_or_sent_twice(
    starts: Starts, cluster: Cluster
) -> None:
    plant = starts()
    one, _ = plant.gateways
    anna = plant.watch(one, "line:01")
    applies(plant.pair, one, 120, "m_401")
    for statement in ("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"):
        asyncio.run(run(cluster.url, statement))
    try:
        wait_for(lambda: not is_ready(one), "the gateway takes targets that nobody can store")
        assert plant.pair.commit(one, 199, "m_401").status_code == 503
        plant.set_register(REGISTER, 77, unit=2)
        wait_for(lambda: anna.value("m_402", "targetSpeed") == 77, "the plant is no longer shown")
    finally:
        for statement in ("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"):
            asyncio.run(run(cluster.url, statement))
    applies(plant.pair, one, 130, "m_401")
    assert [each[2] for each in plant.pair.writes()] == [120, 130]
    anna.leave()


@pytest.mark.rule("MIR-3", "MIR-6", "LEASE-2")
def test_an_owner_that_is_cut_off_from_nats_stays_the_owner_and_gateways_call_nothing_live(
    starts: Starts, apart: Island
) -> None:
    plant = starts(owner_island=apart)
    one, _ = plant.gateways
    anna = plant.watch(one, "line:01")
    epoch = anna.positions["line:01"][0]
    without_nats(plant, apart, one, anna)
    applies(plant.pair, plant.pair.owner, 130, "m_402")
    apart.plug("nats")
    wait_for(lambda: anna.value("m_402", "targetSpeed") == 130, "the gateway does not catch up")
    assert anna.positions["line:01"][0] == epoch
    assert not anna.gaps
    anna.leave()


@pytest.mark.rule("MIR-5", "LEASE-3", "LEASE-4", "LEASE-5")
def test_an_owner_that_is_cut_off_from_postgresql_is_replaced_and_gateways_follow_the_new_one(
    starts: Starts, apart: Island
) -> None:
    plant = starts(owner_island=apart)
    one, _ = plant.gateways
    anna = plant.watch(one, "line:01")
    applies(plant.pair, one, 120, "m_401")
    epoch = anna.positions["line:01"][0]
    apart.pull("database")
    wait_for(lambda: anna.positions["line:01"][0] != epoch, "the gateway stays with the former owner")
    applies(plant.pair, one, 130, "m_401")
    wait_for(lambda: anna.value("m_401", "targetSpeed") == 130, "the gateway does not show the target")
    apart.plug("database")
    assert plant.pair.owner.wait() == 3
    assert [each[2] for each in plant.pair.writes()] == [120, 130]
    anna.leave()
