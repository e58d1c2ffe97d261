"""The real server under load and faults for as long as asked; what it does to memory, descriptors, tasks, lateness.

Twenty clients watch through the tests' own proxy, six give targets all the time, some leave and come back; every few
seconds something breaks: connections are cut, the network trembles, goes half-open or is read no more; machines stop,
freeze, refuse, dawdle; the server itself stands still for a moment. At the end the faults end, and what
`tests.integration.fault_laws` says must be true is held: no batch without outcomes, every client's view the server's.

Flat means: over the second half of the time memory rises by less than 2 MB a minute, and when all have left, there are
as many descriptors and tasks as before the first came. Exits with 1 where it is not flat, or a law was broken.

    python -m benches.soak [--minutes 3] [--seed N] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.integration.fault_laws import Crowd, counted
from tests.integration.fault_proxy import FaultProxy
from tests.integration.running_server import RunningServer, running_server

from setpoint.client import Client

MACHINES = 60
CLIENTS = 20
AT_WORK = 6
LINES = ("line:01", "line:02")
MAX_MB_A_MINUTE = 2.0
SPARE = 15
"""Descriptors and tasks that may come and go: SQLite has three a connection, and up to five connections are kept."""
LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    at_s: float
    rss_mb: float
    descriptors: int
    tasks: int
    clients: int
    late_share: float
    """Of the ticks since the last look, how many were more than 50 ms late."""


class Eye:
    """Looks at the server from outside: /proc and /metrics."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._began = time.monotonic()
        self._http = httpx.AsyncClient(base_url=server.url, timeout=10)
        self._ticks = (0.0, 0.0)

    async def look(self) -> Look:
        text = (await self._http.get("/metrics")).text
        process = Path(f"/proc/{self._server.pid}")
        rss_pages = int((process / "statm").read_text("ascii").split()[1])
        in_time = _figure(text, 'setpoint_tick_lateness_seconds_bucket{le="0.05"}')
        ticks = _figure(text, "setpoint_tick_lateness_seconds_count")
        new, newly_in_time = ticks - self._ticks[1], in_time - self._ticks[0]
        self._ticks = (in_time, ticks)
        return Look(
            round(time.monotonic() - self._began, 1),
            round(rss_pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1),
            len(list((process / "fd").iterdir())),
            int(_figure(text, "setpoint_tasks")),
            int(_figure(text, "setpoint_clients")),
            round(1 - newly_in_time / new, 3) if new else 0.0,
        )

    async def close(self) -> None:
        await self._http.aclose()


def _figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


class Trouble:
    """One fault after another, each mended after a while."""

    def __init__(self, server: RunningServer, proxy: FaultProxy, crowd: Crowd, dice: random.Random) -> None:
        self._server, self._proxy, self._crowd, self._dice = server, proxy, crowd, dice
        self.made: Counter[str] = Counter()

    async def make(self) -> None:
        kinds = (
            self.cut,
            self.tremble,
            self.half_open,
            self.deaf,
            self.stop,
            self.fault,
            self.stand_still,
            self.visit,
        )
        while True:
            await asyncio.sleep(self._dice.uniform(0.3, 1.5))
            kind = self._dice.choice(kinds)
            self.made[kind.__name__] += 1
            await kind()

    async def cut(self) -> None:
        self._proxy.cut(share=0.3)

    async def tremble(self) -> None:
        self._proxy.latency_ms, self._proxy.jitter_ms = 200, 100
        await self._for_a_while(2)
        self._proxy.mend()

    async def half_open(self) -> None:
        self._proxy.is_frozen = True
        await self._for_a_while(3)
        self._proxy.mend()

    async def deaf(self) -> None:
        self._proxy.is_deaf_down = True
        await self._for_a_while(3)
        self._proxy.mend()

    async def stop(self) -> None:
        machine = self._machine()
        await self._crowd.simulate(machine, status=self._dice.choice(("EMERGENCY_STOP", "FAULT")))
        await self._for_a_while(1)
        await self._crowd.simulate(machine, status=None)

    async def fault(self) -> None:
        machine = self._machine()
        await self._crowd.simulate(machine, fault=self._dice.choice(("freeze", "refuse", "slow")))
        await self._for_a_while(2)
        await self._crowd.simulate(machine, fault=None)

    async def stand_still(self) -> None:
        self._server.send_signal(signal.SIGSTOP)
        await self._for_a_while(1)
        self._server.send_signal(signal.SIGCONT)

    async def visit(self) -> None:
        """Somebody comes, looks at everything, and leaves without a word."""
        with suppress(Exception):
            async with asyncio.timeout(5), Client(self._server.url, user="visitor") as visitor:
                await visitor.subscribe("dashboard:global", *LINES)

    async def _for_a_while(self, longest_s: float) -> None:
        await asyncio.sleep(self._dice.uniform(0.2, longest_s))

    def _machine(self) -> str:
        return f"m_1{self._dice.randint(1, AT_WORK):02}"

    async def end(self) -> None:
        self._server.send_signal(signal.SIGCONT)
        self._proxy.mend()
        for number in range(1, AT_WORK + 1):
            for what in ({"status": None}, {"fault": None}):
                await self._crowd.simulate(f"m_1{number:02}", **what)


