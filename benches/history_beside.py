"""The cost of the server's other work with history on and off: fan-out, commits and the hub's tick, in one run.

Two servers run at the same time, with 200 simulated machines each and the same listeners, so that other work on the
computer meets both. CPU is the server's own, from the scheduler. The historian is a process of its own, and
`benches.history` has its cost.

    python -m benches.history_beside [--clients N] [--rounds N] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx
from benches.embed import listen
from benches.history import hub_cost
from tests.integration.running_server import RunningServer

MACHINES = 200
IDLE_S, LISTEN_S, WARM_UP_S = 5.0, 10.0, 3.0
COMMITS = 10


def cpu_s(pid: int) -> float:
    """Returns the CPU time of all threads of a process, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


async def commit(server: RunningServer, keys: list[str], value: int) -> float:
    """Returns the CPU time of one batch to every machine, from its arrival until it is settled, including all other
    work.
    """
    updates = {key: {"targetSpeed": value} for key in keys}
    began = cpu_s(server.pid)
    async with httpx.AsyncClient(timeout=60) as client:
        body = {"txId": str(uuid.uuid4()), "updates": updates}
        answer = await client.post(f"{server.url}/api/batches", json=body)
        answer.raise_for_status()
    return cpu_s(server.pid) - began


async def one_round(
    servers: Mapping[str, RunningServer], clients: int, number: int
) -> dict[str, dict[str, float]]:
    names = list(servers)
    keys = await _keys(next(iter(servers.values())))
    began = {name: cpu_s(servers[name].pid) for name in names}
    await asyncio.sleep(IDLE_S)
    idle = {name: (cpu_s(servers[name].pid) - began[name]) / IDLE_S for name in names}
    deltas = {name: [0] for name in names}
    topic = f"m:{keys[0].removeprefix('m_')}"  # four deltas a second
    listeners = [
        asyncio.create_task(listen(f"ws{servers[name].url.removeprefix('http')}/live", deltas[name], topic))
        for name in names
        for _ in range(clients)
    ]
    await asyncio.sleep(WARM_UP_S)
    began, seen = (
        {name: cpu_s(servers[name].pid) for name in names},
        {name: deltas[name][0] for name in names},
    )
    await asyncio.sleep(LISTEN_S)
    figures = {
        name: {
            "idle_of_a_core": idle[name],
            "us_a_delta": (cpu_s(servers[name].pid) - began[name] - idle[name] * LISTEN_S)
            / max(deltas[name][0] - seen[name], 1)
            * 1e6,
            "deltas": deltas[name][0] - seen[name],
        }
        for name in names
    }
    for each in listeners:
        each.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    spent: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(COMMITS):
        for name in names if turn % 2 else reversed(names):
            value = 200 + (number * COMMITS + turn) * 7 % 2_000
            spent[name].append(await commit(servers[name], keys, value))
    for name in names:
        figures[name]["commit_ms"] = statistics.median(spent[name]) * 1000
    return figures


async def _keys(server: RunningServer) -> list[str]:
    async with httpx.AsyncClient(timeout=60) as client:
        plant = (await client.get(f"{server.url}/api/plant")).raise_for_status().json()
    return [machine["key"] for line in plant["lines"] for machine in line["machines"]]


def run(clients: int, rounds: int) -> dict[str, dict[str, float]]:
    with ExitStack() as stack:
        servers = {}
        for name in ("off", "on"):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="setpoint-history-")))
            arguments = ("--machines", str(MACHINES), "--calm")
            server = RunningServer(folder, *arguments, has_history=name == "on").start()
            stack.callback(server.stop)
            servers[name] = server
        rounds_measured = [asyncio.run(one_round(servers, clients, number)) for number in range(rounds)]
    figures = {
        name: {
            key: statistics.median(each[name][key] for each in rounds_measured)
            for key in rounds_measured[0][name]
        }
        for name in servers
    }
    hub = hub_cost()
    figures["off"]["reports_and_ticks_of_a_core"] = hub["all_off_of_a_core"]
    figures["on"]["reports_and_ticks_of_a_core"] = hub["all_on_of_a_core"]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=300, help="of each server")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = run(options.clients, options.rounds)
    for key, off in figures["off"].items():
        on = figures["on"][key]
        print(f"{key:28} off {off:10.4f}   on {on:10.4f}   {on / off if off else 0:6.3f} x")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), "utf-8")


if __name__ == "__main__":
    main()
