"""Gateways over a real NATS and a real PostgreSQL: what they show, what they accept, and how each failure looks."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.contract.postgres import Cluster
from tests.integration.cluster_support import (
    Plant,
    Watcher,
    drop_tables,
    running_plant,
    wait_until_nothing_is_live,
)
from tests.integration.running_server import RunningServer
from tests.integration.signed_in import PASSWORD
from tests.integration.standby_support import REGISTER, applies, is_ready, wait_for

from setpoint.contract.live.codes import CloseCode
from setpoint.testing.patience import patient

pytestmark = pytest.mark.xdist_group("faults-server")


@pytest.fixture
def plant(cluster: Cluster, tmp_path: Path) -> Iterator[Plant]:
    drop_tables(cluster)
    with running_plant(cluster.url, tmp_path) as running:
        yield running


@pytest.mark.rule("MIR-1", "MIR-4", "MIR-5", "MIR-6", "SEQ-4", "SEQ-5", "LEASE-6", "CMD-1")
def test_gateways_show_the_truth_while_the_parts_of_a_plant_are_killed_one_after_another(
    plant: Plant,
) -> None:
    one, two = plant.gateways
    anna = plant.watch(one, "line:01", "dashboard:global", "m:401")
    # A gateway shows the owner's state and passes targets on.
    tx_id = applies(plant.pair, one, 120, "m_401")
    wait_for(lambda: anna.value("m_401", "targetSpeed") == 120, "the gateway does not show the target")
    wait_for(
        lambda: anna.value("m_401", "targetSpeed", "m:401") == 120,
        "the gateway does not show it on the machine's topic",
    )
    with plant.pair.http_client(two) as http:
        assert http.get("/api/plant").json()["name"]
        assert http.get("/api/batches").json()["items"][0]["txId"] == tx_id
        wait_for(
            lambda: [each["machine"] for each in http.get("/api/changes").json()] == ["m_401"],
            "the other gateway does not tell whose set-point was changed",
        )
        assert http.get("/api/alarms").is_success
        ready = {"status": "ready", "role": "gateway"}
        wait_for(
            lambda: ready.items() <= httpx.get(f"{two.url}/readyz").json().items(), "the gateway is not ready"
        )
        figures = httpx.get(f"{two.url}/metrics").text
        assert 'setpoint_role{role="gateway"} 1.0' in figures
        assert "setpoint_mirror_lag_seconds" in figures
    people_are_the_same_at_every_gateway(plant)
    # A gateway dies: its client continues at the other one, from its last position.
    epoch = anna.positions["line:01"][0]
    anna.leave()
    one.kill()
    applies(plant.pair, plant.pair.owner_now(), 130, "m_402")
    berta = plant.watch(two, "line:01")
    wait_for(lambda: berta.value("m_402", "targetSpeed") == 130, "the other gateway does not show the target")
    berta.leave()
    anna.go_to(two)
    wait_for(lambda: anna.value("m_402", "targetSpeed") == 130, "the client has not caught up")
    if anna.positions["line:01"][0] == epoch:
        assert "snapshot" not in anna.frames[: anna.frames.index("delta")]
    # The owner dies: clients get a new epoch and the true state.
    owner, epoch = plant.pair.owner_now(), anna.positions["line:01"][0]
    owner.kill()
    wait_for(lambda: anna.positions["line:01"][0] != epoch, "the client stays in the old epoch")
    applies(plant.pair, two, 140, "m_402")
    wait_for(lambda: anna.value("m_402", "targetSpeed") == 140, "the gateway does not show the target")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line")
    # NATS dies: gateways accept nothing, vouch for nothing, and lose nothing.
    plant.nats.kill()
    wait_for(lambda: not is_ready(two), "the gateway says that it is ready")
    refused = plant.pair.commit(two, 199, "m_401")
    assert refused.status_code == 503
    assert refused.json()["type"] == "/problems/plant-server-unavailable"
    wait_until_nothing_is_live(anna)
    plant.nats.start()
    applies(plant.pair, two, 150, "m_401")
    wait_for(lambda: anna.value("m_401", "targetSpeed") == 150, "the gateway does not show the target")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line again")
    assert not anna.gaps
    assert 199 not in [write[2] for write in plant.pair.writes()]
    anna.leave()


@contextmanager
def administrator_at(server: RunningServer) -> Iterator[httpx.Client]:
    headers = {"origin": server.url, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=patient(20)) as admin:
        admin.post("/api/session", json={"name": "anna", "password": PASSWORD}).raise_for_status()
        yield admin


def guest_of(admin: httpx.Client) -> Watcher:
    """Makes a person who sees one line, with a program's token."""
    guest = {"name": "guest", "grants": {"01": "viewer"}}
    admin.post("/api/people", json=guest).raise_for_status()
    body = {"name": "screen", "role": "viewer"}
    token = admin.post("/api/people/guest/tokens", json=body).raise_for_status().json()["token"]
    return Watcher(token, "line:01", "dashboard:global")