async def soak(server: RunningServer, minutes: float, seed: int) -> dict[str, Any]:
    eye = Eye(server)
    await asyncio.sleep(1)
    before = await eye.look()
    looks: list[Look] = []
    async with (
        FaultProxy(server.port, seed=seed) as proxy,
        Crowd(server.url, proxy.url, clients=CLIENTS, topics=LINES) as crowd,
    ):
        crowd.work(*(f"m_1{number:02}" for number in range(1, AT_WORK + 1)))
        trouble = Trouble(server, proxy, crowd, random.Random(seed))
        making = asyncio.create_task(trouble.make())
        until = time.monotonic() + minutes * 60
        print("     s   RSS MB  descriptors  tasks  clients  late ticks  targets", flush=True)
        while time.monotonic() < until and not making.done():
            await asyncio.sleep(LOOK_EVERY_S)
            looks.append(await eye.look())
            if len(looks) % max(1, int(minutes * 4)) == 0:
                _print(looks[-1], len(crowd.batches))
        making.cancel()
        with suppress(asyncio.CancelledError):
            await making
        await trouble.end()
        stories = await crowd.hold_laws(is_calm=False)
        cuts = proxy.cuts
    await asyncio.sleep(2)
    after = await eye.look()
    await eye.close()
    _print(after, len(stories))
    half = looks[len(looks) // 2 :]
    slope = _slope([(each.at_s / 60, each.rss_mb) for each in half])
    return {
        "minutes": minutes,
        "seed": seed,
        "faults": dict(trouble.made),
        "cuts": cuts,
        "outcomes": dict(counted(stories.values())),
        "rss_mb": [before.rss_mb, half[0].rss_mb, half[-1].rss_mb],
        "rss_mb_a_minute": round(slope, 2),
        "descriptors": [before.descriptors, max(each.descriptors for each in looks), after.descriptors],
        "tasks": [before.tasks, max(each.tasks for each in looks), after.tasks],
        "late_share": round(statistics.mean(each.late_share for each in looks), 4),
        "is_flat": slope < MAX_MB_A_MINUTE
        and after.descriptors <= before.descriptors + SPARE
        and after.tasks <= before.tasks + SPARE,
        "looks": [asdict(each) for each in looks],
    }


def _slope(points: list[tuple[float, float]]) -> float:
    """How much the second grows with one of the first: medians of the outer thirds, which single peaks do not move."""
    third = max(1, len(points) // 3)
    first, last = points[:third], points[-third:]
    rise = statistics.median(y for _, y in last) - statistics.median(y for _, y in first)
    run = statistics.median(x for x, _ in last) - statistics.median(x for x, _ in first)
    return rise / run if run else 0.0


def _print(look: Look, targets: int) -> None:
    print(
        f"{look.at_s:>6.0f} {look.rss_mb:>8.1f} {look.descriptors:>12} {look.tasks:>6} {look.clients:>8}"
        f" {look.late_share:>11.1%} {targets:>8,}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    print(f"soak: {arguments.minutes:g} minutes, seed {arguments.seed}")
    with (
        tempfile.TemporaryDirectory(prefix="setpoint-soak-") as directory,
        running_server(Path(directory), "--calm", "--machines", str(MACHINES)) as server,
    ):
        try:
            found = asyncio.run(soak(server, arguments.minutes, arguments.seed))
        except AssertionError as broken:
            print(f"a law was broken (seed {arguments.seed}): {broken}", file=sys.stderr)
            return 1
    faults = ", ".join(
        f"{number} {kind.replace('_', ' ')}" for kind, number in sorted(found["faults"].items())
    )
    print(f"faults: {faults}; {found['cuts']} connections cut\noutcomes: {found['outcomes']}")
    print(
        f"memory {found['rss_mb_a_minute']:+.1f} MB a minute in the second half; descriptors {found['descriptors']},"
        f" tasks {found['tasks']} before, at most, after; {found['late_share']:.1%} of the ticks over 50 ms late"
    )
    print("flat" if found["is_flat"] else "NOT flat")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0 if found["is_flat"] else 1


if __name__ == "__main__":
    sys.exit(main())
