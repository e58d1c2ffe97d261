"""The loss of a gateway: how long each of its clients takes to get the current state from the other one, and how.

It starts NATS, PostgreSQL, a plant server and two gateways. All clients are at gateway 1, each a `setpoint.core.link`
on a real socket (`benches.reconnect`). A *program* subscribes to one line and resumes with the deltas that it missed. A
*page* also subscribes to the plant, and topics that overlap resume with a snapshot (SEQ-4). A few clients subscribe to
the same topics at gateway 2, which keeps the last deltas of topics with subscribers. The bench kills gateway 1
(``SIGKILL``). The next attempt of each client goes to gateway 2, as through a proxy that checks ``/readyz``. The
seconds count from the signal until every topic of the client is current again, and include the wait that spreads the
attempts (LINK-2).

    python -m benches.gateway_lost [--clients N] [--rounds N] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benches.cluster import token_file
from benches.cluster_load import A_PERSON
from benches.reconnect import Client, until
from tests.cluster import servers_of, start
from tests.contract.nats import running_nats
from tests.contract.postgres import running_cluster
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import is_ready, wait_for

LINES = 3
KINDS = {"program": False, "page": True}


async def lose(
    gateway: RunningServer, other: RunningServer, tokens: list[str], count: int, *, is_page: bool
) -> dict[str, float]:
    """Measures one loss. Clients that are not back in time count as ``not_back``."""

    def client(number: int, port: int) -> Client:
        jitter = random.Random(number).random
        token = tokens[number // A_PERSON]
        return Client(number, port, jitter, token=token, lines=LINES, has_plant=is_page)

    residents = [client(number, other.port) for number in range(LINES)]
    clients = [client(number, gateway.port) for number in range(count)]
    await until(lambda: all(each.is_back for each in (*residents, *clients)))
    for each in clients:
        each.attempts, each.snapshots, each.port = 0, 0, other.port
    lost = time.monotonic()
    await asyncio.to_thread(gateway.kill)
    await until(lambda: all(each.attempts and each.returned_s for each in clients))
    returned = sorted(each.returned_s - lost for each in clients if each.attempts and each.returned_s)
    figures = {
        "back": len(returned),
        "not_back": count - len(returned),
        "p50_s": round(returned[len(returned) // 2], 2),
        "p99_s": round(returned[int(len(returned) * 0.99)], 2),
        "last_s": round(returned[-1], 2),
        "with_snapshot": sum(each.snapshots > 0 for each in clients),
        "gaps": sum(each.link.gaps for each in clients),
    }
    for each in (*residents, *clients):
        each.leave()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures_by_kind: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        database = running.enter_context(running_cluster())
        nats = running.enter_context(running_nats())
        servers = servers_of(folder, database.url, nats)
        del servers["standby"]
        start(servers, running)
        tokens = token_file(folder, servers["plant server"], options.clients).read_text("ascii").split()
        one, two = servers["gateway 1"], servers["gateway 2"]
        for kind, is_page in KINDS.items():
            for _ in range(options.rounds):
                wait_for(lambda: is_ready(one) and is_ready(two), "a gateway does not start")
                figures = asyncio.run(lose(one, two, tokens, options.clients, is_page=is_page))
                figures_by_kind[kind].append(figures)
                print(
                    f"{kind:8} {figures['back']} of {options.clients} back: p50 {figures['p50_s']:.1f} s, "
                    f"p99 {figures['p99_s']:.1f} s, last {figures['last_s']:.1f} s; "
                    f"{figures['with_snapshot']} took a snapshot; {figures['gaps']} gaps",
                    flush=True,
                )
                one.start()
    if options.json:
        options.json.write_text(json.dumps(figures_by_kind, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
