"""How a gateway finds its plant server. It waits for what is missing, and reports what can never work."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.cluster import PLANT
from tests.contract.nats import Nats, running_nats
from tests.contract.postgres import Cluster, running_cluster
from tests.integration.cluster_support import drop_tables, gateway_of
from tests.integration.running_server import RunningServer
from tests.integration.signed_in import administrator
from tests.integration.standby_support import is_ready, wait_for

from setpoint.testing.patience import patient

pytestmark = pytest.mark.xdist_group("faults-server")


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def cluster(database: Cluster) -> Cluster:
    drop_tables(database)
    return database


@contextmanager
def owner_of(
    url: str, folder: Path, nats: str, *, plant: str = PLANT, started: str = "/readyz"
) -> Iterator[RunningServer]:
    """A plant server with simulated machines."""
    folder.mkdir(exist_ok=True)
    file = folder / "plant.toml"
    file.write_text(plant, "utf-8")
    more = ("--plant", str(file), "--database", url, "--nats", nats)
    owner = RunningServer(folder / "owner", *more, command="serve", started=started)
    try:
        yield owner.start()
    finally:
        owner.kill()


@contextmanager
def killed_afterwards(gateway: RunningServer) -> Iterator[RunningServer]:
    try:
        yield gateway.start()
    finally:
        gateway.kill()


def figure(server: RunningServer, name: str) -> float:
    lines = httpx.get(f"{server.url}/metrics", timeout=patient(20)).text.splitlines()
    return next(float(each.rpartition(" ")[2]) for each in lines if each.startswith(name))


@pytest.mark.rule("MIR-6")
def test_a_gateway_waits_for_its_plant_server_and_the_first_administrator_signs_in_there(
    cluster: Cluster, tmp_path: Path
) -> None:
    nats = Nats()
    with killed_afterwards(gateway_of(cluster.url, nats, tmp_path, "first", started="/healthz")) as gateway:
        assert httpx.get(f"{gateway.url}/healthz").json() == {"status": "alive", "role": "gateway"}
        assert httpx.get(f"{gateway.url}/readyz").status_code == 503
        assert httpx.get(f"{gateway.url}/api/plant").json()["type"] == "/problems/gateway-unavailable"
        assert figure(gateway, "setpoint_role") == 1
        gateway.send_signal(signal.SIGHUP)
        wait_for(lambda: "plant_not_read_again" in gateway.log.read_text("utf-8"), "it takes no hang-up")
        nats.start()
        try:
            with owner_of(cluster.url, tmp_path, nats.url) as owner:
                wait_for(lambda: is_ready(gateway), "the gateway does not find its plant server")
                assert figure(gateway, "setpoint_bus_connected") == 1
                assert figure(gateway, "setpoint_storing") == 1
                with administrator(gateway, link_of=owner) as browser:
                    assert browser.get("/api/plant").json()["name"] == "Cluster"
                    people = browser.get(f"{owner.url}/api/people").raise_for_status().json()
                    assert [each["name"] for each in people] == ["anna"]
        finally:
            nats.kill()


@pytest.mark.full
def test_a_gateway_that_nats_refuses_ends_and_says_why_and_the_plant_server_goes_on(
    cluster: Cluster, tmp_path: Path
) -> None:
    with running_nats("--user", "setpoint", "--pass", "secret") as nats:
        wrong = nats.url.replace("nats://", "nats://setpoint:guess@")
        with owner_of(cluster.url, tmp_path, wrong) as owner:
            gateway = gateway_of(cluster.url, nats, tmp_path, "refused", started="/healthz")
            gateway.start()
            assert gateway.wait() == 2
            log = gateway.log.read_text("utf-8")
            assert "setpoint: NATS refuses this server" in log
            assert "Traceback" not in log
            wait_for(
                lambda: "NATS refuses this server" in owner.log.read_text("utf-8"), "the log does not say it"
            )
            assert is_ready(owner)
            assert figure(owner, "setpoint_bus_connected") == 0
            assert "guess" not in owner.log.read_text("utf-8")


@pytest.mark.full
def test_a_gateway_waits_for_postgresql_and_says_when_it_is_away_again(
    cluster: Cluster, tmp_path: Path
) -> None:
    with running_nats() as nats, owner_of(cluster.url, tmp_path, nats.url) as owner:
        cluster.kill()
        try:
            gateway = gateway_of(cluster.url, nats, tmp_path, "waits", started="/healthz")
            gateway.start()
            wait_for(lambda: "no_database" in gateway.log.read_text("utf-8"), "the log does not say it")
        finally:
            cluster.start()
        try:
            wait_for(lambda: is_ready(gateway) and is_ready(owner), "the gateway does not come")
            with cluster.frozen():
                wait_for(lambda: not is_ready(gateway), "the gateway says that it is ready")
                wait_for(lambda: figure(gateway, "setpoint_storing") == 0, "the metrics say that all is well")
                assert figure(gateway, "setpoint_bus_connected") == 1
            wait_for(lambda: is_ready(gateway), "the gateway does not recover")
            wait_for(lambda: figure(gateway, "setpoint_storing") == 1, "the metrics do not say so")
        finally:
            gateway.kill()


@pytest.mark.full
@pytest.mark.rule("MIR-7")
def test_a_gateway_with_a_calendar_a_month_ahead_ends_no_session(cluster: Cluster, tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text(str(30 * 86_400), "ascii")
    program = (sys.executable, "-m", "tests.integration.jumping_clock", str(offset))
    with (
        running_nats() as nats,
        owner_of(cluster.url, tmp_path, nats.url) as owner,
        administrator(owner) as browser,
        killed_afterwards(gateway_of(cluster.url, nats, tmp_path, "ahead", program=program)) as gateway,
    ):
        assert browser.get(f"{gateway.url}/api/people").is_success
        assert browser.get("/api/people").is_success
        headers = {"origin": gateway.url}
        answer = browser.post(
            f"{gateway.url}/api/people/anna/tokens", json={"name": "pc", "role": "viewer"}, headers=headers
        )
        assert abs(answer.raise_for_status().json()["createdAt"] - time.time()) < 3_600
        newest = browser.get(f"{gateway.url}/api/shifts").raise_for_status().json()
        assert newest == browser.get("/api/shifts").json()


@pytest.mark.full
@pytest.mark.rule("MIR-8")
def test_two_plants_of_one_name_on_one_nats_stay_apart(cluster: Cluster, tmp_path: Path) -> None:
    with (
        running_cluster() as other,
        running_nats() as nats,
        owner_of(cluster.url, tmp_path / "a", nats.url) as our_owner,
        owner_of(
            other.url, tmp_path / "b", nats.url, plant=PLANT.replace("Cluster", "Another")
        ) as other_owner,
        killed_afterwards(gateway_of(cluster.url, nats, tmp_path, "our gateway")) as one,
        killed_afterwards(gateway_of(other.url, nats, tmp_path, "their gateway")) as two,
    ):
        for gateway, owner, name in ((one, our_owner, "Cluster"), (two, other_owner, "Another")):
            with administrator(gateway, link_of=owner) as browser:
                assert browser.get("/api/plant").json()["name"] == name
        our_owner.kill()
        wait_for(lambda: not is_ready(one), "the gateway says that it is ready")
        wait_for(
            lambda: "has another database than this gateway" in httpx.get(f"{one.url}/readyz").text,
            "the gateway does not say who answers",
        )
        assert is_ready(two)


@pytest.mark.full
def test_two_gateways_on_one_port_both_serve_and_one_that_waits_is_not_asked(
    cluster: Cluster, tmp_path: Path
) -> None:
    with (
        running_nats() as nats,
        owner_of(cluster.url, tmp_path, nats.url),
        killed_afterwards(gateway_of(cluster.url, nats, tmp_path, "one")) as first,
        killed_afterwards(gateway_of(cluster.url, Nats(), tmp_path, "waits", port=first.port)) as waiting,
        httpx.Client(base_url=first.url) as kept_alive,
    ):
        wait_for(lambda: "no_plant_server" in waiting.log.read_text("utf-8"), "the other one does not wait")
        assert all(httpx.get(f"{first.url}/readyz").is_success for _ in range(40))
        first_start = started_at(kept_alive)  # a kept-alive connection stays with its process
        second = gateway_of(cluster.url, nats, tmp_path, "two", port=first.port)
        with killed_afterwards(second):
            wait_for(
                lambda: started_at_of_new_connection(first.url) != first_start,
                "the second gateway serves nobody",
            )
            wait_for(
                lambda: started_at_of_new_connection(first.url) == first_start,
                "the first gateway serves nobody any more",
            )
            first.kill()
            wait_for(lambda: is_ready(second), "nobody serves the port")


def started_at(http: httpx.Client) -> float:
    """Returns when the answering process started. No two processes start at the same instant."""
    lines = http.get("/metrics").text.splitlines()
    return next(float(each.split()[1]) for each in lines if each.startswith("process_start_time_seconds"))


def started_at_of_new_connection(url: str) -> float:
    """Returns the same for a new connection."""
    with httpx.Client(base_url=url) as http:
        return started_at(http)
