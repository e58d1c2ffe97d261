"""Thousands of sockets of an attacker without an account. The server bounds their number and time, and nobody notices.

One address reaches its own bound. Several addresses have only the time limit, and the server must withstand all
sockets.
"""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.examples import IS_FULL
from tests.integration.running_server import RunningServer, running_server
from tests.integration.signed_in import administrator
from tests.security.flood import FloodResult
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from setpoint.server.live import SERVED
from setpoint.testing.patience import patient

AN_ADDRESS = SERVED.an_address if IS_FULL else 400
"""The sockets of one address. They must be open at once, although each has only `FIRST_FRAME_WITHIN_S`."""
ENOUGH_CLOSED = 500
A_CHUNK = AN_ADDRESS // 8
FIRST_FRAME_WITHIN_S = 5.0
FILES_NEEDED = AN_ADDRESS + A_CHUNK + 200

ALL = 10_000 if IS_FULL else 3_000
MAX_GROWTH_BYTES = ALL * 24 * 1024
SHELL_FILE_LIMIT = 1_024
SERVER_NEEDS = ALL + 1_000


@dataclass
class SocketFlood:
    """Opens sockets, `A_CHUNK` at a time, and sends nothing on them. Closes those that the server has ended."""

    port: int
    opened: deque[socket.socket] = field(default_factory=deque)
    refused: int = 0
    sent_away: int = 0
    most: int = 0

    def open_chunk(self) -> None:
        connections = [
            socket.create_connection(("127.0.0.1", self.port), timeout=patient(10)) for _ in range(A_CHUNK)
        ]
        for each in connections:
            each.sendall(
                f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            )
        for each in connections:
            status = each.recv(4096).split(b" ", 2)[1]
            if status == b"101":
                each.setblocking(False)
                self.opened.append(each)
            else:
                assert status == b"503"
                self.refused += 1
                each.close()
        self.close_ended()
        self.most = max(self.most, len(self.opened))

    def close_ended(self) -> None:
        """Takes the oldest first, because all have the same time limit."""
        while self.opened and (data := _received(self.opened[0])) is not None:
            assert data == b"" or data[2:4] == (4408).to_bytes(2, "big"), (
                "the server closes silent connections only"
            )
            self.opened.popleft().close()
            self.sent_away += 1

    def close(self) -> None:
        for each in self.opened:
            each.close()


def _received(peer: socket.socket) -> bytes | None:
    """Returns what the server sent last, or None."""
    try:
        return peer.recv(4096)
    except BlockingIOError:
        return None
    except ConnectionResetError:
        return b""


@contextlib.contextmanager
def polling_health(url: str) -> Iterator[list[float]]:
    """Requests ``/healthz`` on a new connection again and again during the block. Yields the monotonic times of the
    answers.
    """
    answered: list[float] = []
    is_over = threading.Event()

    def send_requests() -> None:
        with httpx.Client(
            trust_env=False, timeout=patient(10), limits=httpx.Limits(max_keepalive_connections=0)
        ) as client:
            while not is_over.wait(0.05):
                assert client.get(f"{url}/healthz").is_success
                answered.append(time.monotonic())

    sender = threading.Thread(target=send_requests)
    sender.start()
    try:
        yield answered
    finally:
        is_over.set()
        sender.join(20)


def create_token(server: RunningServer) -> str:
    """Signs the administrator in by the first link, and makes a token."""
    with administrator(server) as browser:
        token: str = browser.post("/api/tokens", json={"name": "mes", "role": "operator"}).json()["token"]
        return token


@contextlib.contextmanager
def signed_in(server: RunningServer, token: str) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}/live"
    with connect(url, subprotocols=[Subprotocol("setpoint.v1")], proxy=None) as live:
        live.send(json.dumps({"type": "auth", "token": token}))
        assert json.loads(live.recv(timeout=patient(10)))["type"] == "hello"
        yield live


@contextlib.contextmanager
def answering_pings(live: ClientConnection) -> Iterator[threading.Thread]:
    """Reads the connection in a thread and answers pings (HB-2), until the server ends the connection."""
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            with contextlib.suppress(TimeoutError):
                frame = json.loads(live.recv(timeout=0.1))
                if frame["type"] == "ping":
                    live.send(json.dumps({"type": "pong", "ts": frame["ts"]}))

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield reading
    finally:
        is_over.set()
        reading.join(20)


