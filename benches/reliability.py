"""The age of values on screen, and the time until they are right again, with the real server, real clients and a bad
network.

Age: machines report the time as a value (`benches.stamped_server`). Ten clients (`setpoint.client`) watch three
machines each, by the machines' own topics (cadence 250 ms, a report every 240 ms), through the tests' proxy.

    arrived      from the source's report to the client's store, for every value that came
    on screen    how old the values that a client shows are, looked at 20 times a second; what is marked stale is not
                 counted as shown; the table has its share of the time
    quiet        the proxy does nothing
    trembling    every piece comes 200 ± 100 ms later, in both directions
    cut          each connection is reset once in 10 s on average: 600 times as often as 1 % a minute
    1 % a minute the first and the third, as 599 to 1: what a cut does is over in seconds, and with so few of them one
                 would have to measure for hours to see some

Restart: the bench kills the server and starts it again, for each number of clients (`benches.reconnect`). A client is
up to date when it is connected and nothing that it shows is stale.

    python -m benches.reliability [--seconds 12] [--clients 1 100 1000] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from benches.reconnect import lose
from benches.stamped_server import STAMPED
from tests.integration.fault_proxy import FaultProxy
from tests.integration.running_server import running_server

from setpoint.client import Client

MACHINES = ("m_401", "m_402", "m_403")
WATCHING = 10
LOOKS_A_SECOND = 20
CUT_EVERY_S = 10.0
QUIET_FOR_ONE_CUT = 599
"""How much longer a connection stays open if 1 % of all are cut in a minute: each is cut once in 6,000 s."""
PROGRAM = (sys.executable, "-m", "benches.stamped_server")


class Watcher:
    """One client, with the ages in ms of the values that it received and that it showed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.arrived: list[float] = []
        self.shown: list[float] = []
        self.looks = 0

    async def note_arrivals(self) -> None:
        last: dict[str, float] = {}
        async for machine in self.client.changes():
            made_at = self._made_at(machine)
            if made_at is not None and made_at > last.get(machine, 0.0):
                last[machine] = made_at
                self.arrived.append((time.time() - made_at) * 1000)

    def look(self) -> None:
        for machine in MACHINES:
            self.looks += 1
            made_at = self._made_at(machine)
            is_live = self.client.state == "CONNECTED" and not self.client.is_stale(machine.replace("_", ":"))
            if made_at is not None and is_live:
                self.shown.append((time.time() - made_at) * 1000)

    def _made_at(self, machine: str) -> float | None:
        view = self.client.view.get(machine)
        value = view.record.get(STAMPED) if view else None
        return float(value) if isinstance(value, int | float) else None


@dataclass(frozen=True, slots=True)
class AgeSamples:
    """Ages in ms of received and of shown values, and the number of samples."""

    arrived: list[float]
    shown: list[float]
    looks: int
    cuts: int

    def figures(self) -> dict[str, float]:
        return mixed((self, 1))


def mixed(*parts: tuple[AgeSamples, float]) -> dict[str, float]:
    """Mixes figures, each with the share of time for which it stands."""
    whole = sum(weight for _, weight in parts)
    shown_share = sum(weight * len(sample.shown) / sample.looks for sample, weight in parts) / whole
    return {
        "values": sum(len(sample.arrived) for sample, _ in parts),
        "cuts": sum(sample.cuts for sample, _ in parts),
        **_percentiles("arrived", [(sample.arrived, weight) for sample, weight in parts]),
        **_percentiles("shown", [(sample.shown, weight) for sample, weight in parts]),
        "stale_share": round(1 - shown_share, 5),
    }


def _percentiles(what: str, parts: list[tuple[list[float], float]]) -> dict[str, float]:
    """Returns p50, p99 and p99.9 in ms. The ages of each part together have the part's weight."""
    ordered = sorted((age, weight / len(samples)) for samples, weight in parts for age in samples)
    cumulative = list(accumulate(weight for _, weight in ordered))
    shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
    places = {name: bisect_left(cumulative, share * cumulative[-1]) for name, share in shares.items()}
    return {f"{what}_{name}_ms": round(ordered[place][0]) for name, place in places.items()}


async def ages(port: int, network: str, seconds: float) -> AgeSamples:
    rng = random.Random(5)
    async with FaultProxy(port) as proxy, AsyncExitStack() as stack:
        watchers = []
        for number in range(WATCHING):
            client = await stack.enter_async_context(Client(proxy.url, user=f"user{number}"))
            await client.subscribe(*(machine.replace("_", ":") for machine in MACHINES))
            watchers.append(Watcher(client))
        if network == "trembling":
            proxy.latency_ms, proxy.jitter_ms = 200, 100
        await asyncio.sleep(2)
        noting = [asyncio.create_task(watcher.note_arrivals()) for watcher in watchers]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(1 / LOOKS_A_SECOND)
            if network == "cut" and rng.random() < 1 / LOOKS_A_SECOND:
                proxy.cut(share=1 / CUT_EVERY_S)
            for watcher in watchers:
                watcher.look()
        for task in noting:
            task.cancel()
        await asyncio.gather(*noting, return_exceptions=True)
        arrived = [age for watcher in watchers for age in watcher.arrived]
        shown = [age for watcher in watchers for age in watcher.shown]
        return AgeSamples(arrived, shown, sum(watcher.looks for watcher in watchers), proxy.cuts)


def _print(network: str, each: Mapping[str, float]) -> None:
    arrived = " ".join(f"{each[f'arrived_{name}_ms']:>6.0f}" for name in ("p50", "p99", "p999"))
    shown = " ".join(f"{each[f'shown_{name}_ms']:>6.0f}" for name in ("p50", "p99", "p999"))
    print(
        f"  {network:<18}          {arrived}             {shown}  {each['stale_share']:>7.2%} {each['cuts']:>6}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=12.0, help="for each network")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 100, 1_000])
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    samples: dict[str, AgeSamples] = {}
    print("age of a value, ms       arrived: p50    p99  p99.9   on screen: p50    p99  p99.9   stale   cuts")
    with (
        tempfile.TemporaryDirectory(prefix="setpoint-bench-") as directory,
        running_server(Path(directory), "--calm", program=PROGRAM) as server,
    ):
        for network in ("quiet", "trembling", "cut"):
            samples[network] = asyncio.run(ages(server.port, network, arguments.seconds))
            _print(network, samples[network].figures())
    by_network = {network: each.figures() for network, each in samples.items()}
    by_network["1 % a minute"] = mixed((samples["quiet"], QUIET_FOR_ONE_CUT), (samples["cut"], 1))
    _print("1 % a minute", by_network["1 % a minute"])
    returns = []
    print("after a kill, s          ready → half  ready → last   attempts   missing")
    for clients in arguments.clients:
        with tempfile.TemporaryDirectory(prefix="setpoint-bench-") as directory:
            figures = asyncio.run(lose("killed", clients, Path(directory)))
        returns.append(figures)
        print(
            f"  {clients:>5} clients           {figures.median_after_ready_s:>10.1f}"
            f"  {figures.last_after_ready_s:>12.1f} {figures.mean_attempts:>10.2f}"
            f" {figures.refused_for_good + figures.not_back:>9}",
            flush=True,
        )
    if arguments.json:
        rows = [{name: getattr(each, name) for name in each.__slots__} for each in returns]
        arguments.json.write_text(json.dumps({"age": by_network, "restart": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
