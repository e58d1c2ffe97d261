"""Runs ``setpoint serve`` under load and faults for a given time, and looks for leaks.

It measures memory, descriptors, tasks and late ticks. Every client signs in with a token and has its own account,
whose limits are as high as they go.

Twenty clients watch through the tests' proxy. Six of them give targets all the time, and some leave and come back.
Every few seconds something breaks. The proxy cuts connections, adds jitter, goes half-open or stops reading. Machines
stop, freeze, refuse or slow down. The server itself is suspended for a moment. At the end the faults are mended, and
the soak checks the laws of `tests.integration.fault_laws`: every batch has its outcomes, every client's view equals
the server's, and the machines' own notes (`tests.integration.noting_server`) agree with the outcome of each target.

The first two thirds, at most an hour, are warm-up. Meanwhile the last ten minutes of each machine fill up, entries
that are kept for a minute begin to expire, and the database fills its caches. The soak is *flat* if all this is true:

    memory        After the warm-up, memory rises by less than 1 %, and by less than 0.5 % an hour if there is an hour
                  to judge. The slope is the median of the slopes between all pairs of samples (Theil and Sen), so a
                  single peak does not move it. A longer soak finds a smaller leak. A soak of less than 15 minutes ends
                  before the server is warm, so it does not judge memory. Only the process's own memory counts
                  (`RssAnon` and `VmSwap` of /proc/PID/status), because the system loads and drops the pages of
                  programs and libraries as it likes.
    resources     When all clients have gone, the server has as many sockets, database connections, pipes, files,
                  threads and tasks as before the first client came, kind by kind. The soak takes the first count after
                  many requests at once have opened every database connection.
    lateness      After the warm-up, less than 5 % of the ticks are more than 50 ms late. Ticks that were late because
                  the soak suspended the server do not count.

It exits with 1 if the server is not flat or a law was broken.

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
WORKERS = 6
LINES = ("line:01", "line:02")
SAMPLE_EVERY_S = 1.0
WARM_UP_SHARE, WARM_UP_AT_MOST_S = 2 / 3, 3_600.0
MEMORY_WARM_UP_S = 600.0
"""With a shorter warm-up the soak does not judge memory."""
MAX_RISE, MAX_RISE_AN_HOUR = 0.01, 0.005
MAX_LATE = 0.05
GONE_WITHIN_S = 20.0
"""The server cuts a connection that does not answer a close, or sends no request, after 5 s."""
REQUESTS_AT_ONCE = 100
ANSWERS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the server uses at one moment."""

    at_s: float
    memory_mb: float
    historian_mb: float
    """Memory of the process that keeps the history."""
    held: dict[str, int]
    """The numbers of descriptors by kind, of threads and of tasks."""
    clients: int
    ticks: int
    """Ticks since the start."""
    late: int
    """Ticks since the start that were more than 50 ms late."""

    @property
    def descriptors(self) -> int:
        return sum(number for kind, number in self.held.items() if kind not in ("threads", "tasks"))


class MetricsReader:
    """Reads what the server uses from outside: /proc and /metrics."""

    def __init__(self, server: RunningServer, token: str) -> None:
        self._server = server
        self._began = time.monotonic()
        self._headers = identity_headers(token, None)
        self._http = httpx.AsyncClient(base_url=server.url, timeout=10)

    async def sample(self) -> Sample:
        text = await self._metrics()
        process = Path(f"/proc/{self._server.pid}")
        children = (process / "task" / process.name / "children").read_text("ascii").split()
        counts = Counter(map(_kind, (process / "fd").iterdir()))
        counts["threads"] = len(list((process / "task").iterdir()))
        counts["tasks"] = int(_figure(text, "setpoint_tasks"))
        ticks = int(_figure(text, "setpoint_tick_lateness_seconds_count"))
        in_time = int(_figure(text, 'setpoint_tick_lateness_seconds_bucket{le="0.05"}'))
        return Sample(
            round(time.monotonic() - self._began, 1),
            _memory_mb(process),
            round(sum(_memory_mb(Path("/proc", child)) for child in children), 2),
            dict(sorted(counts.items())),
            int(_figure(text, "setpoint_clients")),
            ticks,
            ticks - in_time,
        )

    async def _metrics(self) -> str:
        """Tries again after a failure: the soak suspends the server, and the server closes silent connections."""
        give_up = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                return (await self._http.get("/metrics")).text
            except httpx.TransportError:
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(SAMPLE_EVERY_S)

    async def open_database_connections(self) -> None:
        """Sends so many requests at once that the server opens every connection to the database."""
        async with httpx.AsyncClient(base_url=self._server.url, headers=self._headers, timeout=30) as http:
            await asyncio.gather(*(http.get("/api/batches") for _ in range(REQUESTS_AT_ONCE)))

    async def sample_when_released(self, before: Sample) -> Sample:
        """Returns the first sample that holds exactly what ``before`` held, or the last one at the time limit."""
        give_up = time.monotonic() + GONE_WITHIN_S
        while (after := await self.sample()).held != before.held and time.monotonic() < give_up:  # noqa: ASYNC110  # another process
            await asyncio.sleep(SAMPLE_EVERY_S)
        return after

    async def close(self) -> None:
        await self._http.aclose()


