"""Upgrades a plant as docs/howto/many-servers.md says, with targets under way at each step. No target is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest
from tests.contract.postgres import Cluster, running_cluster
from tests.integration.cluster_support import Plant, drop_tables, gateway_of, running_plant
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import OPEN, applies, is_ready, wait_for

pytestmark = [pytest.mark.full, pytest.mark.alone]
MACHINES = 60
SENT = ("applied", "superseded")
NEVER_SENT = ("blocked", "conflict", "rejected", "cancelled")
"""A new owner blocks a target for a machine that has not reported to it yet."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def plant(cluster: Cluster, tmp_path: Path) -> Iterator[Plant]:
    drop_tables(cluster)
    with running_plant(cluster.url, tmp_path, machine_count=MACHINES) as running:
        yield running


class Workbooks(threading.Thread):
    """Gives one batch after another to all machines, through the gateways in turn, and waits until each is settled."""

    def __init__(self, plant: Plant) -> None:
        super().__init__()
        self._plant = plant
        self._machines = [f"m_{400 + number}" for number in range(1, MACHINES + 1)]
        self._turns = count()
        self._is_over = threading.Event()
        self.is_under_way = threading.Event()
        self.outcomes: dict[int, dict[str, str]] = {}
        """The outcomes by the batch's value. They are empty if the server refused the batch."""
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            value = 100
            while not self._is_over.is_set():
                value += 1
                self.outcomes[value] = self._give(value)
        except BaseException as error:
            self.failure = error
            raise

    def _give(self, value: int) -> dict[str, str]:
        tx_id = str(uuid.uuid4())
        refused: list[bool] = []

        def is_answered() -> bool:
            """Repeats the same txId until a gateway answers, as the board does."""
            turn = next(self._turns)
            gateway = self._plant.gateways[turn % len(self._plant.gateways)]
            answer = self._plant.pair.commit(gateway, value, *self._machines, tx_id=tx_id)
            refused[:] = [answer.status_code == 409]
            return answer.status_code != 503

        self.is_under_way.set()
        wait_for(is_answered, f"nobody answers for the batch of {value}")
        if refused[0]:
            return {}
        wait_for(lambda: self._is_settled(tx_id), f"the batch of {value} is never settled")
        return self._read(tx_id) or {}

    def _is_settled(self, tx_id: str) -> bool:
        outcomes = self._read(tx_id)
        return outcomes is not None and not set(outcomes.values()) & {*OPEN, "unknown"}

    def _read(self, tx_id: str) -> dict[str, str] | None:
        """Reads the batch from any gateway that knows it."""
        for gateway in self._plant.gateways:
            with self._plant.pair.http_client(gateway) as http:
                try:
                    answer = http.get(f"/api/batches/{tx_id}")
                except httpx.HTTPError:
                    continue
                if answer.is_success:
                    return {each["machine"]: each["outcome"] for each in answer.json()["results"]}
        return None

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Runs the block while a batch is under way. Afterwards waits until another batch is settled."""
        self.is_under_way.clear()
        wait_for(lambda: self.is_under_way.is_set() or self.failure, "no batch is under way")
        yield
        settled = len(self.outcomes)
        wait_for(lambda: len(self.outcomes) > settled + 1 or self.failure, "no batch is settled any more")
        assert self.failure is None

    def end(self) -> None:
        self._is_over.set()
        self.join()
        assert self.failure is None


@pytest.mark.rule("LEASE-3", "LEASE-6", "MIR-4", "MIR-5", "MIR-6", "CMD-1")
def test_every_part_is_replaced_one_after_another_and_each_target_lands_once_or_was_never_taken(
    plant: Plant, cluster: Cluster, tmp_path: Path
) -> None:
    pair = plant.pair
    anna = plant.watch(plant.gateways[0], "line:01")
    workbooks = Workbooks(plant)
    workbooks.start()
    try:
        with workbooks.going_on():  # the standby
            assert pair.standby.stop() == 0
            pair.standby.start()
        # The plant server: its standby takes over, and it comes back as the standby.
        with workbooks.going_on():
            epoch = anna.positions["line:01"][0]
            assert pair.owner.stop() == 0
            wait_for(lambda: is_ready(pair.standby), "nobody serves the plant")
            wait_for(lambda: anna.positions["line:01"][0] != epoch, "the page stays with the former owner")
            restarted = RunningServer(
                pair.owner.data_dir, *pair.standby.arguments, command="serve", started="/healthz"
            )
            pair.owner, pair.standby = pair.standby, restarted.start()
        for number, old in enumerate(list(plant.gateways)):
            with workbooks.going_on():  # a gateway: a new one joins, the old one leaves
                new = gateway_of(cluster.url, plant.nats, tmp_path, f"newer-{number}")
                plant.gateways.append(new.start())
                plant.gateways.remove(old)
                assert old.stop() == 0
            anna.go_to(plant.gateways[-1])
    finally:
        workbooks.end()
    lands_once(plant, workbooks)
    applies(pair, plant.gateways[0], 99, "m_401")
    wait_for(lambda: anna.value("m_401", "targetSpeed") == 99, "the page does not show the last target")
    assert not anna.gaps
    anna.leave()


def lands_once(plant: Plant, workbooks: Workbooks) -> None:
    written = [(unit, value) for unit, _, value in plant.pair.writes()]
    assert len(written) == len(set(written)), "a machine got a target twice"
    for value, outcomes in workbooks.outcomes.items():
        for machine, outcome in outcomes.items():
            is_written = (int(machine.removeprefix("m_")) - 400, value) in set(written)
            assert is_written == (outcome in SENT), f"{machine} at {value} ended {outcome}"
            assert outcome in (*SENT, *NEVER_SENT)
        if not outcomes:
            assert value not in [each for _, each in written], f"{value} was refused, and sent"
    assert any(set(outcomes.values()) == {"applied"} for outcomes in workbooks.outcomes.values())
