"""The cost of one frame to many clients: server CPU for each delivered frame, compared with the floor and the peers.

Every server runs in a process of its own, and so do its listeners, which check that each frame arrives, in order. All
keep their connections throughout. Rounds alternate (A B C, A B C), and the table has medians. Compare figures only as
ratios within one run.

There are three kinds of clients. ``plain`` clients favour the peers. ``deflate`` clients offer compression in the
handshake, as every browser does, and servers accept it as by default. ``page`` clients are also plain, and subscribe to
the topics of an open page: a machine, its line and the plant, each at its cadence. The floor never compresses, and
sends each frame on its own.

``ws`` is Node's package of that name (``frontend/node_modules``); ``centrifuge`` is Go's library, whose clients get
each delta within its own protocol. They need Node and Go.

    python -m benches.fanout [--clients 100,1000,5000] [--servers floor,setpoint] [--rounds 3] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

WITH_HUB = ("setpoint", "setpoint-asgi", "setpoint-queue")
FOREIGN = ("ws", "centrifuge")
KINDS = ("floor", "setpoint", "broadcast", "asgi", "queue", *FOREIGN, *WITH_HUB[1:])
PATHS = {"floor": "-", "setpoint": "/live", "centrifuge": "/live"}
PEERS = Path(__file__).with_name("fanout_peers")
TOPICS = dict.fromkeys(WITH_HUB, "m:101") | {"centrifuge": "connect"}
PAGE_TOPICS = dict.fromkeys(WITH_HUB, "m:101,line:01,dashboard:global") | {"centrifuge": "connect"}
LATEST_S = 5.0
PAGE_SECONDS = 5.0
"""The plant's cadence, so that each round has one of its frames."""


class Process:
    """A child process that answers lines with JSON."""

    def __init__(self, *command: object) -> None:
        self._child = subprocess.Popen(
            [*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read_answer(self) -> Any:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit(f"a bench process ended with {self._child.wait()}")
        return json.loads(line)

    def ask(self, line: str) -> Any:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self.read_answer()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def bench_command(module: str) -> list[str]:
    return [sys.executable, "-m", f"benches.{module}"]


def server_command(kind: str) -> list[str]:
    if kind == "ws":
        return ["node", str(PEERS / "ws.mjs")]
    if kind == "centrifuge":
        binary = Path(tempfile.gettempdir()) / "setpoint-bench-centrifuge"
        subprocess.run(["go", "build", "-o", binary, "."], cwd=PEERS / "centrifuge", check=True)
        return [str(binary)]
    return [*bench_command("fanout_servers"), kind]


class Pair:
    """One server and its listeners."""

    def __init__(
        self,
        kind: str,
        clients: int,
        stack: ExitStack,
        *,
        offer: str = "plain",
        topics: str = "",
        stalled: int = 0,
    ) -> None:
        self.kind = kind
        self.clients = clients
        self.server = stack.enter_context(Process(*server_command(kind)))
        port = self.server.read_answer()["port"]
        empty_kb = self.server.ask("rss")["rss_kb"]
        topic_list = topics or TOPICS.get(kind, "-")
        self.load = stack.enter_context(
            Process(
                *bench_command("fanout_load"), port, clients, PATHS.get(kind, "/"), topic_list, stalled, offer
            )
        )
        self.load.read_answer()
        self.kb_a_connection = (self.server.ask("rss")["rss_kb"] - empty_kb) / (clients + stalled)

    def settle(self, expected: int = 0) -> dict[str, float]:
        """Returns the listeners' counts once no more frames are on their way. A server that has fallen behind gets
        time.
        """
        give_up = time.monotonic() + LATEST_S
        counts: dict[str, float] = {}
        while True:
            time.sleep(0.3)
            for name, figure in self.load.ask("heard").items():
                before = counts.get(name, 0.0)
                counts[name] = max(before, figure) if name.endswith("_ms") else before + figure
            if counts["deltas"] >= expected or time.monotonic() > give_up:
                return counts

    def go(self, rate: float, seconds: float, word: str = "go") -> dict[str, float]:
        self.settle()
        run = self.server.ask(f"{word} {rate} {seconds}")
        expected = round(rate * seconds) * self.clients
        counts = self.settle(expected)
        if counts["deltas"] < expected or counts["gaps"]:
            raise SystemExit(f"{self.kind}: {counts['deltas']} of {expected} arrived, {counts['gaps']} gaps")
        return {"us": run["cpu_ns"] / run["frames"] / 1000, "p99_ms": counts["p99_ms"]}


def measure(
    kinds: list[str], clients: int, offer: str, *, rounds: int, seconds: float
) -> list[dict[str, Any]]:
    rate = 40 if clients <= 100 else 4
    word, topics = ("page", PAGE_TOPICS) if offer == "page" else ("go", TOPICS)
    seconds = PAGE_SECONDS if offer == "page" else seconds
    with ExitStack() as stack:
        pairs = [
            Pair(
                kind,
                clients,
                stack,
                offer="deflate" if offer == "deflate" and kind != "floor" else "plain",
                topics=topics.get(kind, "-"),
            )
            for kind in kinds
        ]
        for pair in pairs:
            pair.go(rate, 0.5)
        rounds_by_kind: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for pair in pairs:
                rounds_by_kind[pair.kind].append(pair.go(rate, seconds, word))
        floor_us = [each["us"] for each in rounds_by_kind["floor"]]
        return [
            {
                "server": pair.kind,
                "clients": clients,
                "offer": offer,
                "rate_hz": rate,
                "us_a_frame": statistics.median(each["us"] for each in rounds_by_kind[pair.kind]),
                "times_floor": statistics.median(
                    each["us"] / floor
                    for each, floor in zip(rounds_by_kind[pair.kind], floor_us, strict=True)
                ),
                "p99_ms": statistics.median(each["p99_ms"] for each in rounds_by_kind[pair.kind]),
                "kb_a_connection": pair.kb_a_connection,
            }
            for pair in pairs
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", default="100,1000,5000")
    parser.add_argument("--servers", default=",".join(KINDS), help="the floor has to be among them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.2)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    figures: list[dict[str, Any]] = []
    print(
        f"{'clients':>8} {'offer':<8} {'server':<14} {'µs a frame':>11} {'× floor':>8} {'p99 ms':>8}"
        f" {'KB a connection':>16}"
    )
    crowds = [(int(clients), "plain") for clients in arguments.clients.split(",")]
    crowds += [(clients, kind) for kind in ("page", "deflate") for clients, _ in crowds if clients == 1_000]
    for clients, offer in crowds:
        measured = measure(
            arguments.servers.split(","), clients, offer, rounds=arguments.rounds, seconds=arguments.seconds
        )
        for each in measured:
            print(
                f"{clients:>8} {offer:<8} {each['server']:<14} {each['us_a_frame']:>11.1f} {each['times_floor']:>8.2f}"
                f" {each['p99_ms']:>8.1f} {each['kb_a_connection']:>16.1f}",
                flush=True,
            )
        figures += measured
    if arguments.json:
        arguments.json.write_text(json.dumps({"fanout": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
