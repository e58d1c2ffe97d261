"""A plant of several servers with a partitioned network: a part that is cut off shows nothing as live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.contract.postgres import Cluster
from tests.integration.cluster_support import (
    Plant,
    Watcher,
    drop_everything,
    running_plant,
    vouches_for_nothing,
)
from tests.integration.islands import Island, island
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import applies, is_ready, wait_for

pytestmark = [pytest.mark.full, pytest.mark.alone]
Starts = Callable[..., Plant]


@pytest.fixture
def apart() -> Iterator[Island]:
    with island() as found:
        yield found


@pytest.fixture
def starts(cluster: Cluster, tmp_path: Path) -> Iterator[Starts]:
    drop_everything(cluster)
    with ExitStack() as running:
        yield lambda **islands: running.enter_context(running_plant(cluster.url, tmp_path, **islands))


def without_nats(plant: Plant, apart: Island, gateway: RunningServer, anna: Watcher) -> None:
    """Cuts the island off from NATS: the gateway calls nothing live and takes no target."""
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line")
    apart.pull("nats")
    wait_for(lambda: not is_ready(gateway), "the gateway says that it is ready")
    vouches_for_nothing(anna)
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
