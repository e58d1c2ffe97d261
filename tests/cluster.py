"""``make cluster``: runs a whole plant on this computer, so that you can watch it and kill its parts.

The parts are NATS, PostgreSQL, a plant server with simulated machines, its standby, and two gateways. It prints the
address of each and how to kill it. Enter restarts what has ended, and Ctrl+C ends everything. All data is in a
temporary folder, which is removed at the end.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
from tests.contract.nats import Nats, running_nats
from tests.contract.postgres import Cluster, is_alive, running_cluster
from tests.integration.running_server import SETPOINT, RunningServer

PLANT = """
name = "Cluster"
[sources.simulator]
kind = "simulator"
""" + "".join(
    f"""
[[lines]]
id = "{line:02}"
machines = ["{line}01-{line}09"]
"""
    for line in range(1, 4)
)


def servers_of(
    folder: Path, url: str, nats: Nats, *, program: Sequence[str] = SETPOINT
) -> dict[str, RunningServer]:
    """Returns the servers by name. ``program`` is the program of the plant server."""
    plant = folder / "plant.toml"
    plant.write_text(PLANT, "utf-8")
    both = ("--database", url, "--nats", nats.url)
    owns = ("--plant", str(plant), *both)
    gateway = ("--role", "gateway", *both)
    return {
        "plant server": RunningServer(
            folder / "one", *owns, command="serve", has_history=True, program=program
        ),
        "standby": RunningServer(
            folder / "two",
            *owns,
            "--role",
            "standby",
            command="serve",
            started="/healthz",
            has_history=True,
        ),
        "gateway 1": RunningServer(folder / "gateway-1", *gateway, command="serve"),
        "gateway 2": RunningServer(folder / "gateway-2", *gateway, command="serve"),
    }


def start(servers: dict[str, RunningServer], running: ExitStack) -> None:
    first, *others = servers.values()
    for each in servers.values():
        running.callback(each.kill)
    first.start()
    with ThreadPoolExecutor() as starting:
        list(starting.map(RunningServer.start, others))


class Parts:
    def __init__(self, servers: dict[str, RunningServer], nats: Nats, database: Cluster) -> None:
        self._servers = servers
        self._nats = nats
        self._database = database
        self._postmaster = database.postmaster

    def table(self) -> str:
        """Returns a table of the parts: the address and state of each, and how to kill it."""
        rows = [
            ("NATS", self._nats.url, "", self._nats.pid),
            ("PostgreSQL", "", "", self._postmaster),
            *((name, each.url, state_of(each), each.pid) for name, each in self._servers.items()),
        ]
        return "\n".join(
            f"  {name:<13} {url:<24} {state:<10} kill -9 {pid}" for name, url, state, pid in rows
        )

    def start_again(self) -> None:
        """Restarts what has ended. A former plant server comes back as the standby."""
        if self._nats.has_ended:
            self._nats.kill()
            self._nats.start()
        if not is_alive(self._postmaster):
            if (self._database.data / "postmaster.pid").exists():
                self._database.kill()
            self._database.start()
            self._postmaster = self._database.postmaster
        ended = [name for name, each in self._servers.items() if each.has_ended]
        for name in ended:
            each = self._servers[name]
            self._servers[name] = each if "gateway" in each.arguments else as_standby(each)
        with ThreadPoolExecutor() as starting:
            list(starting.map(lambda name: self._servers[name].start(), ended))

    def kill(self) -> None:
        for each in self._servers.values():
            each.kill()


def as_standby(server: RunningServer) -> RunningServer:
    role = () if "--role" in server.arguments else ("--role", "standby")
    return RunningServer(
        server.data_dir,
        *server.arguments,
        *role,
        command="serve",
        port=server.port,
        started="/healthz",
        has_history=True,
    )


def state_of(server: RunningServer) -> str:
    """Returns ``ready``, or ``waits`` for a standby while another server owns the plant."""
    try:
        return "ready" if httpx.get(f"{server.url}/readyz", timeout=5).is_success else "waits"
    except httpx.HTTPError:
        return "ended" if server.has_ended else "is silent"


def first_link(servers: dict[str, RunningServer]) -> str:
    """Returns the first administrator's link, at a gateway."""
    owner = servers["plant server"]
    link = re.search(r"http\S+#link=\S+", owner.log.read_text("utf-8"))
    return link[0].replace(owner.url, servers["gateway 1"].url) if link else "none was printed"


ADVICE = """
Of plant server and standby, the one that is ready owns the plant, and the other waits. The simulated machines live in
the owner: after a takeover they begin anew, with the set-points of their beginning.
kill -STOP freezes a part instead, and kill -CONT resumes it. Enter starts again what has ended, and prints the list
anew. Ctrl+C ends everything."""


def main() -> int:
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # Ctrl+C may be ignored, as in the background of a shell
    os.environ.setdefault("SETPOINT_DATABASE_TIMEOUT", "2")  # the product's default; tests have more
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="setpoint-cluster-")))
        print("starting NATS, PostgreSQL, a plant server, a standby and two gateways …", flush=True)
        database = running.enter_context(running_cluster())
        nats = running.enter_context(running_nats())
        servers = servers_of(folder, database.url, nats)
        start(servers, running)
        parts = Parts(servers, nats, database)
        running.callback(parts.kill)
        print("\nOpen this link once, and choose a name and a password; both gateways know them:")
        print(
            f"  {first_link(servers)}\n\n{parts.table()}\n{ADVICE}\nLogs: {folder}/*/server.log", flush=True
        )
        try:
            while sys.stdin.readline():
                parts.start_again()
                print(parts.table(), flush=True)
            while True:
                time.sleep(60)
        except KeyboardInterrupt:
            print("ending")
    return 0


if __name__ == "__main__":
    sys.exit(main())