def _memory_mb(process: Path) -> float:
    """The process's own memory; 0 if the process has ended."""
    kb = 0
    with suppress(FileNotFoundError, ProcessLookupError):
        status = (process / "status").read_text("utf-8")
        kb = sum(
            int(number) for number in re.findall(r"^(?:RssAnon|VmSwap):\s+(\d+) kB$", status, re.MULTILINE)
        )
    return round(kb * 1024 / 1e6, 2)


def _kind(descriptor: Path) -> str:
    """Returns ``sockets``, ``database``, ``pipes`` or ``files``."""
    try:
        target = str(descriptor.readlink())
    except FileNotFoundError:
        return "files"  # closed since the folder was read
    if ".sqlite" in target:
        return "database"
    return next((f"{kind}s" for kind in ("socket", "pipe") if target.startswith(f"{kind}:")), "files")


def _figure(text: str, name: str) -> float:
    match = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(match[1]) if match else 0.0


class FaultInjector:
    """Makes one fault after another, and mends each after a while."""

    def __init__(
        self, server: RunningServer, proxy: FaultProxy, crowd: Crowd, visitor: str, rng: random.Random
    ) -> None:
        """``visitor`` is the token of the clients that connect and vanish."""
        self._server, self._proxy, self._crowd, self._rng = server, proxy, crowd, rng
        self._visitor = visitor
        self.made: Counter[str] = Counter()

    async def run(self) -> None:
        kinds = (
            self.cut,
            self.jitter,
            self.half_open,
            self.unread,
            self.stop,
            self.fault,
            self.suspend,
            self.visit,
        )
        while True:
            await asyncio.sleep(self._rng.uniform(0.3, 1.5))
            kind = self._rng.choice(kinds)
            self.made[kind.__name__] += 1
            await kind()

    async def cut(self) -> None:
        self._proxy.cut(share=0.3)

    async def jitter(self) -> None:
        self._proxy.latency_ms, self._proxy.jitter_ms = 200, 100
        await self._for_a_while(2)
        self._proxy.mend()

    async def half_open(self) -> None:
        self._proxy.is_frozen = True
        await self._for_a_while(3)
        self._proxy.mend()

    async def unread(self) -> None:
        self._proxy.is_deaf_down = True
        await self._for_a_while(3)
        self._proxy.mend()

    async def stop(self) -> None:
        machine = self._machine()
        await self._crowd.simulate(machine, status=self._rng.choice(("EMERGENCY_STOP", "FAULT")))
        await self._for_a_while(1)
        await self._crowd.simulate(machine, status=None)

    async def fault(self) -> None:
        machine = self._machine()
        await self._crowd.simulate(machine, fault=self._rng.choice(("freeze", "refuse", "slow")))
        await self._for_a_while(2)
        await self._crowd.simulate(machine, fault=None)

    async def suspend(self) -> None:
        self._server.send_signal(signal.SIGSTOP)
        await self._for_a_while(1)
        self._server.send_signal(signal.SIGCONT)

    async def visit(self) -> None:
        """A client connects, reads everything, and leaves without closing."""
        with suppress(Exception):
            async with asyncio.timeout(5), Client(self._server.url, token=self._visitor) as visitor:
                await visitor.subscribe("dashboard:global", *LINES)

    async def _for_a_while(self, longest_s: float) -> None:
        await asyncio.sleep(self._rng.uniform(0.2, longest_s))

    def _machine(self) -> str:
        return f"m_1{self._rng.randint(1, WORKERS):02}"

    async def end(self) -> None:
        self._server.send_signal(signal.SIGCONT)
        self._proxy.mend()
        for number in range(1, WORKERS + 1):
            for what in ({"status": None}, {"fault": None}):
                await self._crowd.simulate(f"m_1{number:02}", **what)


