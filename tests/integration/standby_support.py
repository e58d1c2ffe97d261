"""Two servers of one plant on PostgreSQL, and machines behind a Modbus server that notes each write."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.integration.child import Child
from tests.integration.islands import Island
from tests.integration.modbus_support import PLANT, modbus_peer
from tests.integration.running_server import SETPOINT, RunningServer
from tests.integration.signed_in import tokens_without_limits

from setpoint.testing.patience import patient

FIELD, REGISTER = "targetSpeed", 10
OPEN = ("pending", "accepted")


@dataclass
class Pair:
    """Two servers of one plant, the machines, and a person with a token."""

    owner: RunningServer
    standby: RunningServer
    machines: Child
    url: str
    token: str = ""

    def owner_now(self) -> RunningServer:
        """Returns the server that owns the plant.

        The standby replaces an owner that had no processor for two seconds. The old owner ends, and this starts it
        again as the standby.
        """
        if self.owner.has_ended:
            wait_for(lambda: is_ready(self.standby), "nobody serves the plant")
            arguments = (*self.owner.arguments, "--role", "standby")
            restarted = RunningServer(self.owner.data_dir, *arguments, started="/healthz", command="serve")
            self.owner, self.standby = self.standby, restarted
            restarted.start()
        return self.owner

    def http_client(self, server: RunningServer) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=server.url, headers=headers, timeout=patient(20), trust_env=False)

    def commit(self, server: RunningServer, value: int, *machines: str, tx_id: str = "") -> httpx.Response:
        body = {"txId": tx_id or str(uuid.uuid4()), "updates": {each: {FIELD: value} for each in machines}}
        with self.http_client(server) as http:
            return http.post("/api/batches", json=body)

    def outcomes(self, server: RunningServer, tx_id: str) -> dict[str, str]:
        with self.http_client(server) as http:
            results = http.get(f"/api/batches/{tx_id}").raise_for_status().json()["results"]
        return {each["machine"]: each["outcome"] for each in results}

    def writes(self) -> list[list[int]]:
        return [each for each in self.machines.send_command("log")["writes"] if each[1] == REGISTER]


@contextmanager
def running_pair(
    url: str, folder: Path, *options: str, owner_island: Island | None = None, machine_count: int = 2
) -> Iterator[Pair]:
    """Runs two servers with these options. The second one waits. At the end both are killed.

    The first server runs in ``owner_island``, if there is one.
    """
    units = range(1, machine_count + 1)
    machines, port = modbus_peer("pymodbus", folder, units=tuple(units))
    plant = folder / "plant.toml"
    machine_list = ", ".join(f"{{ id = {400 + unit}, unit = {unit} }}" for unit in units)
    text = (
        PLANT.partition("[[lines]]")[0]
        + f'[[lines]]\nid = "01"\nsource = "press"\nmachines = [{machine_list}]\n'
    )
    plant.write_text(text.replace("PORT", str(port)).replace("SETTINGS", ""), "utf-8")
    more = ("--plant", str(plant), "--database", url, *options)
    program = owner_island.program if owner_island is not None else SETPOINT
    owner = RunningServer(folder / "one", *more, command="serve", program=program)
    if owner_island is not None:
        owner_island.forward_out("machines", port)
        owner_island.forward_in("people", owner.port)
    role = ("--role", "standby")
    standby = RunningServer(folder / "two", *more, *role, command="serve", started="/healthz")
    pair = Pair(owner, standby, machines, url)
    try:
        owner.start()
        pair.token = tokens_without_limits(owner, ["berta"])["berta"]
        standby.start()
        yield pair
    finally:
        pair.standby.kill()
        pair.owner.kill()
        machines.kill()


def wait_for(condition: Callable[[], object], why: str) -> None:
    give_up = time.monotonic() + patient(30)
    while True:
        with suppress(httpx.HTTPError):
            if condition():
                return
        assert time.monotonic() < give_up, why
        time.sleep(0.02)


def is_ready(server: RunningServer) -> bool:
    return httpx.get(f"{server.url}/readyz", timeout=patient(5)).is_success


def applies(pair: Pair, server: RunningServer, value: int, machine: str) -> str:
    """Gives a target to this server, and waits until the machine reports it. Returns the txId.

    A server that had no processor for a moment may doubt its lease (``cancelled``), or may not have read the machine
    for too long (``blocked``). Then it sends nothing, and this gives another target. It repeats a txId until the server
    answers, because an answer may get lost although the target did not.
    """
    tx_id = str(uuid.uuid4())

    def is_applied() -> bool:
        nonlocal tx_id
        answer = pair.commit(server, value, machine, tx_id=tx_id)
        if answer.status_code == 409:  # too late: the server sent nothing, and would refuse it again (CMD-8)
            tx_id = str(uuid.uuid4())
        if not answer.is_success:
            return False
        wait_for(
            lambda: pair.outcomes(server, tx_id)[machine] not in (*OPEN, "unknown"), "the target does not end"
        )
        if (outcome := pair.outcomes(server, tx_id)[machine]) == "applied":
            return True
        assert outcome in ("cancelled", "blocked"), f"the target ended {outcome}"
        tx_id = str(uuid.uuid4())
        return False

    wait_for(is_applied, "no target is taken")
    return tx_id
