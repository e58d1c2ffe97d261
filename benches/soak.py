"""The server as ``setpoint serve`` runs it, under load and faults for as long as asked.

Measures memory, descriptors, tasks and lateness. Everybody signs in with a token, and has an account of
their own whose limits are raised as far as they go.

Twenty clients watch through the tests' own proxy, six give targets all the time, some leave and come back; every few
seconds something breaks: connections are cut, the network trembles, goes half-open or is read no more; machines stop,
freeze, refuse, dawdle; the server itself stands still for a moment. At the end the faults end, and what
`tests.integration.fault_laws` says must be true is held: no batch without outcomes, every client's view the server's,
and by the machines' own notes (`tests.integration.noting_server`) each target ran once, or never, as was told.

The first two thirds, at most an hour, are warm-up: the last ten minutes of each machine fill, what is remembered for a
minute begins to leave, the pages of the database come into its caches. *Flat* is what comes after, and the end:

    memory        it rises by less than 1 %, and by less than 0.5 % an hour if there is an hour to judge (the slope is
                  the median of the slopes between all pairs of looks, after Theil and Sen, which a single peak does not
                  move). The longer the soak, the smaller a leak that shows; under 15 minutes the warm-up is not over,
                  and memory is not judged. Counted is what the process has for itself (`RssAnon` and `VmSwap` of
                  /proc/PID/status): pages of programs and libraries come and go as the system likes
    what is left  when all have gone there are as many sockets, connections to the database, pipes, files, threads and
                  tasks as before the first came, by kind. Before is when the database has been asked by many at once
    lateness      after the warm-up less than 5 % of the ticks are more than 50 ms late, without those for which the
                  server was made to stand still

Exits with 1 where it is not flat, or a law was broken.

    python -m benches.soak [--minutes 20] [--seed N] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
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
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
from tests.integration.fault_laws import CROWD, WITNESS, Crowd, counted
from tests.integration.fault_proxy import FaultProxy
from tests.integration.noting_server import NOTING
from tests.integration.running_server import RunningServer, running_server
from tests.integration.signed_in import tokens_without_limits

from setpoint.client import Client, identity_headers

PLANT = """
name = "Soak"
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ["101-150"]
[[lines]]
id = "02"
machines = ["201-210"]
"""
VISITOR = "visitor"
CLIENTS = 20
AT_WORK = 6
LINES = ("line:01", "line:02")
LOOK_EVERY_S = 1.0
WARM, WARM_AT_MOST_S = 2 / 3, 3_600.0
WARM_AFTER_S = 600.0
MAX_RISE, MAX_RISE_AN_HOUR = 0.01, 0.005
MAX_LATE = 0.05
GONE_WITHIN_S = 20.0
"""A connection that does not answer its end is cut off after 5 s, one that sends no request after as long."""
ASKED_AT_ONCE = 100
ANSWERS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    at_s: float
    memory_mb: float
    historian_mb: float
    """Of the process that keeps the history."""
    held: dict[str, int]
    """Descriptors by kind, threads, tasks."""
    clients: int
    ticks: int
    late: int
    """Since the start; late is by more than 50 ms."""

    @property
    def descriptors(self) -> int:
        return sum(number for kind, number in self.held.items() if kind not in ("threads", "tasks"))


class Eye:
    """Looks at the server from outside: /proc and /metrics."""

    def __init__(self, server: RunningServer, token: str) -> None:
        self._server = server
        self._began = time.monotonic()
        self._headers = identity_headers(token, None)
        self._http = httpx.AsyncClient(base_url=server.url, timeout=10)

    async def look(self) -> Look:
        text = await self._metrics()
        process = Path(f"/proc/{self._server.pid}")
        children = (process / "task" / process.name / "children").read_text("ascii").split()
        held = Counter(map(_kind, (process / "fd").iterdir()))
        held["threads"] = len(list((process / "task").iterdir()))
        held["tasks"] = int(_figure(text, "setpoint_tasks"))
        ticks = int(_figure(text, "setpoint_tick_lateness_seconds_count"))
        in_time = int(_figure(text, 'setpoint_tick_lateness_seconds_bucket{le="0.05"}'))
        return Look(
            round(time.monotonic() - self._began, 1),
            _memory_mb(process),
            round(sum(_memory_mb(Path("/proc", child)) for child in children), 2),
            dict(sorted(held.items())),
            int(_figure(text, "setpoint_clients")),
            ticks,
            ticks - in_time,
        )

    async def _metrics(self) -> str:
        """Asks again, because the server also stands still on purpose, and ends connections that were silent."""
        give_up = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                return (await self._http.get("/metrics")).text
            except httpx.TransportError:
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(LOOK_EVERY_S)

    async def rouse(self) -> None:
        """Asks for so much at once that every connection to the database is open."""
        async with httpx.AsyncClient(base_url=self._server.url, headers=self._headers, timeout=30) as http:
            await asyncio.gather(*(http.get("/api/batches") for _ in range(ASKED_AT_ONCE)))

    async def until_as(self, before: Look) -> Look:
        """The look that finds nothing held beyond ``before``, or the last one."""
        give_up = time.monotonic() + GONE_WITHIN_S
        while (after := await self.look()).held != before.held and time.monotonic() < give_up:  # noqa: ASYNC110  # another process
            await asyncio.sleep(LOOK_EVERY_S)
        return after

    async def close(self) -> None:
        await self._http.aclose()


def _memory_mb(process: Path) -> float:
    """What the process has for itself; 0 if it has ended."""
    kb = 0
    with suppress(FileNotFoundError, ProcessLookupError):
        status = (process / "status").read_text("utf-8")
        kb = sum(
            int(number) for number in re.findall(r"^(?:RssAnon|VmSwap):\s+(\d+) kB$", status, re.MULTILINE)
        )
    return round(kb * 1024 / 1e6, 2)


def _kind(descriptor: Path) -> str:
    """``sockets``, ``database``, ``pipes`` or ``files``."""
    try:
        target = str(descriptor.readlink())
    except FileNotFoundError:
        return "files"  # closed since the folder was read
    if ".sqlite" in target:
        return "database"
    return next((f"{kind}s" for kind in ("socket", "pipe") if target.startswith(f"{kind}:")), "files")


def _figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


class Trouble:
    """One fault after another, each mended after a while."""

    def __init__(
        self, server: RunningServer, proxy: FaultProxy, crowd: Crowd, visitor: str, dice: random.Random
    ) -> None:
        """``visitor``: the token of those who come and go."""
        self._server, self._proxy, self._crowd, self._dice = server, proxy, crowd, dice
        self._visitor = visitor
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
        """A client connects, reads everything, and leaves without closing."""
        with suppress(Exception):
            async with asyncio.timeout(5), Client(self._server.url, token=self._visitor) as visitor:
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
    tokens = tokens_without_limits(
        server, [*(f"{CROWD}{number}" for number in range(CLIENTS)), WITNESS, VISITOR]
    )
    eye = Eye(server, tokens[WITNESS])
    await eye.rouse()
    await asyncio.sleep(2)
    before = await eye.look()
    looks: list[Look] = []
    async with (
        FaultProxy(server.port, seed=seed) as proxy,
        Crowd(
            server.url, proxy.url, clients=CLIENTS, topics=LINES, notes=server.data_dir, tokens=tokens
        ) as crowd,
    ):
        crowd.work(*(f"m_1{number:02}" for number in range(1, AT_WORK + 1)))
        trouble = Trouble(server, proxy, crowd, tokens[VISITOR], random.Random(seed))
        making = asyncio.create_task(trouble.make())
        began = time.monotonic()
        warm_s = min(minutes * 60 * WARM, WARM_AT_MOST_S)
        still_before: int | None = None
        warm = 0
        print(
            "     s       MB  historian  descriptors  threads  tasks  clients  late ticks  targets",
            flush=True,
        )
        while (past_s := time.monotonic() - began) < minutes * 60 and not making.done():
            await asyncio.sleep(LOOK_EVERY_S)
            looks.append(await eye.look())
            if still_before is None and past_s >= warm_s:
                still_before, warm = trouble.made["stand_still"], len(looks) - 1
            if len(looks) % max(1, int(minutes * 4)) == 0:
                _print(looks[-1], len(crowd.batches))
        if making.done():
            making.result()
        making.cancel()
        with suppress(asyncio.CancelledError):
            await making
        still = trouble.made["stand_still"] - (still_before or 0)
        await trouble.end()
        stories = await crowd.hold_laws(is_calm=False)
        cuts = proxy.cuts
    after = await eye.until_as(before)
    await eye.close()
    _print(after, len(stories))
    judged = looks[warm:]
    slope = _slope([(each.at_s / 60, each.memory_mb) for each in judged])
    judged_minutes = (judged[-1].at_s - judged[0].at_s) / 60
    rise = slope * judged_minutes / judged[0].memory_mb
    rise_an_hour = slope * 60 / judged[0].memory_mb
    limit = MAX_RISE if judged_minutes < 60 else MAX_RISE_AN_HOUR * judged_minutes / 60
    late = max(0, judged[-1].late - judged[0].late - still) / max(1, judged[-1].ticks - judged[0].ticks)
    return {
        "minutes": minutes,
        "seed": seed,
        "faults": dict(trouble.made),
        "cuts": cuts,
        "outcomes": dict(counted(stories.values())),
        "memory_mb": {"before": before.memory_mb, "warm": judged[0].memory_mb, "end": judged[-1].memory_mb},
        "rise": round(rise, 4),
        "rise_an_hour": round(rise_an_hour, 4),
        "held": {"before": before.held, "at most": _most(looks), "after": after.held},
        "late": round(late, 4),
        "is_flat": {
            "memory": rise < limit if warm_s >= WARM_AFTER_S else None,
            "what is left": after.held == before.held,
            "lateness": late < MAX_LATE,
        },
        "looks": [asdict(each) for each in looks],
    }


def _slope(points: list[tuple[float, float]]) -> float:
    """How much the second grows with one of the first: the median over all pairs (Theil and Sen)."""
    step = max(1, len(points) // 500)
    rises = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points[::step], 2) if x2 > x1]
    return statistics.median(rises) if rises else 0.0


def _most(looks: list[Look]) -> dict[str, int]:
    kinds = sorted({kind for each in looks for kind in each.held})
    return {kind: max(each.held.get(kind, 0) for each in looks) for kind in kinds}


def _print(look: Look, targets: int) -> None:
    print(
        f"{look.at_s:>6.0f} {look.memory_mb:>8.1f} {look.historian_mb:>10.1f} {look.descriptors:>12}"
        f" {look.held['threads']:>8} {look.held['tasks']:>6} {look.clients:>8}"
        f" {look.late:>5} of {look.ticks:<5,} {targets:>8,}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    print(f"soak: {arguments.minutes:g} minutes, seed {arguments.seed}")
    with tempfile.TemporaryDirectory(prefix="setpoint-soak-", ignore_cleanup_errors=True) as directory:
        (Path(directory) / "plant.toml").write_text(PLANT, encoding="utf-8")
        with running_server(Path(directory), command="serve", program=NOTING, has_history=True) as server:
            try:
                found = asyncio.run(soak(server, arguments.minutes, arguments.seed))
            except AssertionError as broken:
                print(f"a law was broken (seed {arguments.seed}): {broken}", file=sys.stderr)
                return 1
    faults = ", ".join(
        f"{number} {kind.replace('_', ' ')}" for kind, number in sorted(found["faults"].items())
    )
    print(f"faults: {faults}; {found['cuts']} connections cut\noutcomes: {found['outcomes']}")
    memory, held = found["memory_mb"], found["held"]
    print(
        f"memory {memory['before']:.1f} MB before, {memory['warm']:.1f} when warm, {memory['end']:.1f} at the end:"
        f" {found['rise']:+.2%} after the warm-up, {found['rise_an_hour']:+.2%} an hour"
    )
    print(
        "before, at most, after: "
        + "; ".join(
            f"{kind} {', '.join(str(each.get(kind, 0)) for each in held.values())}"
            for kind in held["at most"]
        )
    )
    print(f"late ticks after the warm-up: {found['late']:.1%}, beside those that the server stood still for")
    words = {None: "not judged, the soak was too short", True: "flat", False: "NOT FLAT"}
    print("; ".join(f"{what}: {words[is_flat]}" for what, is_flat in found["is_flat"].items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 1 if False in found["is_flat"].values() else 0


if __name__ == "__main__":
    sys.exit(main())
