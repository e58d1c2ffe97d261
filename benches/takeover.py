"""The time that a standby takes to serve the plant, and to apply a target, after the death of the owner.

It starts PostgreSQL and two servers, with machines behind a Modbus server. Each round kills the owner (``SIGKILL``)
while a batch is under way, and starts it again as the standby. ``ready`` counts from the kill until ``/readyz`` answers
200, ``applied`` until the machine has reported a target of the new owner. Most of this time is the lease: 2 s, less the
time since the last renewal.

    python -m benches.takeover [--rounds N] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

import httpx
from tests.contract.postgres import running_cluster
from tests.integration.running_server import RunningServer
from tests.integration.standby_support import Pair, applies, is_ready, running_pair, wait_for

ROUNDS = 20


def take_over(pair: Pair, number: int) -> tuple[float, float]:
    """Returns the seconds until the standby is ready, and until a target given to it is applied."""
    first = str(uuid.uuid4())
    sender = threading.Thread(target=_send, args=(pair, first, 100 + number))
    sender.start()
    wait_for(lambda: [2, 10, 100 + number] in pair.writes(), "the target did not leave")
    killed = time.monotonic()
    pair.owner.kill()
    wait_for(lambda: is_ready(pair.standby), "nobody serves the plant")
    ready_s = time.monotonic() - killed
    sender.join()
    applies(pair, pair.standby, 500 + number, "m_401")
    applied_s = time.monotonic() - killed
    writes = [each for each in pair.writes() if each == [2, 10, 100 + number]]
    assert len(writes) == 1, f"sent {len(writes)} times"
    restarted = RunningServer(
        pair.owner.data_dir,
        *pair.standby.arguments,
        command="serve",
        port=pair.owner.port,
        started="/healthz",
    )
    pair.owner, pair.standby = pair.standby, restarted.start()
    return ready_s, applied_s


def _send(pair: Pair, tx_id: str, value: int) -> None:
    with suppress(httpx.HTTPError):
        pair.commit(pair.owner, value, "m_402", tx_id=tx_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with (
        running_cluster() as cluster,
        tempfile.TemporaryDirectory() as directory,
        running_pair(cluster.url, Path(directory)) as pair,
    ):
        rounds = [take_over(pair, number) for number in range(options.rounds)]
    times_by_name = {
        name: sorted(times)
        for name, times in zip(("ready", "applied"), zip(*rounds, strict=True), strict=True)
    }
    for name, times in times_by_name.items():
        middle, last = times[len(times) // 2], times[-1]
        print(f"{name:8} p50 {middle:5.2f} s   slowest of {len(times)}: {last:5.2f} s")
    if options.json:
        options.json.write_text(json.dumps(times_by_name), "utf-8")


if __name__ == "__main__":
    main()
