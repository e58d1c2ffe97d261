"""A server of one line and two machines, which tests can make misbehave exactly.

It speaks the contract's protocol through uvicorn's plain ASGI and keeps its state in a dict. ``next_post`` says what it
does with the next POST: answer it, lose the answer, lose the request, or refuse it.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Literal

import msgspec
import uvicorn

from setpoint.client.signal import ChangeSignal
from setpoint.contract.live import (
    Ack,
    By,
    ByKind,
    Delta,
    Down,
    ErrorFrame,
    Hello,
    Outcome,
    Ping,
    Pong,
    Snapshot,
    SnapshotData,
    Subscribe,
    TxOutcome,
    User,
    decode_up,
    encode,
)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Behaviour = Literal[
    "apply",
    "lose the answer",
    "fall down",
    "be in trouble once",
    "refuse",
    "take it, then refuse",
    "block",
    "keep silent",
    "not come",
]

TOPICS = ("dashboard:global", "line:01")
PLANT = {
    "name": "Small plant",
    "lines": [{"id": "01", "machines": [{"key": "m_401", "id": "m:401"}, {"key": "m_402", "id": "m:402"}]}],
    "fields": [
        {"name": "speed", "unit": "rpm"},
        {
            "name": "targetSpeed",
            "unit": "rpm",
            "minimum": 0,
            "maximum": 3000,
            "isWritable": True,
            "column": "Target Speed",
            "isRequired": True,
        },
    ],
}


class SmallServer:
    """The server, used as ``async with SmallServer() as server``. ``stop`` and ``start`` restart it on the same port,
    in a new epoch.
    """

    def __init__(self) -> None:
        self.generation = 0
        self.machines: dict[str, dict[str, Any]] = {
            key: {"speed": 100, "targetSpeed": 100, "status": "RUNNING", "quality": "GOOD"}
            for key in ("m_401", "m_402")
        }
        self.seq = dict.fromkeys(TOPICS, 0)
        self.batches: dict[str, list[dict[str, Any]]] = {}
        self.posts: list[dict[str, Any]] = []
        self.ups: list[object] = []
        self.signal = ChangeSignal()
        self.next_post: Behaviour = "apply"
        self.withdrawn: list[str] = []
        self.has_left: frozenset[str] = frozenset()
        """Machines whose targets can no longer be withdrawn."""
        self.refuses_sockets_with: int | None = None
        self.has_proxy_that_refuses = False
        """Handshakes get a 403, as from a proxy."""
        self.has_sign_in_page = False
        """Requests over HTTP get a page, as from a proxy."""
        self.sockets: list[tuple[Send, set[str]]] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> SmallServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._listener.close()

    async def start(self) -> None:
        self.generation += 1
        self.seq = dict.fromkeys(TOPICS, 0)
        config = uvicorn.Config(
            self.app,
            interface="asgi3",
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.generation > 1:
            listener.bind(("127.0.0.1", self.port))
        else:
            listener.close()
            listener = self._listener
        self._serving = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started:  # uvicorn has a flag and no event  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._serving
        self.sockets.clear()

    async def app(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._live(receive, send)
        else:
            body = (await receive()).get("body", b"")
            await self._http(scope["method"], scope["path"], body, send)

    # /live

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        if self.has_proxy_that_refuses:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": "setpoint.v1"})
        if self.refuses_sockets_with is not None:
            await send({"type": "websocket.close", "code": self.refuses_sockets_with, "reason": "sign in"})
            return
        topics: set[str] = set()
        self.sockets.append((send, topics))
        await _send_frame(send, Hello(f"e{self.generation}", "s", 0.0, User("anna", "operator")))
        while (message := await receive())["type"] == "websocket.receive":
            up = decode_up(message.get("text") or message["bytes"])
            self.ups.append(up)
            self.signal.notify()
            if isinstance(up, Subscribe):
                await self._subscribe(up, topics, send)
        with suppress(ValueError):
            self.sockets.remove((send, topics))

    async def _subscribe(self, up: Subscribe, topics: set[str], send: Send) -> None:
        if up.topic not in TOPICS:
            await _send_frame(
                send, ErrorFrame("unknown_topic", f"no topic {up.topic!r}; lines are 01", up.id)
            )
            return
        seq = self.seq[up.topic]
        await _send_frame(send, Ack(up.id, up.topic, seq))
        if not (up.since and (up.since.epoch, up.since.seq) == (f"e{self.generation}", seq)):
            machines = {key: dict(record) for key, record in self.machines.items()}
            data = SnapshotData(machines if up.topic == "line:01" else {})
            await _send_frame(send, Snapshot(up.topic, f"e{self.generation}", seq, 0.0, data))
        topics.add(up.topic)

    async def report(self, machine: str, *tx: TxOutcome, **values: Any) -> None:
        """Makes the machine report these values, and sends a delta to every client at once."""
        self.machines[machine].update(values)
        for topic in TOPICS:
            self.seq[topic] += 1
            machines = {machine: values} if topic == "line:01" and values else {}
            await self._broadcast(topic, Delta(topic, self.seq[topic], 0.0, machines=machines, tx=list(tx)))

    async def lose_a_delta(self, machine: str, **values: Any) -> None:
        self.machines[machine].update(values)
        self.seq["line:01"] += 1

    async def ping(self) -> None:
        for send, topics in self.sockets:
            await _send_frame(send, Ping(1.5, {topic: self.seq[topic] for topic in topics}))

    async def drop_sockets(self, code: int = 1012, reason: str = "") -> None:
        for send, _ in self.sockets:
            await send({"type": "websocket.close", "code": code, "reason": reason})
        self.sockets.clear()

    async def _broadcast(self, topic: str, frame: Down) -> None:
        for send, topics in list(self.sockets):
            if topic in topics:
                await _send_frame(send, frame)

    @property
    def pongs(self) -> int:
        return sum(isinstance(up, Pong) for up in self.ups)

    # HTTP

    async def _http(self, method: str, path: str, body: bytes, send: Send) -> None:
        if self.has_sign_in_page:
            await _answer(send, 200, "<html>")
        elif path == "/api/plant":
            await _answer(send, 200, PLANT)
        elif path.endswith("/cancel"):
            await self._withdraw(path.split("/")[-2], send)
        elif path.startswith("/api/batches/"):
            tx_id = path.rsplit("/", 1)[-1]
            known = self.batches.get(tx_id)
            if known is None:
                await _answer(
                    send, 404, {"type": "https://setpoint/problems/unknown-batch", "title": "unknown batch"}
                )
            else:
                await _answer(send, 200, {"txId": tx_id, "status": "done", "results": known})
        elif method == "POST":
            await self._post(json.loads(body), send)

    async def _withdraw(self, tx_id: str, send: Send) -> None:
        self.withdrawn.append(tx_id)
        results = self.batches.get(tx_id, [])
        for each in results:
            if each["machine"] not in self.has_left:
                each |= {"outcome": "cancelled", "message": "withdrawn by anna"}
        await _answer(send, 200, {"txId": tx_id, "status": "done", "results": results})

    async def _post(self, request: dict[str, Any], send: Send) -> None:
        self.posts.append(request)
        behaviour, self.next_post = self.next_post, "apply"
        match behaviour:
            case "refuse":
                problem = {"type": "https://setpoint/problems/needs-reason", "detail": "a reason is needed"}
                await _answer(send, 422, problem)
            case "take it, then refuse":
                self.next_post = "refuse"
                await self._apply(request, "keep silent")
                await _answer(send, 504, {"title": "the answer was lost"})
            case "be in trouble once":
                await _answer(send, 503, {"title": "in trouble"})
            case "not come":
                await asyncio.Event().wait()
            case "fall down":
                await self.stop_soon()
            case _:
                results = await self._apply(request, behaviour)
                if behaviour == "lose the answer":
                    self.next_post = "lose the answer"
                    await _answer(send, 504, {"title": "the answer was lost"})
                else:
                    await _answer(send, 200, {"txId": request["txId"], "status": "done", "results": results})

    async def _apply(self, request: dict[str, Any], behaviour: Behaviour) -> list[dict[str, Any]]:
        tx_id = request["txId"]
        if tx_id in self.batches:
            return self.batches[tx_id]
        self.batches[tx_id] = results = []
        for machine, fields in request["updates"].items():
            for field, value in fields.items():
                result = {"machine": machine, "field": field, "value": value, "rev": 2}
                if behaviour == "block":
                    result |= {"outcome": "blocked", "message": "blocked by EMERGENCY_STOP since 14:02:11"}
                elif behaviour == "keep silent":
                    result |= {"outcome": "pending"}
                else:
                    result |= {"outcome": "applied"}
                    by = By(ByKind.OPERATOR, "anna")
                    outcome = TxOutcome(tx_id, machine, field, Outcome.APPLIED, 2, by, value)
                    await self.report(machine, outcome, **{field: value})
                results.append(result)
        return results

    async def stop_soon(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True


async def _send_frame(send: Send, frame: Down) -> None:
    await send({"type": "websocket.send", "text": encode(frame).decode()})


async def _answer(send: Send, status: int, body: object) -> None:
    content = msgspec.json.encode(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
