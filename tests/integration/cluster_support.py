"""A plant server, its standby and gateways over a real NATS and a real PostgreSQL, and clients of the gateways."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.contract.nats import Nats, running_nats
from tests.contract.postgres import Cluster
from tests.integration.islands import Island
from tests.integration.running_server import SETPOINT, RunningServer
from tests.integration.standby_support import Pair, running_pair, wait_for
from tests.integration.test_one_writer import run
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from setpoint.testing.patience import patient


class Watcher:
    """A client at a gateway. It applies frames strictly by number (SEQ-2), and can continue at another gateway."""

    def __init__(self, token: str, *topics: str) -> None:
        self._token = token
        self._topics = topics
        self.states: dict[str, Any] = {}
        self.positions: dict[str, tuple[str, int]] = {}
        self.vouched: Collection[str] = ()
        """The topics whose heads the last ping named."""
        self.frames: list[str] = []
        self.gaps = 0
        self.closed: int | None = None
        self._socket: ClientConnection | None = None
        self._thread: threading.Thread | None = None

    def go_to(self, server: RunningServer) -> None:
        """Connects, and requests what it missed."""
        self.leave()
        self.frames.clear()
        self.vouched = ()
        self.closed = None
        address = server.url.replace("http", "ws", 1) + "/live"
        self._socket = connect(
            address, subprotocols=[Subprotocol("setpoint.v1")], open_timeout=patient(20), legacy=True
        )
        self._send({"type": "auth", "token": self._token})
        self._thread = threading.Thread(target=self._listen, args=(self._socket,), daemon=True)
        self._thread.start()

    def leave(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._thread is not None:
            self._thread.join(patient(20))

    def _send(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        with suppress(WebSocketException):
            self._socket.send(json.dumps(frame))

    def _listen(self, socket: ClientConnection) -> None:
        with suppress(WebSocketException, OSError):
            for data in socket:
                self._receive(json.loads(data))
        self.closed = socket.close_code

    def _receive(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame["type"])
        match frame["type"]:
            case "hello":
                for number, topic in enumerate(self._topics):
                    known = self.positions.get(topic)
                    since = {"since": {"epoch": known[0], "seq": known[1]}} if known else {}
                    self._send({"type": "subscribe", "id": number, "topic": topic, **since})
            case "snapshot":
                self.positions[frame["topic"]] = frame["epoch"], frame["seq"]
                self.states[frame["topic"]] = frame["data"]["machines"]
            case "delta":
                self._apply(frame)
            case "ping":
                self._send({"type": "pong", "ts": frame["ts"]})
                self.vouched = frame["pos"].keys()

    def _apply(self, frame: dict[str, Any]) -> None:
        topic = frame["topic"]
        epoch, seq = self.positions[topic]
        self.gaps += frame["seq"] > seq + 1
        if frame["seq"] == seq + 1:
            self.positions[topic] = epoch, frame["seq"]
            for key, fields in frame.get("machines", {}).items():
                self.states[topic].setdefault(key, {}).update(fields)

    def value(self, machine: str, field: str, topic: str = "line:01") -> Any:
        return self.states.get(topic, {}).get(machine, {}).get(field)


class Plant:
    """A plant with gateways. ``pair`` has the owner and the standby."""

    def __init__(self, pair: Pair, nats: Nats, gateways: list[RunningServer]) -> None:
        self.pair = pair
        self.nats = nats
        self.gateways = gateways

    def watch(self, gateway: RunningServer, *topics: str) -> Watcher:
        watcher = Watcher(self.pair.token, *topics)
        watcher.go_to(gateway)
        wait_for(lambda: set(topics) <= watcher.states.keys(), "the gateway does not tell what it knows")
        return watcher

    def set_register(self, register: int, value: int, *, unit: int = 1) -> None:
        """Sets the value that a machine reports in a register from now on."""
        self.pair.machines.send_command("set", unit=unit, values={str(register): value})


def wait_until_nothing_is_live(watcher: Watcher) -> None:
    """Waits until no ping of the gateway names a head any more. It still sends pings."""
    wait_for(lambda: not watcher.vouched, "the gateway vouches for what it does not receive")
    pings = watcher.frames.count("ping")
    wait_for(lambda: watcher.frames.count("ping") >= pings + 2, "the gateway pings no more")
    assert not watcher.vouched


def drop_tables(cluster: Cluster) -> None:
    asyncio.run(run(cluster.url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public"))


def gateway_of(
    url: str,
    nats: Nats,
    folder: Path,
    name: str,
    *,
    port: int | None = None,
    started: str = "/readyz",
    program: Sequence[str] = SETPOINT,
) -> RunningServer:
    more = ("--role", "gateway", "--nats", nats.url, "--database", url)
    return RunningServer(folder / name, *more, command="serve", port=port, started=started, program=program)


def lay_cables(place: Island, url: str, nats: Nats) -> None:
    """Lays cables for what every server needs."""
    place.forward_out("nats", nats.port)
    place.forward_out("database", int(url.rpartition(":")[2].partition("/")[0]))


@contextmanager
def running_plant(
    url: str,
    folder: Path,
    *,
    owner_island: Island | None = None,
    gateway_island: Island | None = None,
    machine_count: int = 2,
) -> Iterator[Plant]:
    """Runs a plant with gateways. ``gateway_island`` is for the first gateway."""
    with ExitStack() as running:
        nats = running.enter_context(running_nats())
        for place in (owner_island, gateway_island):
            if place is not None:
                lay_cables(place, url, nats)
        pair = running.enter_context(
            running_pair(
                url,
                folder,
                "--nats",
                nats.url,
                owner_island=owner_island,
                machine_count=machine_count,
            )
        )
        programs = (gateway_island.program if gateway_island is not None else SETPOINT, SETPOINT)
        gateways = [
            gateway_of(url, nats, folder, f"gateway-{number}", program=program)
            for number, program in enumerate(programs)
        ]
        if gateway_island is not None:
            gateway_island.forward_in("people", gateways[0].port)
        plant = Plant(pair, nats, gateways)
        try:
            with ThreadPoolExecutor() as starting:
                list(starting.map(RunningServer.start, gateways))
            yield plant
        finally:
            for each in plant.gateways:
                each.kill()
