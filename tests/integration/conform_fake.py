"""A minimal third-party server of the protocol. A test can choose its fault."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

PLANT = {
    "name": "Fake",
    "lines": [{"id": "01", "machines": [{"key": "m_1"}, {"key": "m_2"}]}],
    "fields": [{"name": "targetSpeed", "isWritable": True}],
}
RECORD = {"status": "RUNNING", "quality": "GOOD", "targetSpeed": 100}
EPOCH = "e1"
PINGS = 8
"""How many pings (4 s) may wait for their answers, because a client on a busy computer may be late."""


class FakeServer:
    """The server. ``fault`` names what it does wrong."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.batches: dict[str, dict[str, Any]] = {}
        self.sockets: dict[WebSocket, set[str]] = {}
        self.seq = 10
        routes = [
            Route("/api/plant", lambda _: JSONResponse(PLANT)),
            Route("/api/batches", self.submit, methods=["POST"]),
            Route("/api/batches/{tx_id}", self.read_batch),
            WebSocketRoute("/live", self.live),
        ]
        self.app = Starlette(routes=routes)

    def problem(self, status: int) -> Response:
        kind = "text/html" if self.fault == "no problem" else "application/problem+json"
        return Response(json.dumps({"type": "/problems/x", "status": status}), status, media_type=kind)

    async def submit(self, request: Request) -> Response:
        body = await request.json()
        if not body.get("txId") and self.fault != "no txId needed":
            return self.problem(422)
        if body.get("notAfter", time.time()) < time.time() - 1 and self.fault != "takes late batches":
            return self.problem(409)
        known = self.batches.get(body.get("txId"))
        if known is not None and known != body and self.fault != "takes another body":
            return self.problem(422)
        self.batches[body.get("txId")] = body
        items = [(machine, name) for machine, fields in body["updates"].items() for name in fields]
        if self.fault != "no outcome":
            tx = [{"txId": body["txId"], "machine": m, "field": f, "outcome": "applied"} for m, f in items]
            await self.send_delta(tx)
        results = [{"machine": m, "field": f, "outcome": "applied", "value": 100} for m, f in items]
        if self.fault == "no results":
            results = []
        return JSONResponse({"txId": body["txId"], "status": "done", "results": results})

    async def read_batch(self, request: Request) -> Response:
        tx_id = request.path_params["tx_id"]
        if tx_id not in self.batches and self.fault != "knows every batch":
            return self.problem(404)
        return JSONResponse({"txId": tx_id, "status": "done", "results": []})

    async def send_delta(self, tx: list[dict[str, Any]]) -> None:
        """Sends a delta to every client."""
        self.seq += 2 if self.fault == "skips numbers" else 1
        delta = {"type": "delta", "seq": self.seq, "ts": time.time(), "tx": tx}
        for socket, topics in list(self.sockets.items()):
            for topic in topics:
                with suppress(RuntimeError, WebSocketDisconnect):
                    await socket.send_json({**delta, "topic": topic})

    async def live(self, socket: WebSocket) -> None:
        await socket.accept("setpoint.v1" if self.fault != "no sub-protocol" else None)
        if self.fault != "no hello":
            hello = {"type": "hello", "epoch": EPOCH, "session": "s", "ts": time.time()}
            await socket.send_json({**hello, "user": {"name": "anna", "role": "operator"}})
        self.sockets[socket] = set()
        pinging = asyncio.create_task(self.ping(socket))
        try:
            while True:
                if await self.answer_frame(socket, await socket.receive_text()):
                    return
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            pinging.cancel()
            self.sockets.pop(socket, None)

    async def answer_frame(self, socket: WebSocket, text: str) -> bool:
        """Handles one frame of a client. Returns whether it closed the socket."""
        if len(text) > 65_536 and self.fault != "takes big frames":
            await socket.close(1009)
            return True
        try:
            frame = json.loads(text)
        except ValueError:
            if self.fault == "takes anything":
                return False
            await socket.close(4400)
            return True
        if frame["type"] == "pong":
            socket.state.unanswered = 0
        if frame["type"] == "subscribe":
            await self.subscribe(socket, frame)
        return False

    async def subscribe(self, socket: WebSocket, frame: dict[str, Any]) -> None:
        topic = frame["topic"]
        if topic not in ("dashboard:global", "line:01", "m:1", "m:2"):
            if self.fault != "no errors":
                await socket.send_json(
                    {"type": "error", "id": frame["id"], "code": "x", "message": "no topic"}
                )
            return
        if self.fault != "no ack":
            await socket.send_json({"type": "ack", "id": frame["id"], "topic": topic})
        self.sockets[socket].add(topic)
        if frame.get("since") and self.fault == "takes any epoch":
            return
        keys = ["m_1", "m_2", "m_9"] if self.fault == "machines of another line" else ["m_1", "m_2"]
        keys = [key for key in keys if not topic.startswith("m:") or key == topic.replace(":", "_")]
        epoch = "another" if self.fault == "two epochs" else EPOCH
        shot = {"type": "snapshot", "topic": topic, "epoch": epoch, "seq": self.seq, "ts": time.time()}
        await socket.send_json({**shot, "data": {"machines": dict.fromkeys(keys, RECORD)}})

    async def ping(self, socket: WebSocket) -> None:
        """Pings twice a second, and closes the socket of a client that has left `PINGS` of them without an answer."""
        socket.state.unanswered = 0
        with suppress(RuntimeError, WebSocketDisconnect):
            while socket.state.unanswered < PINGS or self.fault == "waits for ever":
                await self.send_delta([])
                if self.fault != "no pings":
                    socket.state.unanswered += 1
                    pos = dict.fromkeys(self.sockets.get(socket, ()), self.seq)
                    await socket.send_json({"type": "ping", "ts": time.time(), "pos": pos})
                await asyncio.sleep(0.5)
            await socket.close(4408)
