"""``make cluster``: a whole plant on this computer, to look at, and to kill its parts.

NATS, PostgreSQL, a plant server with simulated machines, its standby, and two gateways. It prints where each is and how
to kill it, and ends everything with Ctrl+C. All data is in a temporary folder, which is gone afterwards.
"""

from __future__ import annotations

import re
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.contract.nats import Nats, running_nats
from tests.contract.postgres import running_cluster
from tests.integration.running_server import RunningServer

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


def servers_of(folder: Path, url: str, nats: Nats) -> dict[str, RunningServer]:
    plant = folder / "plant.toml"
    plant.write_text(PLANT, "utf-8")
    both = ("--database", url, "--nats", nats.url)
    owns = ("--plant", str(plant), *both)
    gateway = ("--role", "gateway", *both)
    return {
        "plant server": RunningServer(folder / "one", *owns, command="serve", has_history=True),
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


def shown(servers: dict[str, RunningServer], nats: Nats, postmaster: int) -> str:
    rows = [
        ("NATS", nats.url, nats.pid),
        ("PostgreSQL", "", postmaster),
        *((name, each.url, each.pid) for name, each in servers.items()),
    ]
    lines = [f"  {name:<13} {url:<24} kill -9 {pid}" for name, url, pid in rows]
    log = servers["plant server"].log.read_text("utf-8")
    link = re.search(r"http\S+#link=\S+", log)
    first = ""
    if link:
        first = f"\nOpen this link once, and choose a name and a password; both gateways know them:\n  {link[0]}\n"
    more = "kill -STOP freezes a part instead, and kill -CONT lets it go on. Ctrl+C ends everything."
    return "\n".join(["", *lines, first, more])


def main() -> int:
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="setpoint-cluster-")))
        print("starting NATS, PostgreSQL, a plant server, a standby and two gateways …", flush=True)
        database = running.enter_context(running_cluster())
        nats = running.enter_context(running_nats())
        servers = servers_of(folder, database.url, nats)
        start(servers, running)
        postmaster = int((database.data / "postmaster.pid").read_text().split()[0])
        print(shown(servers, nats, postmaster), flush=True)
        try:
            while True:
                time.sleep(60)
        except KeyboardInterrupt:
            print("ending")
    return 0


if __name__ == "__main__":
    sys.exit(main())