def people_are_the_same_at_every_gateway(plant: Plant) -> None:
    """A person who signs in at one gateway is known at the other. Removing a right ends sockets at both."""
    one, two = plant.gateways
    with administrator_at(one) as admin:
        answer = httpx.get(f"{two.url}/api/people", cookies=dict(admin.cookies), timeout=patient(20))
        assert {each["name"] for each in answer.json()} >= {"anna", "berta"}
        guest = guest_of(admin)
        guest.go_to(two)
        wait_for(lambda: "dashboard:global" in guest.states, "a person who sees one line sees nothing")
        wait_for(
            lambda: guest.value("m_401", "targetSpeed") == 120,
            "a person who sees one line does not see the target in it",
        )
        admin.post("/api/people/guest/disable").raise_for_status()
        wait_for(lambda: guest.closed == CloseCode.NOT_SIGNED_IN, "the socket stays open")
        # The gateway passes on the plant server's refusal unchanged.
        for each in (plant.pair.owner_now(), two):
            with plant.pair.http_client(each) as http:
                query = {"signals": "m_401.speed"}
                refused = http.get("/api/history", params=query)
                assert refused.status_code == 404, refused.text
                assert refused.json()["type"] == "/problems/no-history"
        kinds = ("sign_in", "applied")
        for kind in kinds:
            wait_for(
                lambda kind=kind: admin.get("/api/events", params={"kind": kind}).json()["items"],  # type: ignore[misc]  # mypy knows no type of a lambda with defaults
                f"a gateway does not tell of {kind}",
            )


@pytest.mark.full
@pytest.mark.rule("MIR-5", "LEASE-4", "LEASE-5")
def test_gateways_take_nothing_of_an_owner_that_was_frozen_and_replaced(plant: Plant) -> None:
    one, _ = plant.gateways
    anna = plant.watch(one, "line:01")
    applies(plant.pair, one, 120, "m_401")
    epoch = anna.positions["line:01"][0]
    plant.pair.owner.send_signal(signal.SIGSTOP)
    wait_for(lambda: anna.positions["line:01"][0] != epoch, "nobody takes over")
    epoch = anna.positions["line:01"][0]
    applies(plant.pair, one, 130, "m_401")
    plant.pair.owner.send_signal(signal.SIGCONT)
    assert plant.pair.owner.wait() == 3
    applies(plant.pair, one, 140, "m_401")
    wait_for(lambda: anna.value("m_401", "targetSpeed") == 140, "the gateway does not show the target")
    assert anna.positions["line:01"][0] == epoch
    assert [each[2] for each in plant.pair.writes()] == [120, 130, 140]
    anna.leave()


@pytest.mark.full
@pytest.mark.rule("MIR-2", "MIR-3")
def test_a_gateway_that_was_frozen_shows_the_truth_or_nothing_when_it_goes_on(plant: Plant) -> None:
    one, two = plant.gateways
    anna = plant.watch(one, "line:01")
    applies(plant.pair, one, 120, "m_401")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line")
    one.send_signal(signal.SIGSTOP)
    values = range(130, 138)
    for value in values:
        applies(plant.pair, two, value, "m_401")
    one.send_signal(signal.SIGCONT)
    wait_for(lambda: anna.closed or anna.value("m_401", "targetSpeed") == values[-1], "it shows an old value")
    assert not anna.gaps
    anna.go_to(one)
    wait_for(lambda: anna.value("m_401", "targetSpeed") == values[-1], "it has not caught up")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line again")
    applies(plant.pair, one, 140, "m_401")
    assert [each[2] for each in plant.pair.writes()] == [120, *values, 140]
    anna.leave()


@pytest.mark.full
@pytest.mark.rule("MIR-6", "LEASE-2")
def test_while_postgresql_is_frozen_the_plant_is_shown_and_no_target_is_accepted(
    plant: Plant, cluster: Cluster
) -> None:
    one, _ = plant.gateways
    anna = plant.watch(one, "line:01")
    applies(plant.pair, one, 120, "m_401")
    with cluster.frozen():
        plant.set_register(REGISTER, 777)
        wait_for(lambda: anna.value("m_401", "targetSpeed") == 777, "nothing is shown any more")
        with plant.pair.http_client(one) as http:
            body = {"txId": str(uuid.uuid4()), "updates": {"m_402": {"targetSpeed": 199}}}
            assert http.post("/api/batches", json=body, timeout=patient(60)).status_code == 503
    applies(plant.pair, one, 140, "m_401")
    assert 199 not in [each[2] for each in plant.pair.writes()]
    anna.leave()


@pytest.mark.full
@pytest.mark.rule("MIR-3")
def test_with_a_frozen_nats_gateways_vouch_for_nothing_and_rights_still_end(plant: Plant) -> None:
    one, _ = plant.gateways
    anna = plant.watch(one, "line:01")
    applies(plant.pair, one, 120, "m_401")
    wait_for(lambda: "line:01" in anna.vouched, "the gateway does not vouch for the line")
    with administrator_at(plant.pair.owner_now()) as admin:
        guest = guest_of(admin)
        guest.go_to(one)
        wait_for(lambda: "line:01" in guest.states, "a person who sees one line sees nothing")
        with plant.nats.frozen():
            wait_for(lambda: not is_ready(one), "the gateway says that it is ready")
            admin.post("/api/people/guest/disable").raise_for_status()
            wait_for(lambda: guest.closed == CloseCode.NOT_SIGNED_IN, "the socket stays open")
            wait_until_nothing_is_live(anna)
            assert plant.pair.commit(one, 199, "m_402").status_code == 503
    applies(plant.pair, one, 140, "m_401")
    assert 199 not in [each[2] for each in plant.pair.writes()]
    anna.leave()