async def soak(server: RunningServer, minutes: float, seed: int) -> dict[str, Any]:
    tokens = tokens_without_limits(
        server, [*(f"{CROWD}{number}" for number in range(CLIENTS)), WITNESS, VISITOR]
    )
    reader = MetricsReader(server, tokens[WITNESS])
    await reader.open_database_connections()
    await asyncio.sleep(2)
    before = await reader.sample()
    samples: list[Sample] = []
    async with (
        FaultProxy(server.port, seed=seed) as proxy,
        Crowd(
            server.url, proxy.url, clients=CLIENTS, topics=LINES, notes=server.data_dir, tokens=tokens
        ) as crowd,
    ):
        crowd.work(*(f"m_1{number:02}" for number in range(1, WORKERS + 1)))
        faults = FaultInjector(server, proxy, crowd, tokens[VISITOR], random.Random(seed))
        injecting = asyncio.create_task(faults.run())
        began = time.monotonic()
        warm_up_s = min(minutes * 60 * WARM_UP_SHARE, WARM_UP_AT_MOST_S)
        suspended_in_warm_up: int | None = None
        warm = 0
        print(
            "     s       MB  historian  descriptors  threads  tasks  clients  late ticks  targets",
            flush=True,
        )
        while (past_s := time.monotonic() - began) < minutes * 60 and not injecting.done():
            await asyncio.sleep(SAMPLE_EVERY_S)
            samples.append(await reader.sample())
            if suspended_in_warm_up is None and past_s >= warm_up_s:
                suspended_in_warm_up, warm = faults.made["suspend"], len(samples) - 1
            if len(samples) % max(1, int(minutes * 4)) == 0:
                _print(samples[-1], len(crowd.batches))
        if injecting.done():
            injecting.result()
        injecting.cancel()
        with suppress(asyncio.CancelledError):
            await injecting
        suspended = faults.made["suspend"] - (suspended_in_warm_up or 0)
        await faults.end()
        stories = await crowd.check_laws(is_calm=False)
        cuts = proxy.cuts
    after = await reader.sample_when_released(before)
    await reader.close()
    _print(after, len(stories))
    judged = samples[warm:]
    slope = _slope([(each.at_s / 60, each.memory_mb) for each in judged])
    judged_minutes = (judged[-1].at_s - judged[0].at_s) / 60
    rise = slope * judged_minutes / judged[0].memory_mb
    rise_an_hour = slope * 60 / judged[0].memory_mb
    limit = MAX_RISE if judged_minutes < 60 else MAX_RISE_AN_HOUR * judged_minutes / 60
    late = max(0, judged[-1].late - judged[0].late - suspended) / max(1, judged[-1].ticks - judged[0].ticks)
    return {
        "minutes": minutes,
        "seed": seed,
        "faults": dict(faults.made),
        "cuts": cuts,
        "outcomes": dict(counted(stories.values())),
        "memory_mb": {"before": before.memory_mb, "warm": judged[0].memory_mb, "end": judged[-1].memory_mb},
        "rise": round(rise, 4),
        "rise_an_hour": round(rise_an_hour, 4),
        "held": {"before": before.held, "at most": _most(samples), "after": after.held},
        "late": round(late, 4),
        "is_flat": {
            "memory": rise < limit if warm_up_s >= MEMORY_WARM_UP_S else None,
            "resources": after.held == before.held,
            "lateness": late < MAX_LATE,
        },
        "samples": [asdict(each) for each in samples],
    }


def _slope(points: list[tuple[float, float]]) -> float:
    """Returns how much y grows for one unit of x: the median over all pairs of points (Theil and Sen)."""
    step = max(1, len(points) // 500)
    rises = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points[::step], 2) if x2 > x1]
    return statistics.median(rises) if rises else 0.0


def _most(samples: list[Sample]) -> dict[str, int]:
    kinds = sorted({kind for each in samples for kind in each.held})
    return {kind: max(each.held.get(kind, 0) for each in samples) for kind in kinds}


def _print(sample: Sample, targets: int) -> None:
    print(
        f"{sample.at_s:>6.0f} {sample.memory_mb:>8.1f} {sample.historian_mb:>10.1f} {sample.descriptors:>12}"
        f" {sample.held['threads']:>8} {sample.held['tasks']:>6} {sample.clients:>8}"
        f" {sample.late:>5} of {sample.ticks:<5,} {targets:>8,}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    print(f"soak: {arguments.minutes:g} minutes, seed {arguments.seed}")
    with tempfile.TemporaryDirectory(prefix="setpoint-soak-", ignore_cleanup_errors=True) as directory:
        (Path(directory) / "plant.toml").write_text(PLANT, encoding="utf-8")
        with running_server(Path(directory), command="serve", program=NOTING, has_history=True) as server:
            try:
                result = asyncio.run(soak(server, arguments.minutes, arguments.seed))
            except AssertionError as broken:
                print(f"a law was broken (seed {arguments.seed}): {broken}", file=sys.stderr)
                return 1
    faults = ", ".join(
        f"{number} {kind.replace('_', ' ')}" for kind, number in sorted(result["faults"].items())
    )
    print(f"faults: {faults}; {result['cuts']} connections cut\noutcomes: {result['outcomes']}")
    memory, held_counts = result["memory_mb"], result["held"]
    print(
        f"memory {memory['before']:.1f} MB before, {memory['warm']:.1f} when warm, {memory['end']:.1f} at the end:"
        f" {result['rise']:+.2%} after the warm-up, {result['rise_an_hour']:+.2%} an hour"
    )
    print(
        "before, at most, after: "
        + "; ".join(
            f"{kind} {', '.join(str(each.get(kind, 0)) for each in held_counts.values())}"
            for kind in held_counts["at most"]
        )
    )
    print(f"late ticks after the warm-up: {result['late']:.1%}, without those while the server was suspended")
    verdicts = {None: "not judged, the soak was too short", True: "flat", False: "NOT FLAT"}
    print("; ".join(f"{what}: {verdicts[is_flat]}" for what, is_flat in result["is_flat"].items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if False in result["is_flat"].values() else 0


if __name__ == "__main__":
    sys.exit(main())
