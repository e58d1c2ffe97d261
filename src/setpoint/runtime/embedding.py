"""``setpoint.embed``: Setpoint inside somebody's own ASGI application, under a prefix.

    app = setpoint.embed(FastAPI(), "plant.toml", sign_in=who)

It returns an ASGI application, which answers ``/setpoint/api``, ``/setpoint/live``, ``/setpoint/schema`` and
``/setpoint/metrics``, and passes everything else to yours. It starts before your application does and stops after it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import structlog

from setpoint.config import load_settings
from setpoint.core.engine import Engine
from setpoint.core.plant import Person, Plant
from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.persistence.lock import FileLock
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.plant_text import read_plant
from setpoint.runtime.pruning import prune_daily
from setpoint.runtime.runtime import Runtime
from setpoint.server.edge.gate import Gate
from setpoint.server.http.app import create_app
from setpoint.server.live import (
    Identity,
    LiveRequest,
    LiveServer,
    LiveSession,
    NeedsToken,
    Refused,
    SystemClock,
)
from setpoint.server.live.asgi import AsgiSession
from setpoint.server.live.identity import cookies_of
from setpoint.sources.base import Source
from setpoint.sources.registry import make_sources

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
SignIn: TypeAlias = Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[Person | None]]
"""Headers (lower-case names) and cookies of a request to the person who asks; None for nobody."""

PREFIX = "/setpoint"

log = structlog.get_logger("setpoint.embedding")


def embed(
    app: App,
    plant: Plant | str | Path,
    sources: Mapping[str, Source] | None = None,
    *,
    sign_in: SignIn,
    prefix: str = PREFIX,
    data_dir: Path | None = None,
    database_url: str | None = None,
) -> Embedded:
    """``app`` with Setpoint under ``prefix``.

    ``plant``: the description, or the path of a plant file. ``sources``: by name, not started; without them, those that
    the plant names. ``sign_in`` identifies the person; it is called for each request and each socket. A socket keeps
    its rights until it closes. ``data_dir`` and ``database_url``: as for ``setpoint serve``.

    Raises `PlantError` for a plant file with mistakes, and `ConfigError` for one that cannot be read and for invalid
    settings.
    """
    if not prefix.startswith("/") or prefix.endswith("/"):
        raise ConfigError(
            sentence(
                "words-prefix-begins-slash-does-not-end",
                "expected a prefix that begins with a slash and ends without one, like {prefix}, but got {prefix2}",
                prefix=PREFIX,
                prefix2=repr(prefix),
            )
        )
    path = None if isinstance(plant, Plant) else Path(plant)
    found = plant if isinstance(plant, Plant) else read_plant(Path(plant))
    settings = load_settings(data_dir=data_dir, database_url=database_url)
    made = make_sources(found, directory=path.parent if path else Path()) if sources is None else sources
    auth = HostAuth(sign_in)
    clock = SystemClock()
    engine: Engine[LiveSession] = Engine(found, epoch=secrets.token_urlsafe(6), now_ms=clock.now_ms)
    live = LiveServer(engine, clock, auth.identify_live)
    persistence = SqlPersistence(settings.database_url, timeout_s=settings.database_timeout_s, is_server=True)
    runtime = Runtime(found, engine=engine, live=live, persistence=persistence, sources=made)
    routes = create_app(runtime, auth=auth, metrics=runtime.metrics, board={})
    http = Gate(routes, cookies=None)  # type: ignore[arg-type]  # ASGI 3
    return Embedded(
        app,
        http=http,
        live=live,
        runtime=runtime,
        persistence=persistence,
        lock=FileLock(settings.lock_file),
        prefix=prefix,
    )


class HostAuth:
    """The `Authenticator` of an application that has its own sign-in."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    async def identify(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],  # noqa: ARG002  # the interface's; a secret in an address ends up in logs
        cookies: Mapping[str, str],
        peer: str | None,  # noqa: ARG002  # the interface's
    ) -> Person | None:
        return await self._sign_in(dict(headers), cookies)

    async def identify_live(self, request: LiveRequest) -> Identity:
        headers = dict(request.headers)
        if request.token is not None:
            headers["authorization"] = f"Bearer {request.token}"
        person = await self._sign_in(headers, cookies_of(headers.get("cookie", "")))
        return person or (
            NeedsToken() if request.token is None else Refused(reason="that token is not known")
        )

    async def still(self, person: Person) -> Person | None:
        """The application identifies people with each request, and cannot do so without one."""
        return person