@pytest.fixture
def room_for_files() -> Iterator[None]:
    """Sets a limit that the server inherits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES_NEEDED:
        if hard != resource.RLIM_INFINITY and hard < FILES_NEEDED:
            pytest.skip(f"a process may open {hard} files here, {FILES_NEEDED} are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_NEEDED, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.alone
@pytest.mark.usefixtures("room_for_files")
def test_thousands_of_sockets_without_sign_in_are_bounded_and_nobody_else_notices(tmp_path: Path) -> None:
    program = (sys.executable, "-m", "tests.security.crowded", str(AN_ADDRESS))
    with running_server(tmp_path, command="serve", program=program) as server:
        token = create_token(server)
        flood = SocketFlood(server.port)
        with (
            signed_in(server, token) as live,
            answering_pings(live) as person,
            contextlib.closing(flood),
            polling_health(server.url) as answered,
        ):
            started = time.monotonic()
            while flood.sent_away < ENOUGH_CLOSED and time.monotonic() - started < patient(20):
                flood.open_chunk()
            with signed_in(server, token):
                pass  # the oldest sockets of the flood gave way, so the flood keeps nobody out
            last = time.monotonic()
            assert flood.sent_away >= ENOUGH_CLOSED
            assert flood.refused == 0
            assert any(started < at < last for at in answered), "the server answers during the flood"
            assert flood.most < AN_ADDRESS, "one of the address's connections is the person's"
            while flood.opened and time.monotonic() - last < FIRST_FRAME_WITHIN_S + patient(5):
                flood.close_ended()
                time.sleep(0.05)
            assert not flood.opened, "the server closes silent connections"
            assert person.is_alive(), "people who were connected stay connected"
            assert live.ping().wait(patient(5)), "people who were connected stay connected"
            flood.sent_away = 0
            flood.open_chunk()
            assert flood.sent_away == 0, "their places are free again"
        with signed_in(server, token):
            pass


def memory_of(pid: int) -> int:
    """Returns the process's memory in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def sockets_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@contextlib.contextmanager
def usual_files() -> Iterator[None]:
    """Limits files to a shell's default. Programs that start during the block may raise their limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < SERVER_NEEDS:
        pytest.skip(f"a process may open {hard} files here, {SERVER_NEEDS} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (SHELL_FILE_LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@dataclass
class Worker:
    """A person who works during an attack: they have an open page and give targets."""

    server: RunningServer
    token: str
    live: ClientConnection
    deltas: int = 0
    applied: int = 0

    def read_frames(self) -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                frame = json.loads(self.live.recv(timeout=0.02))
                if frame["type"] == "ping":
                    self.live.send(json.dumps({"type": "pong", "ts": frame["ts"]}))
                self.deltas += frame["type"] == "delta"
                self.applied += sum(each["outcome"] == "applied" for each in frame.get("tx", ()))

    def commit(self, value: int) -> None:
        """Uses a new connection each time, so that the test covers people who arrive during the attack."""
        body = {"txId": str(uuid.uuid4()), "updates": {"m_401": {"targetSpeed": value}}}
        answer = httpx.post(
            f"{self.server.url}/api/batches",
            json=body,
            headers={"authorization": f"Bearer {self.token}"},
            timeout=patient(10),
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text


def run_attack(server: RunningServer, worker: Worker) -> tuple[FloodResult, int, int]:
    """Runs one attack to its end while the person works. Returns its results, and the peaks of sockets and memory."""
    most_sockets = most_bytes = commits = 0
    attack = [sys.executable, "-m", "tests.security.flood", str(server.port), str(ALL)]
    with subprocess.Popen(attack, stdout=subprocess.PIPE, text=True) as flooding:
        while flooding.poll() is None:
            worker.read_frames()
            most_sockets = max(most_sockets, sockets_of(server.pid))
            most_bytes = max(most_bytes, memory_of(server.pid))
            if worker.applied == commits:
                commits += 1
                worker.commit(900 + commits)
        assert flooding.returncode == 0
        assert flooding.stdout is not None
        result = FloodResult(**json.loads(flooding.stdout.read()))
    assert worker.applied, "their targets reach the machine meanwhile"
    assert worker.deltas, "their page stays live meanwhile"
    worker.deltas = worker.applied = 0
    return result, most_sockets, most_bytes


@pytest.mark.alone
def test_sockets_from_many_addresses_cost_little_and_are_gone_in_their_time(tmp_path: Path) -> None:
    with usual_files():
        server = RunningServer(tmp_path, command="serve").start()
    with contextlib.ExitStack() as stack:
        stack.callback(server.kill)
        token = create_token(server)
        live = stack.enter_context(signed_in(server, token))
        live.send(json.dumps({"type": "subscribe", "id": 1, "topic": "line:01"}))
        worker = Worker(server, token, live)
        sockets, memory = sockets_of(server.pid), memory_of(server.pid)
        growth_of_one = []
        for _ in range(2):
            result, most_sockets, most_bytes = run_attack(server, worker)
            growth_of_one.append((most_bytes - memory) / most_sockets)
            assert result.left == 0, "the server ends every one"
            assert set(result.statuses) == {"101"}, "only the time limit stopped them"
            assert result.codes == {"4408": result.statuses["101"]}, "each got the close code for silence"
            assert most_sockets > SHELL_FILE_LIMIT, "the server used more files than a shell's default limit"
            assert most_bytes - memory < MAX_GROWTH_BYTES
            assert sockets_of(server.pid) < sockets + 20, "their places are free again"
        assert growth_of_one[1] < growth_of_one[0] * 1.5, "the second attack takes no more than the first"
        assert live.ping().wait(patient(5)), "people who were connected stay connected"
