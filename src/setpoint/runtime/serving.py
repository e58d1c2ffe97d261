"""One process: puts all parts together, and stops gracefully.

The order of stopping matters. First the live connections are closed, each with its own time to come back (1012,
LINK-2). Then the sources stop and their open writes become ``unknown``. Last, everything that waits is stored.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import structlog

from setpoint.config import Settings
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.changes import Change
from setpoint.core.engine import Engine
from setpoint.core.plant import Plant
from setpoint.history.historian import Historian
from setpoint.message import sentence
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.base import Persistence
from setpoint.persistence.lock import FileLock
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.behind import behind
from setpoint.runtime.cluster.relay import PlantRelay
from setpoint.runtime.cluster.serving import make_bus, name_of, serve_gateway
from setpoint.runtime.descriptors import ask_for_descriptors, fitting
from setpoint.runtime.disk import Disk
from setpoint.runtime.event_monitor import EventMonitor
from setpoint.runtime.hangup import Hangup
from setpoint.runtime.logs import configure_logs
from setpoint.runtime.notifying import Notifications
from setpoint.runtime.past import make_past
from setpoint.runtime.place import OnReady, Place, in_background, routers_of_people, signing_in
from setpoint.runtime.plant_file import PlantFile, reload_plant
from setpoint.runtime.port import Server, is_served, listening, port_server, shown_host
from setpoint.runtime.premises import check_permissions, check_same_database, note_in_use
from setpoint.runtime.pruning import prune_daily
from setpoint.runtime.runtime import Runtime
from setpoint.runtime.service import Service
from setpoint.runtime.shifts_ahead import read_shifts_ahead
from setpoint.runtime.standby import stand_by
from setpoint.server.edge.edge import Edge, EdgeSettings
from setpoint.server.edge.gate import App
from setpoint.server.http.app import create_app
from setpoint.server.http.disk import disk_routes
from setpoint.server.http.limits import Limits
from setpoint.server.identity.audit import RecordedAudit
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.authenticator import Authenticator, DemoAuth
from setpoint.server.identity.delivery_routes import delivery_routes
from setpoint.server.identity.oidc import OidcSettings
from setpoint.server.identity.service import SignIn
from setpoint.server.live import SERVED, LiveLimits, LiveServer, LiveSession, QuotaLimits, SystemClock
from setpoint.sources.base import Simulator, Source
from setpoint.sources.registry import make_sources
from setpoint.sources.simulator.settings import SimulatorSettings
from setpoint.sources.supervision import end_by_force, stop_within

SECRETS_FILE = "secrets.toml"

_M_MMAP_THRESHOLD = -3
"""The number of this option in glibc."""
_LARGE_BYTES = 1 << 20
_YOUNG = 10_000
"""New objects before the garbage collector looks at them; Python's own 700 is for small programs."""
_YOUNG_TO_OLDER = _OLDER_TO_OLD = 3
"""Examinations of younger objects before the older ones are examined too; Python's own number is 10. Python leaves the
oldest out until a quarter as many have come."""

