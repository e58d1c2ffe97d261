"""A live server under a real uvicorn on a free port, and its clients."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from setpoint.core.engine import Engine, Frames, Reported
from setpoint.core.hub import HubLimits
from setpoint.core.plant import WHOLE_PLANT, Person, Plant, Report, Role, demo_plant
from setpoint.server.live import (
    Identity,
    LiveLimits,
    LiveRequest,
    LiveServer,
    NeedsToken,
    OriginPolicy,
    Refused,
    SystemClock,
)
from setpoint.server.live.base import LiveSession
from setpoint.server.live.connection import LiveConnection
from setpoint.testing.patience import patient

ANNA = Person("anna", {WHOLE_PLANT: Role.OPERATOR})


async def identify(request: LiveRequest) -> Identity:
    """Identifies a person: ``?user=anna`` is anna, ``?needs=token`` needs the token ``secret``, ``?refused=4403`` is
    refused.
    """
    if "refused" in request.query:
        return Refused(int(request.query["refused"]), "not here")  # type: ignore[arg-type]  # any code, for tests
    if "needs" in request.query:
        return ANNA if request.token == "secret" else NeedsToken()
    name = request.query.get("user", "anna")
    return Person(name, {WHOLE_PLANT: Role.OPERATOR}, via=f"session:{name}")


async def plain_app(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application behind the live endpoint: greets over HTTP, echoes over any other WebSocket."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


class RunningLive:
    def __init__(
        self, engine: Engine[LiveSession], live: LiveServer, server: uvicorn.Server, port: int
    ) -> None:
        self.engine = engine
        self.live = live
        self.server = server
        self.port = port

    def report(self, machine: str, **values: Any) -> None:
        """Makes the machine report these values."""
        self._report([Report(machine, values, 0.0)])

    def report_all(self, **values: Any) -> None:
        """Makes every machine report these values."""
        self._report([Report(machine, values, 0.0) for machine in self.engine.machines])

    def _report(self, reports: list[Report]) -> None:
        clock = self.live.clock
        for effect in self.engine.handle(Reported(reports), clock.now_ms, clock.ts):
            if isinstance(effect, Frames):
                self.live.play(effect.effects)

    def hub_sessions(self) -> list[LiveConnection]:
        """Returns every connection that uvicorn knows."""
        return [each for each in self.server.server_state.connections if isinstance(each, LiveConnection)]

    def is_anyone_over(self) -> bool:
        return any(each.is_over for each in self.hub_sessions())

    @asynccontextmanager
    async def client(
        self, path: str = "/live", *, compresses: bool = True, **options: Any
    ) -> AsyncIterator[LiveClient]:
        connection = connect(
            f"ws://127.0.0.1:{self.port}{path}",
            subprotocols=[Subprotocol("setpoint.v1")],
            compression="deflate" if compresses else None,
            proxy=None,
            ping_interval=None,
            close_timeout=2,
            max_size=None,
            **options,
        )
        async with connection as open_connection:
            yield LiveClient(open_connection)

    @asynccontextmanager
    async def raw(
        self, path: str = "/live", *, headers: str = "", origin: str | None = None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]]:
        """Returns a raw socket after its upgrade request, and the head of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        from_page = f"Origin: {origin}\r\n" if origin else ""
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: keep-alive, Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{from_page}{headers}\r\n".encode()
        )
        try:
            yield reader, writer, await reader.readuntil(b"\r\n\r\n")
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


class LiveClient:
    """A client that answers pings while it waits for another frame, because a silent client would be cut off."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def receive(self, kind: str | None = None) -> Any:
        """Returns the next frame, or the next frame of a given type."""
        async with asyncio.timeout(patient(10)):
            while True:
                frame = json.loads(await self.connection.recv())
                if kind is None or frame["type"] == kind:
                    return frame
                if frame["type"] == "ping":
                    await self.send(type="pong", ts=frame["ts"])

    async def subscribe(self, topic: str, **more: Any) -> Any:
        await self.send(type="subscribe", id=1, topic=topic, **more)
        return await self.receive("snapshot")

    async def closed(self) -> tuple[int, str]:
        """Reads to the end, and returns code and reason."""
        async with asyncio.timeout(patient(10)):
            await self.connection.wait_closed()
        return self.connection.close_code or 0, self.connection.close_reason or ""


@asynccontextmanager
async def running_live(
    *,
    plant: Plant | None = None,
    hub_limits: HubLimits = HubLimits(),  # noqa: B008  # frozen
    limits: LiveLimits = LiveLimits(close_within_ms=500),  # noqa: B008  # frozen
    origins: OriginPolicy = OriginPolicy(),  # noqa: B008  # frozen
    ticks: bool = True,
) -> AsyncIterator[RunningLive]:
    clock = SystemClock()
    engine: Engine[LiveSession] = Engine(
        plant or demo_plant(), epoch="e1", now_ms=clock.now_ms, limits=hub_limits
    )
    live = LiveServer(engine, clock, identify, origins=origins, limits=limits)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        plain_app,
        ws=live.protocol_class,
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.05)
            live.tick()

    ticking = asyncio.create_task(tick()) if ticks else None
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield RunningLive(engine, live, server, listening.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        if ticking:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking


__all__ = ["ANNA", "LiveClient", "Origin", "RunningLive", "running_live"]
