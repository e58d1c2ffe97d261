"""The latency from a source's report to clients of two gateways, for the urgent lane and for telemetry.

It starts NATS, PostgreSQL, a plant server with machines that stamp their reports (`benches.stamped_server`), and two
gateways. The same number of clients at each gateway subscribe to the topics of an open page: a machine, its line and
the plant. The machine stops and goes on again and again. Each change of status takes the urgent lane. Telemetry comes
with the cadence of its topic: 250 ms for a machine, 1 s for a line.

    python -m benches.cluster_latency [--clients N] [--stops N] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from benches.cluster import SETTLE_S, crowd, token_file
from tests.cluster import servers_of, start
from tests.contract.nats import running_nats
from tests.contract.postgres import running_cluster
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import is_ready, wait_for

PROGRAM = (sys.executable, "-m", "benches.stamped_server")
GATEWAYS = ("gateway 1", "gateway 2")


def stops(server: RunningServer, token: str, machine: str, count: int) -> None:
    """Stops a simulated machine and makes it go on, at instants that are independent of any cadence."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=30) as http:
        for _ in range(count):
            for status in ("EMERGENCY_STOP", None):
                event = {"machine": machine, "status": status}
                http.post("/api/simulator/events", json=event).raise_for_status()
                time.sleep(random.uniform(0.2, 0.6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000, help="of each gateway")
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, object] = {}
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        database = running.enter_context(running_cluster())
        nats = running.enter_context(running_nats())
        servers = servers_of(folder, database.url, nats, program=PROGRAM)
        del servers["standby"]
        start(servers, running)
        owner = servers["plant server"]
        tokens = token_file(folder, owner, options.clients)
        token = tokens.read_text("ascii").split()[0]
        wait_for(lambda: all(map(is_ready, servers.values())), "a gateway does not start")
        for what, topics in (("machine", ("m:101",)), ("page", ("m:101", "line:01", "dashboard:global"))):
            with ExitStack() as stack:
                loads = {
                    name: stack.enter_context(crowd(servers[name], tokens, options.clients, topics))
                    for name in GATEWAYS
                }
                time.sleep(SETTLE_S)
                for load in loads.values():
                    load.ask("heard")
                stops(owner, token, "m_101", options.stops)
                for name, load in loads.items():
                    counts = load.ask("heard")
                    figures[f"{what}, {name}"] = counts
                    print(
                        f"{what:8} {name}: urgent p50 {counts['urgent_p50_ms']:6.1f} ms, "
                        f"p99 {counts['urgent_p99_ms']:6.1f} ms of {counts['urgent']}; "
                        f"telemetry p50 {counts['telemetry_p50_ms']:6.1f} ms, "
                        f"p99 {counts['telemetry_p99_ms']:6.1f} ms; "
                        f"{counts['gaps']} gaps, {counts['closed']} closed",
                        flush=True,
                    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
