"""One process: puts all parts together, listens on one port, and stops gracefully.

The order of stopping matters. First the live connections are closed, each with its own time to come back (1012,
LINK-2). Then the sources stop and their open writes become ``unknown``. Last, everything that waits is stored.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import structlog
import uvicorn
from litestar import Router

from setpoint.config import Settings
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.changes import Change
from setpoint.core.engine import Engine
from setpoint.core.plant import Plant
from setpoint.errors import ConfigError
from setpoint.history.historian import Historian
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.base import Persistence
from setpoint.persistence.lock import FileLock
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.behind import behind
from setpoint.runtime.descriptors import ask_for_descriptors, fitting
from setpoint.runtime.disk import Disk
from setpoint.runtime.happenings import Happenings
from setpoint.runtime.logs import configure_logs
from setpoint.runtime.past import make_past
from setpoint.runtime.plant_file import PlantFile, reload_plant, reloading_on_hangup
from setpoint.runtime.premises import check_permissions, check_same_database, note_in_use
from setpoint.runtime.pruning import prune_daily
from setpoint.runtime.runtime import Runtime
from setpoint.runtime.service import Service
from setpoint.runtime.shifts_ahead import read_shifts_ahead
from setpoint.server.edge.edge import Edge, EdgeSettings
from setpoint.server.edge.gate import App
from setpoint.server.http.app import create_app
from setpoint.server.http.disk import disk_routes
from setpoint.server.http.limits import Limits
from setpoint.server.identity.audit import RecordedAudit
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.authenticator import Authenticator, DemoAuth
from setpoint.server.identity.oidc import Oidc, OidcSettings
from setpoint.server.identity.people_routes import people_routes
from setpoint.server.identity.plant_routes import plant_routes
from setpoint.server.identity.revocation import Watch
from setpoint.server.identity.routes import sign_in_routes
from setpoint.server.identity.secrets import link_of
from setpoint.server.identity.security_routes import security_routes
from setpoint.server.identity.service import SignIn
from setpoint.server.live import SERVED, LiveLimits, LiveServer, LiveSession, QuotaLimits, SystemClock
from setpoint.sources.base import Simulator, Source
from setpoint.sources.registry import make_sources
from setpoint.sources.simulator.settings import SimulatorSettings
from setpoint.sources.supervision import end_by_force, stop_within

STOP_WITHIN_S = 8
"""How long open requests may take after the server was asked to stop."""
SECRETS_FILE = "secrets.toml"

log = structlog.get_logger("setpoint.serving")
OnReady = Callable[[str], None]


def run_demo(
    settings: Settings,
    plant: Plant,
    *,
    on_ready: OnReady,
    protocols: Sequence[str] = (),
    past_s: float | None = None,
) -> None:
    """Runs a simulated plant without sign-in until the process is asked to stop. Raises `ConfigError`.

    ``protocols``: the machines are behind real servers of these (`setpoint.runtime.behind`). ``past_s``: an empty
    history begins so many seconds ago.
    """

    async def begin_in_the_past(store: Persistence, historian: Historian) -> None:
        if past_s is not None and await historian.is_empty():
            simulator = SimulatorSettings.read(plant.sources[0].settings, where="sources.simulator")
            await make_past(
                plant, simulator, span_s=past_s, now=time.time(), store=store, historian=historian
            )

    async def demo() -> None:
        async with AsyncExitStack() as stack:
            shown, simulators = plant, None
            if protocols:
                shown, simulators = await stack.enter_async_context(behind(plant, protocols))
            sources = make_sources(shown)
            edge = EdgeSettings(host=settings.host)
            prepare = None if past_s is None else begin_in_the_past
            await _serve(settings, shown, sources, edge, on_ready, simulators=simulators, prepare=prepare)

    _run(demo)


def run_serve(
    settings: Settings,
    read_plant: Callable[[], Plant],
    edge: EdgeSettings,
    *,
    on_ready: OnReady,
    plant_directory: Path = Path(),
    oidc: OidcSettings | None = None,
    secrets_file: Path | None = None,
) -> None:
    """Runs a plant with sign-in until the process is asked to stop. Raises `ConfigError`.

    ``read_plant`` is called again for every reload of the plant file. Relative paths in that file start at
    ``plant_directory``.
    """
    default = settings.data_dir / SECRETS_FILE
    file = PlantFile(read_plant, plant_directory, secrets_file or (default if default.exists() else None))
    plant = read_plant()

    async def serve() -> None:
        await _serve(settings, plant, file.sources(plant), edge, on_ready, file=file, oidc=oidc)

    _run(serve)


async def _serve(
    settings: Settings,
    plant: Plant,
    sources: Mapping[str, Source],
    edge_settings: EdgeSettings,
    on_ready: OnReady,
    *,
    simulators: Mapping[str, Simulator] | None = None,
    prepare: Callable[[Persistence, Historian], Awaitable[None]] | None = None,
    file: PlantFile | None = None,
    oidc: OidcSettings | None = None,
) -> None:
    """``file`` is the plant's, for people who sign in; without one it is the demo."""
    has_sign_in = file is not None
    quota, listener = fitting(
        SERVED if has_sign_in else QuotaLimits(), edge_settings.listener, descriptors=ask_for_descriptors()
    )
    edge = Edge(replace(edge_settings, listener=listener))
    if has_sign_in:
        check_permissions(settings)
    with _alone(settings), _listening(settings.host, settings.port) as listening:
        scheme = "https" if edge_settings.tls_cert else "http"
        url = (
            edge_settings.public_url
            or f"{scheme}://{_shown_host(settings.host)}:{listening.getsockname()[1]}"
        )
        clock = SystemClock()
        engine: Engine[LiveSession] = Engine(
            plant, epoch=secrets.token_urlsafe(6), now_ms=clock.now_ms, ts=clock.ts
        )
        persistence = SqlPersistence(
            settings.database_url, timeout_s=settings.database_timeout_s, is_server=True
        )
        happenings = Happenings(persistence)
        sign_in = _sign_in(persistence, happenings) if has_sign_in else None
        auth: Authenticator = SignInAuth(sign_in, is_secure=edge.is_secure) if sign_in else DemoAuth()
        live = LiveServer(
            engine,
            clock,
            auth.identify_live,
            origins=edge.hosts,
            address_of=edge.address_of,
            limits=LiveLimits(quota=quota),
        )
        where = settings.history_where
        historian = Historian(where, settings.history_tail) if where else None
        runtime = Runtime(
            plant,
            engine=engine,
            live=live,
            persistence=persistence,
            sources=sources,
            simulators=simulators,
            make=file.make if file else None,
            historian=historian,
            prepare=prepare,
            happenings=happenings,
        )
        service, disk = Service(), Disk(settings.data_dir)
        routers: Sequence[Router] = (disk_routes(auth, disk, historian),)
        if isinstance(auth, SignInAuth) and file is not None:
            provider = Oidc(oidc, SqlAccounts(persistence.database)) if oidc else None
            routers = [
                *routers,
                sign_in_routes(auth, provider),
                people_routes(auth),
                security_routes(auth, persistence.security),
                plant_routes(auth, partial(reload_plant, runtime, file)),
            ]
        app = create_app(
            runtime,
            auth=auth,
            metrics=runtime.metrics,
            routers=routers,
            limits=Limits(sign_in.store.limits) if sign_in else None,
        )
        runtime.metrics.add_disk(disk)
        if historian is not None:
            runtime.metrics.add_history(historian)

        def ready() -> None:
            service.tell("READY=1")
            on_ready(url)

        await runtime.start()
        _freeze_garbage_collector()
        try:
            async with AsyncExitStack() as stack:
                beside = [disk.watch(), prune_daily(persistence, historian)]
                if historian is not None:
                    beside.append(read_shifts_ahead(lambda: runtime.plant, historian))
                for each in beside:
                    stack.callback(asyncio.create_task(each).cancel)
                await stack.enter_async_context(service.alive())
                if sign_in is not None and file is not None:
                    stack.enter_context(reloading_on_hangup(runtime, file))
                    await check_same_database(settings, sign_in.store)
                    settings.note_served_at(url)
                    await stack.enter_async_context(_signing_in(sign_in, live, url))
                    stack.push_async_callback(note_in_use, settings, sign_in.store)
                await _listen(
                    edge.gate(cast("App", app)),
                    live,
                    listening,
                    edge.uvicorn_options(),
                    ready,
                )
        finally:
            await runtime.stop()


