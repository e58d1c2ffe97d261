"""A server as ``setpoint serve`` runs it, on a free port, with sign-in, edge and live socket, and its users."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from argon2 import PasswordHasher
from tests.databases import migrated_sqlite
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from setpoint.core.accounts import Account, SignInLimits, Throttle, ThrottleLimits, Token, parse_grants
from setpoint.core.engine import Engine
from setpoint.core.plant import Plant, SourceConfig, demo_plant
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.deliveries import SqlDeliveries
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.plant_file import PlantFile, reload_plant
from setpoint.runtime.runtime import Runtime
from setpoint.server.edge.edge import Edge, EdgeSettings
from setpoint.server.http.app import create_app
from setpoint.server.http.limits import Limits
from setpoint.server.identity.audit import RecordedAudit
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.delivery_routes import delivery_routes
from setpoint.server.identity.oidc import OidcSettings
from setpoint.server.identity.oidc_client import OidcClient
from setpoint.server.identity.passwords import Passwords
from setpoint.server.identity.people_routes import people_routes
from setpoint.server.identity.plant_routes import plant_routes
from setpoint.server.identity.revocation import Watch
from setpoint.server.identity.routes import sign_in_routes
from setpoint.server.identity.secrets import digest, new_id, new_secret, token_text
from setpoint.server.identity.security_routes import security_routes
from setpoint.server.identity.service import SignIn
from setpoint.server.live import LiveLimits, LiveServer, LiveSession, SystemClock
from setpoint.sources.registry import make_sources
from setpoint.testing.patience import patient

PASSWORD = "nine green lathes"
PLANT = replace(demo_plant(), sources=(SourceConfig("simulator", "simulator", {"seed": 1, "stops": False}),))
"""No machine stops by itself."""
PATIENT_S = 20.0
"""The time limit of a database in tests of other things. It is long, because the machine may be busy."""
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""A hasher for tests that are not about its cost."""


@dataclass(slots=True)
class Clocks:
    """Both clocks of sign-in, which tests can move forward and stop."""

    ahead_s: float = 0.0
    stopped: tuple[float, int] | None = None

    def stop(self) -> None:
        """Stops both clocks, so that only ``ahead_s`` moves them. Some tests need much to happen within a second."""
        self.stopped = self.unix_ts(), self.now_ms()
        self.ahead_s = 0.0

    def unix_ts(self) -> float:
        return (self.stopped[0] if self.stopped else SystemClock().ts) + self.ahead_s

    def now_ms(self) -> int:
        return (self.stopped[1] if self.stopped else SystemClock().now_ms) + int(self.ahead_s * 1000)


class Browser(httpx.AsyncClient):
    """A person's browser. It keeps cookies and sends the origin of its requests."""

    def __init__(self, url: str, **options: Any) -> None:
        headers = {"origin": url, "sec-fetch-site": "same-origin"} | options.pop("headers", {})
        super().__init__(base_url=url, trust_env=False, headers=headers, timeout=patient(20), **options)

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/api/session", json={"name": name, "password": password})

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class LiveClient:
    """A client that answers pings while it waits, because on a busy machine the server would cut off a silent one."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def receive(self, kind: str | None = None) -> Any:
        async with asyncio.timeout(patient(10)):
            while True:
                frame = await self._next()
                if kind is None or frame["type"] == kind:
                    return frame

    async def closed(self, within_s: float = 10) -> int:
        with suppress(ConnectionClosed):
            async with asyncio.timeout(patient(within_s)):
                while True:
                    await self._next()
        return self.connection.close_code or 0

    async def _next(self) -> Any:
        frame = json.loads(await self.connection.recv())
        if frame["type"] == "ping":
            await self.send(type="pong", ts=frame["ts"])
        return frame


@dataclass
class SignInServer:
    url: str
    port: int
    runtime: Runtime
    persistence: SqlPersistence
    accounts: SqlAccounts
    sign_in: SignIn
    live: LiveServer
    clocks: Clocks
    server: uvicorn.Server
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def add(self, name: str, role: str = "operator", *lines: str, password: str = PASSWORD) -> Account:
        account = Account(
            name, parse_grants(role, lines), self.clocks.unix_ts(), password_hash=CHEAP.hash(password)
        )
        assert await self.accounts.add_account(account)
        return account

    async def token(self, account: str, role: str = "admin", *lines: str, name: str = "mes") -> str:
        secret, now = new_secret(), self.clocks.unix_ts()
        token = Token(
            new_id(), digest(secret), account, name, parse_grants(role, lines), now, now + 24 * 3600
        )
        assert await self.accounts.add_token(token)
        return token_text(token.id, secret)

    async def browser(self, name: str | None = None, **options: Any) -> Browser:
        """Returns a new browser. With a name, it is signed in."""
        browser = await self._stack.enter_async_context(Browser(self.url, **options))
        if name is not None:
            answer = await browser.sign_in(name)
            assert answer.status_code == 200, answer.text
        return browser

    async def program(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(base_url=self.url, trust_env=False, headers=headers, timeout=patient(20))
        return await self._stack.enter_async_context(client)

    async def live_client(
        self, *, cookie: str = "", origin: str | None = "own", headers: dict[str, str] | None = None
    ) -> LiveClient:
        more = dict(headers or {})
        if cookie:
            more["Cookie"] = cookie
        connection = connect(
            f"ws://127.0.0.1:{self.port}/live",
            subprotocols=[Subprotocol("setpoint.v1")],
            origin=self.url if origin == "own" else origin,  # type: ignore[arg-type]  # any text, for tests
            additional_headers=more,
            proxy=None,
            ping_interval=None,
            close_timeout=2,
        )
        return LiveClient(await self._stack.enter_async_context(connection))

    async def raw(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._stack.callback(writer.close)
        writer.write(data)
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def with_own_connections(shared: SignInServer) -> AsyncIterator[SignInServer]:
    """Lends a shared server to one test, and closes the test's connections at its end."""
    async with AsyncExitStack() as stack:
        yield replace(shared, _stack=stack)


