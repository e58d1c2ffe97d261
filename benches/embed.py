"""The cost of embedding: the same simulated plant and the same listeners, served and embedded.

Both servers are processes of their own under uvicorn. Each has the same clients, which listen to the same line. The
cost of a delta is the server's CPU time beyond what it takes without clients, divided by the deltas that they got.
``served`` writes shared frames below ASGI; ``embedded`` hands each client's frames to uvicorn's own WebSocket.

    python -m benches.embed [--clients N] [--seconds S] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import uvicorn
import websockets
from starlette.applications import Starlette
from tests.integration.running_server import SETPOINT, RunningServer

import setpoint
from setpoint import Person, Role
from setpoint.core.plant import demo_plant

MACHINES = 200
TOPIC = "line:01"


@dataclass(frozen=True)
class Cost:
    how: str
    clients: int
    deltas: int
    cpu_s: float

    @property
    def us_a_delta(self) -> float:
        return self.cpu_s / max(1, self.deltas) * 1e6


async def anybody(*_: Mapping[str, str]) -> Person:
    return Person("anna", {"*": Role.OPERATOR})


def serve_embedded(arguments: list[str]) -> None:
    """Runs the embedding application in a process of its own, with the arguments of ``setpoint demo``."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    app = setpoint.embed(
        Starlette(),
        demo_plant(machines=MACHINES),
        sign_in=anybody,
        prefix="/embedded",
        data_dir=Path(options["--data-dir"]),
    )
    uvicorn.run(app, port=int(options["--port"]), log_level="warning", ws_per_message_deflate=False)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def listen(url: str, deltas: list[int], topic: str = TOPIC) -> None:
    async with websockets.connect(url, compression=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "id": 1, "topic": topic}))
        async for frame in socket:
            if '"type":"delta"' in str(frame)[:40]:
                deltas[0] += 1
            elif '"type":"ping"' in str(frame)[:40]:
                await socket.send('{"type":"pong","ts":1}')


async def measure(how: str, url: str, pid: int, clients: int, seconds: float) -> Cost:
    began = cpu_s(pid)
    await asyncio.sleep(seconds)
    idle = cpu_s(pid) - began
    deltas = [0]
    listeners = [asyncio.create_task(listen(url, deltas)) for _ in range(clients)]
    await asyncio.sleep(3.0)
    began, seen = cpu_s(pid), deltas[0]
    await asyncio.sleep(seconds)
    cost = Cost(how, clients, deltas[0] - seen, max(0.0, cpu_s(pid) - began - idle))
    for each in listeners:
        each.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    return cost


def run(how: str, clients: int, seconds: float) -> Cost:
    is_embedded = how == "embedded"
    program = (sys.executable, "-m", "benches.embed", "--embedded") if is_embedded else SETPOINT
    with tempfile.TemporaryDirectory() as directory:
        more = () if is_embedded else ("--machines", str(MACHINES))
        server = RunningServer(Path(directory), *more, program=program)
        if is_embedded:
            server.url += "/embedded"
        try:
            server.start()
            live = f"ws{server.url.removeprefix('http')}/live"
            return asyncio.run(measure(how, live, server.pid, clients, seconds))
        finally:
            server.stop()


def main() -> None:
    if "--embedded" in sys.argv:
        serve_embedded(sys.argv[sys.argv.index("demo") + 1 :])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    costs = [run(how, options.clients, options.seconds) for how in ("served", "embedded")]
    for cost in costs:
        print(
            f"{cost.how:10} {cost.clients} clients  {cost.deltas} deltas  {cost.us_a_delta:.1f} us of CPU a delta"
        )
    if costs[0].cpu_s > 0:
        print(f"embedded costs {costs[1].us_a_delta / costs[0].us_a_delta:.2f} x served")
    else:
        print("too little to tell; take more clients, or more seconds")
    if options.json:
        options.json.write_text(
            json.dumps([asdict(each) | {"us_a_delta": each.us_a_delta} for each in costs])
        )


if __name__ == "__main__":
    main()