def _freeze_garbage_collector() -> None:
    """Exempts all objects made so far from garbage collection, because they live as long as the process. With 5,000
    machines, each collection would take 100 ms."""
    gc.collect()
    gc.freeze()


def _sign_in(persistence: SqlPersistence, happenings: Happenings) -> SignIn:
    async def store(changes: Sequence[Change], facts: Sequence[Fact]) -> None:
        await persistence.store(changes, facts)
        happenings.stored(changes, facts)

    return SignIn(SqlAccounts(persistence.database), audit=RecordedAudit(store))


@asynccontextmanager
async def _signing_in(sign_in: SignIn, live: LiveServer, url: str) -> AsyncIterator[None]:
    """Runs sign-in: closes sockets of people who have signed out, and prints a link for the first administrator."""
    await sign_in.start()
    if await sign_in.needs_set_up():
        link = link_of(url, await sign_in.invite(None))
        print(
            f"Nobody can sign in yet. Open this link once to choose the administrator's name and password:\n  {link}"
        )
    watch = asyncio.create_task(Watch(sign_in, live).run(), name="watch")
    try:
        yield
    finally:
        watch.cancel()
        sign_in.close()


# One port


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handling, which would end the process before everything is stored."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def _listen(
    app: Any,
    live: LiveServer,
    listening: socket.socket,
    options: Mapping[str, Any],
    on_ready: Callable[[], None],
) -> None:
    config = uvicorn.Config(
        app,
        ws=live.protocol_class,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        **options,
    )
    await _Server(config, on_ready).serve(sockets=[listening])


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Locks the data directory for this server. Raises `ConfigError` if another server uses it."""
    lock = FileLock(settings.lock_file)
    lock.take(guarded=f"the data directory {settings.data_dir}", remedy="stop it, or give another --data-dir")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listens on the port. Raises `ConfigError` if it is in use or not permitted."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port} ({error.strerror}); stop the program that uses it, or give another --port"
        ) from error
    with listening:
        yield listening


def _shown_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _run(main: Callable[[], Awaitable[None]]) -> None:
    configure_logs()
    loop_factory = asyncio.new_event_loop
    try:
        import uvloop  # noqa: PLC0415  # not on Windows
    except ImportError:
        pass
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_awaited(main))


async def _awaited(main: Callable[[], Awaitable[None]]) -> None:
    try:
        await main()
    finally:
        # A library of a source may swallow its cancellation; the process ends anyway.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        end_by_force(await stop_within(left, "what was left", within_s=1.0))