async def until(condition: Callable[[], Awaitable[bool] | bool], within_s: float = 6) -> None:
    """Waits until a condition holds, and fails if it does not in time."""
    async with asyncio.timeout(patient(within_s)):
        while True:
            answer = condition()
            if answer is True or (answer is not False and await answer):
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(
    data_dir: Path,
    *,
    plant: Plant = PLANT,
    edge: EdgeSettings | None = None,
    limits: SignInLimits | None = None,
    throttle: ThrottleLimits | None = None,
    live_limits: LiveLimits | None = None,
    hasher: PasswordHasher = CHEAP,
    oidc: Callable[[str], OidcSettings] | None = None,
    plant_file: PlantFile | None = None,
) -> AsyncIterator[SignInServer]:
    file = data_dir / "setpoint.sqlite"
    database = f"sqlite:///{file}" if file.exists() else await migrated_sqlite(file)
    persistence = SqlPersistence(database, timeout_s=PATIENT_S)
    await persistence.start()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    clocks, clock = Clocks(), SystemClock()
    accounts = SqlAccounts(persistence.database)
    sign_in = SignIn(
        accounts,
        passwords=Passwords(hasher),
        audit=RecordedAudit(persistence.store, unix_ts=clocks.unix_ts),
        limits=limits,
        throttle=Throttle(throttle),
        unix_ts=clocks.unix_ts,
        now_ms=clocks.now_ms,
    )
    await sign_in.start()
    the_edge = Edge(edge or EdgeSettings())
    auth = SignInAuth(sign_in, is_secure=the_edge.is_secure)
    engine: Engine[LiveSession] = Engine(plant, epoch="e1", now_ms=clock.now_ms)
    live = LiveServer(
        engine,
        clock,
        auth.identify_live,
        origins=the_edge.hosts,
        address_of=the_edge.address_of,
        limits=live_limits or LiveLimits(close_within_ms=500),
    )
    make = plant_file.make if plant_file else None
    sources = make_sources(plant)
    runtime = Runtime(plant, engine=engine, live=live, persistence=persistence, sources=sources, make=make)
    provider = OidcClient(oidc(url), accounts, unix_ts=clocks.unix_ts) if oidc else None
    routers = [
        sign_in_routes(auth, provider),
        people_routes(auth),
        security_routes(auth, persistence.security),
        delivery_routes(
            auth, sign_in.audit, SqlDeliveries(persistence.database, new_id), {"mes": "https://mes.example"}
        ),
    ]
    if plant_file is not None:
        routers.append(plant_routes(auth, partial(reload_plant, runtime, plant_file)))
    app = create_app(
        runtime, auth=auth, metrics=runtime.metrics, routers=routers, limits=Limits(accounts.limits)
    )
    await runtime.start()
    config = uvicorn.Config(
        the_edge.gate(app),  # type: ignore[arg-type]  # uvicorn's scopes are typed dictionaries
        ws=live.protocol_class,
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=2,
        **the_edge.uvicorn_options(),
    )
    server = uvicorn.Server(config)

    async with AsyncExitStack() as stack:
        tasks = [
            asyncio.create_task(each)
            for each in (server.serve(sockets=[listening]), Watch(sign_in, live).run())
        ]
        await until(lambda: server.started)
        try:
            yield SignInServer(
                url, port, runtime, persistence, accounts, sign_in, live, clocks, server, stack
            )
        finally:
            await stack.aclose()
            server.should_exit = True
            await tasks[0]
            for task in tasks[1:]:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            sign_in.close()
            await runtime.stop()