class Embedded:
    """The ASGI application that `embed` returns. ``runtime`` is Setpoint's, for programs that look inside."""

    def __init__(
        self,
        app: App,
        *,
        http: App,
        live: LiveServer,
        runtime: Runtime,
        persistence: SqlPersistence,
        lock: FileLock,
        prefix: str,
    ) -> None:
        self._app = app
        self._http = http
        self._live = live
        self.runtime = runtime
        self._persistence = persistence
        self._lock = lock
        self._prefix = prefix
        self._running = AsyncExitStack()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif (path := self._below(scope)) is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            raw = path.encode("utf-8")
            await self._http({**scope, "path": path, "raw_path": raw, "root_path": ""}, receive, send)
        elif path == "/live":
            await AsgiSession(self._live, scope, receive, send).run()
        else:
            await receive()
            await send({"type": "websocket.close"})

    def _below(self, scope: Message) -> str | None:
        """The path below the prefix; None for the application's own paths."""
        path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
        if root and path.startswith(f"{root}/"):  # the whole application may be mounted there
            path = path[len(root) :]
        if not path.startswith(self._prefix) or path[len(self._prefix) :][:1] not in ("", "/"):
            return None
        return path[len(self._prefix) :] or "/"

    async def start(self) -> None:
        """Raises `ConfigError` if another server uses the data directory, `StorageError` if the database fails."""
        self._lock.take(guarded="the data directory", remedy="stop that server, or give another data_dir")
        self._running.callback(self._lock.release)
        try:
            await self.runtime.start()
        except BaseException:
            await self._running.aclose()
            raise
        self._running.push_async_callback(self.runtime.stop)
        pruning = asyncio.create_task(prune_daily(self._persistence), name="retention")
        self._running.callback(pruning.cancel)

    async def stop(self) -> None:
        """Sends clients away (LINK-2), ends the sources and stores what waits."""
        self._live.shutdown()
        await self._running.aclose()

    # The lifespan of both

    async def _lifespan(self, scope: Message, receive: Receive, send: Send) -> None:
        first = await receive()
        try:
            await self.start()
        except Exception as error:
            log.exception("not_started")
            await send({"type": "lifespan.startup.failed", "message": f"Setpoint did not start: {error}"})
            return
        messages = _LifespanMessages(first, receive, send)
        try:
            await self._app(scope, messages.receive, messages.send)
        except Exception:
            if messages.has_started:
                raise
            log.debug("the application has no lifespan")
        finally:
            if messages.has_failed:
                await self.stop()
        if not messages.has_started and not messages.has_failed:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        if not messages.has_failed:
            await self.stop()
            await send(messages.last or {"type": "lifespan.shutdown.complete"})


class _LifespanMessages:
    """The lifespan messages between application and server; the last one waits until Setpoint has stopped too."""

    def __init__(self, first: Message, receive: Receive, send: Send) -> None:
        self._first: Message | None = first
        self._receive = receive
        self._send = send
        self.has_started = False
        self.has_failed = False
        self.last: Message | None = None

    async def receive(self) -> Message:
        first, self._first = self._first, None
        return first or await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown"):
            self.last = message
            return
        self.has_started |= message["type"] == "lifespan.startup.complete"
        self.has_failed |= message["type"] == "lifespan.startup.failed"
        await self._send(message)
