"""Any part of a plant dies while hundreds of targets are under way. The outcomes are still true.

The targets are one batch, given through a gateway, as from a workbook with that many rows.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.contract.postgres import Cluster
from tests.integration.cluster_support import Plant, drop_tables, running_plant
from tests.integration.standby_support import OPEN, applies, is_ready, wait_for

pytestmark = [pytest.mark.full, pytest.mark.alone]
MACHINES = 200
VALUE = 150
NEVER_SENT = {"blocked", "conflict", "rejected", "cancelled"}


@pytest.fixture
def plant(cluster: Cluster, tmp_path: Path) -> Iterator[Plant]:
    drop_tables(cluster)
    with running_plant(cluster.url, tmp_path, machine_count=MACHINES) as running:
        yield running


def _nats(plant: Plant, _: Cluster) -> None:
    plant.nats.kill()
    plant.nats.start()


def _postgresql(_: Plant, cluster: Cluster) -> None:
    cluster.kill()
    cluster.start()


def _standby(plant: Plant, _: Cluster) -> None:
    plant.pair.owner_now()
    plant.pair.standby.kill()


KILLS: Mapping[str, Callable[[Plant, Cluster], None]] = {
    "the gateway that took it": lambda plant, _: plant.gateways[0].kill(),
    "the owner": lambda plant, _: plant.pair.owner_now().kill(),
    "the standby": _standby,
    "NATS": _nats,
    "PostgreSQL": _postgresql,
}


@pytest.mark.rule("CMD-1", "LEASE-6", "MIR-5", "MIR-6", "TX-3")
@pytest.mark.parametrize("part", KILLS)
def test_the_outcomes_of_hundreds_of_targets_are_true_when_a_part_is_killed(
    part: str, plant: Plant, cluster: Cluster
) -> None:
    one, two = plant.gateways
    machines = [f"m_{400 + number}" for number in range(1, MACHINES + 1)]
    anna = plant.watch(two, "line:01")
    wait_for(lambda: all(anna.value(each, "speed") is not None for each in machines), "a machine is not read")
    tx_id = str(uuid.uuid4())
    killed = threading.Event()

    def send() -> None:
        """Repeats the batch until the server takes it. A server that had no processor for a moment refuses it and sends
        nothing.
        """
        nonlocal tx_id
        with suppress(httpx.HTTPError):
            while not (answer := plant.pair.commit(one, VALUE, *machines, tx_id=tx_id)).is_success:
                if killed.wait(0.1):
                    return
                if answer.status_code == 409:  # too late: the server refuses this txId from now on (CMD-8)
                    tx_id = str(uuid.uuid4())

    sender = threading.Thread(target=send)
    sender.start()
    wait_for(plant.pair.writes, "no target left for a machine")
    KILLS[part](plant, cluster)
    killed.set()
    sender.join()
    wait_for(lambda: is_ready(two), "the other gateway does not find a plant server")
    wait_for(
        lambda: not set(plant.pair.outcomes(two, tx_id).values()) & {*OPEN},
        "a target of the batch never ends",
    )
    written = plant.pair.writes()
    assert len(written) == len({unit for unit, *_ in written}), "a machine got the target twice"
    # A client of the other gateway sees what the machines have.
    sent = {f"m_{400 + unit}" for unit, *_ in written}
    wait_for(
        lambda: all(anna.value(each, "targetSpeed") == VALUE for each in sent), "what landed is not shown"
    )
    outcomes = plant.pair.outcomes(two, tx_id)
    assert outcomes.keys() == set(machines)
    reported_applied = {each for each, outcome in outcomes.items() if outcome == "applied"}
    reported_not_sent = {each for each, outcome in outcomes.items() if outcome in NEVER_SENT}
    assert reported_applied <= sent
    assert not reported_not_sent & sent
    applies(plant.pair, two, 120, "m_401")
    anna.leave()
