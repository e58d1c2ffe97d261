"""The cost of a delivered frame at a gateway, compared with the same clients at the plant server, in the same run.

A plant server with simulated machines and one gateway, over a NATS and a PostgreSQL of this bench's own. The clients
connect first to the plant server, then to the gateway, and each time the processor time of that process is read with
and without them. *Whole* is the total for each delivered frame; *more* is the part that the clients added. *KB* is the
memory that a client added to the process.

    python -m benches.cluster [--clients N] [--seconds S] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from tests.cluster import servers_of, start
from tests.contract.nats import running_nats
from tests.contract.postgres import running_cluster
from tests.integration.running_server import RunningServer
from tests.integration.signed_in import tokens_without_limits
from tests.integration.standby_support import wait_for
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

TOPICS = ("line:01", "line:02", "line:03", "dashboard:global")
SETTLE_S = 3.0
A_PERSON = 90


@dataclass(frozen=True)
class Load:
    """``kb``: the memory of the process at the end."""

    cpu_s: float
    frames: int
    kb: int

    def less(self, other: Load) -> Load:
        return Load(self.cpu_s - other.cpu_s, self.frames - other.frames, self.kb - other.kb)

    @property
    def us_a_frame(self) -> float:
        return self.cpu_s / self.frames * 1e6


def cpu_s(pid: int) -> float:
    """Of all threads since the process began."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1])


def frames(server: RunningServer) -> int:
    found = re.search(
        r"^setpoint_deliveries_total (\S+)", httpx.get(f"{server.url}/metrics").text, re.MULTILINE
    )
    assert found is not None
    return int(float(found[1]))


def over(server: RunningServer, seconds: float) -> Load:
    before = Load(cpu_s(server.pid), frames(server), 0)
    time.sleep(seconds)
    return Load(cpu_s(server.pid), frames(server), resident_kb(server.pid)).less(before)


async def client(url: str, token: str) -> ClientConnection:
    socket = await connect(url, subprotocols=[Subprotocol("setpoint.v1")], compression=None, open_timeout=60)
    await socket.send(json.dumps({"type": "auth", "token": token}))
    await socket.recv()  # hello
    for number, topic in enumerate(TOPICS):
        await socket.send(json.dumps({"type": "subscribe", "id": number, "topic": topic}))
    missing = len(TOPICS)
    while missing:
        missing -= str(await socket.recv()).startswith('{"type":"snapshot"')
    return socket


async def drain(socket: ClientConnection) -> None:
    async for data in socket:
        if str(data).startswith('{"type":"ping"'):
            await socket.send('{"type":"pong","ts":0}')


async def loaded(server: RunningServer, tokens: list[str], clients: int, seconds: float) -> Load:
    url = server.url.replace("http", "ws", 1) + "/live"
    sockets: list[ClientConnection] = []
    draining: list[asyncio.Task[None]] = []
    for number in range(clients):
        sockets.append(await client(url, tokens[number // A_PERSON]))
        draining.append(asyncio.create_task(drain(sockets[-1])))
    await asyncio.sleep(SETTLE_S)
    found = await asyncio.to_thread(over, server, seconds)
    ended = sum(each.done() for each in draining)
    assert not ended, f"{ended} clients were sent away; the machine is too busy to measure"
    for each in draining:
        each.cancel()
    for socket in sockets:
        await socket.close()
    return found


def measure(server: RunningServer, tokens: list[str], clients: int, seconds: float) -> tuple[Load, Load]:
    """Without the clients, and with them."""
    time.sleep(SETTLE_S)
    idle = over(server, seconds)
    return idle, asyncio.run(loaded(server, tokens, clients, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        database = running.enter_context(running_cluster())
        nats = running.enter_context(running_nats())
        every = servers_of(folder, database.url, nats)
        servers = {name: every[name] for name in ("plant server", "gateway 1")}
        start(servers, running)
        people = [f"person{number}" for number in range(-(-options.clients // A_PERSON))]
        tokens = list(tokens_without_limits(servers["plant server"], people).values())
        wait_for(lambda: frames(servers["gateway 1"]) >= 0, "the gateway does not start")
        figures: dict[str, object] = {}
        costs_us: dict[str, float] = {}
        for name, server in servers.items():
            idle, load = measure(server, tokens, options.clients, options.seconds)
            more = load.less(idle)
            kb = more.kb / options.clients
            figures[name] = {
                "idle": asdict(idle),
                "loaded": asdict(load),
                "more_us": more.us_a_frame,
                "kb_a_client": kb,
            }
            costs_us[name] = more.us_a_frame
            whole_us, more_us = load.us_a_frame, more.us_a_frame
            times = f"{whole_us:6.1f} µs each whole, {more_us:6.1f} µs more"
            print(f"{name:13} {load.frames:8} frames: {times}; {kb:5.1f} KB a client")
        ratio = costs_us["gateway 1"] / costs_us["plant server"]
        print(f"a frame at the gateway costs {ratio:.2f} × one at the plant server")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