log = structlog.get_logger("setpoint.serving")
Begin = Callable[[], tuple[Plant, Mapping[str, Source]]]
"""The plant and its sources, as they are when this server becomes their owner."""


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
    history begins that many seconds ago.
    """
    made: dict[str, Source] = {}

    async def begin_in_the_past(store: Persistence, historian: Historian) -> None:
        if past_s is None:
            return
        if not await historian.is_empty():
            log.warning(
                "no_past_made", reason=f"{settings.data_dir} has a history already; it goes on from there"
            )
            return
        simulator = SimulatorSettings.read(plant.sources[0].settings, where="sources.simulator")
        set_points = await make_past(
            plant, simulator, span_s=past_s, now=time.time, store=store, historian=historian
        )
        from setpoint.sources.simulator.source import SimulatorSource  # noqa: PLC0415  # a plant without simulated machines never loads it

        for source in made.values():
            if isinstance(source, SimulatorSource):
                source.begin_with(set_points)

    async def demo() -> None:
        async with AsyncExitStack() as stack:
            shown, simulators = plant, None
            if protocols:
                shown, simulators = await stack.enter_async_context(behind(plant, protocols))
            edge = EdgeSettings(host=settings.host)

            def begin() -> tuple[Plant, Mapping[str, Source]]:
                made.update(make_sources(shown))
                return shown, made

            await _serve(settings, begin, edge, on_ready, simulators=simulators, prepare=begin_in_the_past)

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
    is_standby: bool = False,
) -> None:
    """Runs a plant with sign-in until the process is asked to stop. Raises `ConfigError`.

    ``read_plant`` is called again for every reload of the plant file. Relative paths in that file start at
    ``plant_directory``. ``is_standby``: waits until it owns the plant, and reads the file again then.
    """
    default = settings.data_dir / SECRETS_FILE
    file = PlantFile(read_plant, plant_directory, secrets_file or (default if default.exists() else None))
    plant = read_plant()

    def begin() -> tuple[Plant, Mapping[str, Source]]:
        now = file.read_or(plant) if is_standby else plant
        return now, file.sources(now)

    async def serve() -> None:
        hangup = Hangup()
        await _serve(
            settings, begin, edge, on_ready, file=file, hangup=hangup, oidc=oidc, is_standby=is_standby
        )

    _run(serve)


def run_gateway(
    settings: Settings, edge_settings: EdgeSettings, *, on_ready: OnReady, oidc: OidcSettings | None = None
) -> None:
    """Runs a gateway until the process is asked to stop. Raises `ConfigError`."""

    async def serve() -> None:
        _ = Hangup()  # the plant server reads the plant file
        quota, listener = fitting(SERVED, edge_settings.listener, descriptors=ask_for_descriptors())
        edge = Edge(replace(edge_settings, listener=listener))
        service = Service()
        async with AsyncExitStack() as outer:
            outer.enter_context(in_background(edge.watch(), "edge"))
            is_shared = bool(settings.port) and is_served(settings.host, settings.port)
            port = outer.enter_context(listening(settings.host, settings.port, is_shared=True))
            await outer.enter_async_context(service.alive())
            place = Place(port, _url(settings, edge_settings, port), edge, quota, service, is_shared)
            await serve_gateway(settings, place, on_ready, oidc=oidc)

    _run(serve)


def _url(settings: Settings, edge: EdgeSettings, port: socket.socket) -> str:
    scheme = "https" if edge.tls_cert else "http"
    return edge.public_url or f"{scheme}://{shown_host(settings.host)}:{port.getsockname()[1]}"


async def _serve(
    settings: Settings,
    begin: Begin,
    edge_settings: EdgeSettings,
    on_ready: OnReady,
    *,
    simulators: Mapping[str, Simulator] | None = None,
    prepare: Callable[[Persistence, Historian], Awaitable[None]] | None = None,
    file: PlantFile | None = None,
    hangup: Hangup | None = None,
    oidc: OidcSettings | None = None,
    is_standby: bool = False,
) -> None:
    """``file`` is the plant file, for a server with sign-in; without one it is the demo, which a hang-up ends."""
    has_sign_in = file is not None
    quota, listener = fitting(
        SERVED if has_sign_in else QuotaLimits(), edge_settings.listener, descriptors=ask_for_descriptors()
    )
    edge = Edge(replace(edge_settings, listener=listener))
    if has_sign_in:
        check_permissions(settings)
    service = Service()
    async with AsyncExitStack() as outer:
        outer.enter_context(_alone(settings))
        outer.enter_context(in_background(edge.watch(), "edge"))
        port = outer.enter_context(listening(settings.host, settings.port))
        await outer.enter_async_context(service.alive())
        persistence = SqlPersistence(
            settings.database_url, timeout_s=settings.database_timeout_s, is_server=True
        )
        if is_standby and not await stand_by(persistence, port, edge, service):
            await persistence.close()
            return
        place = Place(port, _url(settings, edge_settings, port), edge, quota, service)
        await _own(
            settings,
            place,
            persistence,
            begin(),
            on_ready,
            simulators=simulators,
            prepare=prepare,
            file=file,
            hangup=hangup,
            oidc=oidc,
        )


async def _own(
    settings: Settings,
    place: Place,
    persistence: SqlPersistence,
    served: tuple[Plant, Mapping[str, Source]],
    on_ready: OnReady,
    *,
    simulators: Mapping[str, Simulator] | None,
    prepare: Callable[[Persistence, Historian], Awaitable[None]] | None,
    file: PlantFile | None,
    hangup: Hangup | None,
    oidc: OidcSettings | None,
) -> None:
    """Serves the plant until the process is asked to stop, or another server has taken over (`StorageError`)."""
    plant, sources = served
    clock = SystemClock()
    engine: Engine[LiveSession] = Engine(plant, epoch=secrets.token_urlsafe(6), now_ms=clock.now_ms)
    event_monitor = EventMonitor(persistence)
    sign_in = _sign_in(persistence, event_monitor) if file else None
    auth: Authenticator = SignInAuth(sign_in, is_secure=place.edge.is_secure) if sign_in else DemoAuth()
    live = LiveServer(
        engine,
        clock,
        auth.identify_live,
        origins=place.edge.hosts,
        address_of=place.edge.address_of,
        limits=LiveLimits(quota=place.quota),
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
        event_monitor=event_monitor,
    )
    disk = Disk(settings.data_dir)
    notifications = Notifications(settings.notify_file if file else None, persistence.database)
    routers = [disk_routes(auth, disk, historian)]
    if isinstance(auth, SignInAuth) and file is not None:
        routers += routers_of_people(auth, persistence, partial(reload_plant, runtime, file), oidc)
        routers.append(
            delivery_routes(auth, auth.sign_in.audit, notifications.deliveries, notifications.targets)
        )
    app = create_app(
        runtime,
        auth=auth,
        metrics=runtime.metrics,
        routers=routers,
        limits=Limits(sign_in.store.limits) if sign_in else None,
    )
    relay = _relay(settings, persistence, runtime, file)
    runtime.metrics.add_disk(disk)
    if historian is not None:
        runtime.metrics.add_history(historian)

    ready = partial(_ready, place, on_ready)
    await runtime.start()
    _freeze_garbage_collector()
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(in_background(disk.watch(), "disk"))
            stack.enter_context(in_background(prune_daily(persistence, historian), "retention"))
            stack.enter_context(in_background(notifications.run(), "notify"))
            if historian is not None:
                ahead = read_shifts_ahead(lambda: runtime.plant, historian)
                stack.enter_context(in_background(ahead, "shifts ahead"))
            if hangup is not None and file is not None:
                stack.enter_context(hangup.reloads(partial(reload_plant, runtime, file, by="SIGHUP")))
            if sign_in is not None:
                await check_same_database(settings, sign_in.store)
                settings.note_served_at(place.url)
                await stack.enter_async_context(signing_in(sign_in, live, place.url))
                stack.push_async_callback(note_in_use, settings, sign_in.store)
            if relay is not None:
                stack.enter_context(in_background(relay.run(), "relay"))
            gated = place.edge.gate(cast("App", app))
            server = port_server(gated, live.protocol_class, place.edge.uvicorn_options(), ready)
            stack.enter_context(in_background(_end_when_replaced(server, persistence), "replaced"))
            await server.serve(sockets=[place.port])
        persistence.check_not_replaced()
    finally:
        await runtime.stop()


def _ready(place: Place, on_ready: OnReady) -> None:
    place.service.notify("READY=1")
    on_ready(place.url)


def _relay(
    settings: Settings, persistence: SqlPersistence, runtime: Runtime, file: PlantFile | None
) -> PlantRelay | None:
    """The relay for gateways, if there may be any."""
    if settings.cluster is None or file is None:
        return None
    relay = PlantRelay(
        make_bus(settings.cluster, "plant"),
        runtime,
        cluster=settings.cluster.name,
        token=lambda: persistence.token,
        is_held=lambda: persistence.is_owner,
        identify=partial(name_of, persistence),
        reload=partial(reload_plant, runtime, file),
    )
    runtime.metrics.add_bus(relay)
    return relay


async def _end_when_replaced(server: Server, persistence: SqlPersistence) -> None:
    await persistence.replaced()
    server.should_exit = True


def _freeze_garbage_collector() -> None:
    """Exempts all objects made so far from garbage collection, because they live as long as the process. With 5,000
    machines, each collection would take 100 ms. New objects are examined less often: a batch of 5,000 targets makes
    hundreds of thousands of them, and reference counting frees nearly all. Older ones are examined more often than
    usual; otherwise the few that refer to each other would be kept for hours."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNG_TO_OLDER, _OLDER_TO_OLD)


