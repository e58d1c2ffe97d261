"""The cost of a delivered frame at a gateway, compared with the same clients at the plant server in the same run.

It starts NATS, PostgreSQL, a plant server with simulated machines and two gateways. The clients connect first to the
plant server, then to one gateway, then as many to each of both. Each time the bench reads the processor time of those
processes with and without clients. *Whole* is the total for each delivered frame, *more* the part that the clients
added. *KB* is the memory that a client added to the process.

    python -m benches.cluster [--clients N] [--seconds S] [--servers plant,one,both] [--topics …] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from benches.cluster_load import A_PERSON
from benches.fanout import Process, bench_command
from tests.cluster import servers_of, start
from tests.contract.nats import running_nats
from tests.contract.postgres import running_cluster
from tests.integration.running_server import RunningServer
from tests.integration.signed_in import tokens_without_limits
from tests.integration.standby_support import is_ready, wait_for

TOPICS = ("line:01", "line:02", "line:03", "dashboard:global")
SETTLE_S = 3.0
SERVERS = {"plant": ("plant server",), "one": ("gateway 1",), "both": ("gateway 1", "gateway 2")}


@dataclass(frozen=True)
class Load:
    """The load of a process. ``kb`` is its memory at the end."""

    cpu_s: float
    frames: int
    kb: int

    def less(self, other: Load) -> Load:
        return Load(self.cpu_s - other.cpu_s, self.frames - other.frames, self.kb - other.kb)

    @property
    def us_a_frame(self) -> float:
        return self.cpu_s / self.frames * 1e6


def cpu_s(pid: int) -> float:
    """Returns the CPU time of all threads since the process began."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    match = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
    assert match is not None
    return int(match[1])


def frames(server: RunningServer) -> int:
    match = re.search(
        r"^setpoint_deliveries_total (\S+)", httpx.get(f"{server.url}/metrics").text, re.MULTILINE
    )
    assert match is not None
    return int(float(match[1]))


def measure_load(servers: list[RunningServer], seconds: float) -> list[Load]:
    before = [Load(cpu_s(each.pid), frames(each), 0) for each in servers]
    time.sleep(seconds)
    after = [Load(cpu_s(each.pid), frames(each), resident_kb(each.pid)) for each in servers]
    return [late.less(early) for late, early in zip(after, before, strict=True)]


@contextmanager
def crowd(
    server: RunningServer, tokens: Path, clients: int, topics: tuple[str, ...] = TOPICS
) -> Iterator[Process]:
    """Runs clients that have every snapshot."""
    with Process(*bench_command("cluster_load"), server.port, clients, tokens, ",".join(topics)) as load:
        load.read_answer()
        load.ask("heard")
        yield load


def token_file(folder: Path, server: RunningServer, clients: int) -> Path:
    people = [f"person{number}" for number in range(-(-clients // A_PERSON))]
    file = folder / "tokens"
    file.write_text("\n".join(tokens_without_limits(server, people).values()), "ascii")
    return file


def measure(
    servers: list[RunningServer], tokens: Path, clients: int, topics: tuple[str, ...], seconds: float
) -> tuple[list[Load], list[Load]]:
    """Measures each server without and with the clients."""
    time.sleep(SETTLE_S)
    idle = measure_load(servers, seconds)
    with ExitStack() as stack:
        loads = [stack.enter_context(crowd(server, tokens, clients, topics)) for server in servers]
        time.sleep(SETTLE_S)
        for load in loads:
            load.ask("heard")
        loaded = measure_load(servers, seconds)
        for load in loads:
            counts = load.ask("heard")
            assert not counts["closed"], (
                f"{counts['closed']} clients were sent away; the machine is too busy to measure"
            )
            assert not counts["gaps"], f"{counts['gaps']} gaps"
    return idle, loaded


def print_load(name: str, idle: Load, load: Load, clients: int) -> dict[str, object]:
    more = load.less(idle)
    kb = more.kb / clients
    times = f"{load.us_a_frame:6.1f} µs each whole, {more.us_a_frame:6.1f} µs more"
    print(f"{name:13} {load.frames:8} frames: {times}; {kb:5.1f} KB a client", flush=True)
    return {
        "idle": asdict(idle),
        "loaded": asdict(load),
        "whole_us": load.us_a_frame,
        "more_us": more.us_a_frame,
        "kb_a_client": kb,
    }


def ratios(loads: dict[str, list[tuple[Load, Load]]]) -> dict[str, float]:
    """Compares with the plant server: the cost of one more frame, and what two gateways deliver in a CPU-second."""
    figures: dict[str, float] = {}
    [(idle, load)] = loads["plant"]
    if "one" in loads:
        [(gateway_idle, gateway_load)] = loads["one"]
        more_us, here_us = (each.us_a_frame for each in (gateway_load.less(gateway_idle), load.less(idle)))
        if min(more_us, here_us) <= 0:
            raise SystemExit(
                "the clients added too little to be measured; take more clients, or more seconds"
            )
        figures["more_ratio"] = more_us / here_us
        print(f"a frame at the gateway costs {figures['more_ratio']:.2f} × one at the plant server")
    if "both" in loads:
        rates = [each.frames / each.cpu_s for _, each in loads["both"]]
        figures["both_ratio"] = sum(rates) / (2 * load.frames / load.cpu_s)
        print(
            f"two gateways deliver {sum(rates):,.0f} frames in a second of a core each, "
            f"{figures['both_ratio']:.2f} × twice the plant server's"
        )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500, help="of each server")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--topics", default=",".join(TOPICS), help="that each client subscribes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    wanted_servers, topics = options.servers.split(","), tuple(options.topics.split(","))
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        database = running.enter_context(running_cluster())
        nats = running.enter_context(running_nats())
        every = servers_of(folder, database.url, nats)
        servers = {
            name: each
            for name, each in every.items()
            if name == "plant server" or name in {one for which in wanted_servers for one in SERVERS[which]}
        }
        start(servers, running)
        tokens = token_file(folder, servers["plant server"], options.clients)
        wait_for(lambda: all(map(is_ready, servers.values())), "a gateway does not start")
        figures: dict[str, object] = {}
        loads: dict[str, list[tuple[Load, Load]]] = {}
        for which in wanted_servers:
            names = SERVERS[which]
            measured = measure(
                [servers[name] for name in names], tokens, options.clients, topics, options.seconds
            )
            loads[which] = list(zip(*measured, strict=True))
            figures[which] = [
                print_load(name, idle, load, options.clients)
                for name, (idle, load) in zip(names, loads[which], strict=True)
            ]
        if "plant" in loads:
            figures |= ratios(loads)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