def _sign_in(persistence: SqlPersistence, event_monitor: EventMonitor) -> SignIn:
    async def store(changes: Sequence[Change], facts: Sequence[Fact]) -> None:
        await persistence.store(changes, facts)
        persistence.database.after_commit(lambda: event_monitor.stored(changes, facts))

    return SignIn(SqlAccounts(persistence.database), audit=RecordedAudit(store))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Locks the data directory for this server. Raises `ConfigError` if another server uses it."""
    lock = FileLock(settings.lock_file)
    lock.take(
        guarded=sentence("words-data-directory", "the data directory {folder}", folder=settings.data_dir),
        remedy=sentence("words-stop-or-another-data-dir", "stop it, or give another --data-dir"),
    )
    try:
        yield
    finally:
        lock.release()


def _run(main: Callable[[], Awaitable[None]]) -> None:
    configure_logs()
    _give_large_blocks_back()
    loop_factory = asyncio.new_event_loop
    try:
        import uvloop  # noqa: PLC0415  # not on Windows
    except ImportError:
        pass
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_awaited(main))


def _give_large_blocks_back() -> None:
    """Makes glibc return every large block to the system when it is freed. Otherwise, once such a block was freed, it
    keeps blocks of up to 32 MB: a gigabyte after 60 downloads of a workbook of 19 MB.
    """
    with suppress(OSError, AttributeError, TypeError):  # another C library, another system
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


async def _awaited(main: Callable[[], Awaitable[None]]) -> None:
    try:
        await main()
    finally:
        # A library of a source may swallow its cancellation; the process ends anyway.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        end_by_force(await stop_within(left, "what was left", within_s=1.0))
