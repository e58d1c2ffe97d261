"""``setpoint serve --role gateway``: serves browsers and programs from a copy of the plant server's data.

Several gateways may listen on one port of one computer; the system spreads the connections over them.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import cast

import structlog

from setpoint import clock
from setpoint.bus.nats import NatsBus
from setpoint.config import ClusterSettings, Settings
from setpoint.core.audit.chain import Fact
from setpoint.core.audit.changes import Change
from setpoint.errors import BusError, ConfigError, StorageError
from setpoint.message import sentence
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.migrate import NEWER, expect_tables
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.cluster.calls import Introduction
from setpoint.runtime.cluster.gateway import Gateway
from setpoint.runtime.cluster.link import OwnerLink, WakingMirror
from setpoint.runtime.place import OnReady, Place, in_background, routers_of_people, signing_in
from setpoint.runtime.port import port_server
from setpoint.runtime.standby import answer_until, wait_quietly
from setpoint.server.edge.gate import App
from setpoint.server.http.app import create_app
from setpoint.server.http.limits import Limits
from setpoint.server.http.metrics import Figures, Metrics
from setpoint.server.identity.audit import RecordedAudit
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.oidc import OidcSettings
from setpoint.server.identity.service import SignIn
from setpoint.server.live import LiveLimits, LiveServer

TICK_S = 0.25
DATABASE_AGAIN_S = 1.0
DATABASE_LOOKED_AT_EVERY_S = 5.0

log = structlog.get_logger("setpoint.cluster")


def make_bus(settings: ClusterSettings, role: str) -> NatsBus:
    """Raises `ConfigError`."""
    return NatsBus(
        settings.nats_url,
        name=f"setpoint {role}",
        credentials=settings.credentials,
        ca_file=settings.ca_file,
    )


async def serve_gateway(
    settings: Settings, place: Place, on_ready: OnReady, *, oidc: OidcSettings | None
) -> None:
    """Serves until the process is asked to stop. Waits for a plant server first. Raises `ConfigError`."""
    if settings.cluster is None or not settings.database_url.startswith("postgres"):
        raise ConfigError(
            sentence(
                "words-gateway-needs-nats-nats-database-postgresql",
                "a gateway needs --nats nats://… and --database postgresql://…; give both",
            )
        )
    link = OwnerLink(make_bus(settings.cluster, "gateway"), cluster=settings.cluster.name)
    persistence = SqlPersistence(settings.database_url, timeout_s=settings.database_timeout_s)
    waiting = _introduced(link, persistence)
    try:
        introduction = await (
            wait_quietly(waiting, place.service)
            if place.is_shared
            else answer_until(waiting, place.port, place.edge, place.service, "gateway")
        )
        if introduction is not None:
            await _serve(place, on_ready, introduction, link=link, persistence=persistence, oidc=oidc)
    finally:
        await persistence.close()


async def _introduced(link: OwnerLink, persistence: SqlPersistence) -> Introduction:
    """Waits for PostgreSQL, then for NATS and the plant server, for as long as it takes.

    Raises `ConfigError`, and `StorageError` if a newer version has changed the tables.
    """
    last_message = ""
    while True:
        try:
            await expect_tables(persistence.engine)
            return await link.introduced(await name_of(persistence))
        except StorageError as error:
            if error.code == NEWER:
                raise
            if error.message != last_message:
                last_message = error.message
                log.warning("no_database", reason=last_message)
            await asyncio.sleep(DATABASE_AGAIN_S)


async def name_of(persistence: SqlPersistence) -> str:
    """The database's name. The first server that asks for it makes it up. Raises `StorageError`."""
    return await SqlAccounts(persistence.database).key("plant", uuid.uuid4().hex)


async def _serve(
    place: Place,
    on_ready: OnReady,
    introduction: Introduction,
    *,
    link: OwnerLink,
    persistence: SqlPersistence,
    oidc: OidcSettings | None,
) -> None:
    mirror = WakingMirror(
        introduction.plant,
        name=link.name,
        token=introduction.token,
        epoch=introduction.epoch,
        now_ms=clock.now_ms(),
    )
    sign_in = _sign_in(persistence, link)
    storing = Storing(persistence)
    auth = SignInAuth(sign_in, is_secure=place.edge.is_secure)
    live = LiveServer(
        mirror,
        link.clock,
        auth.identify_live,
        origins=place.edge.hosts,
        address_of=place.edge.address_of,
        limits=LiveLimits(quota=place.quota),
    )
    services = Gateway(introduction, mirror, link, persistence)

    def figures() -> Figures:
        return Figures(
            link.clock.ts,
            mirror.sessions,
            mirror.counters,
            mirror.machines,
            live.counters.closed,
            is_storing=storing.is_storing,
            tasks=len(asyncio.all_tasks()),
        )

    metrics = Metrics(figures, role="gateway")
    metrics.add_bus(link)
    app = create_app(
        services,
        auth=auth,
        metrics=metrics,
        routers=routers_of_people(
            auth,
            persistence,
            lambda by, at: link.call("reload", by, at),
            oidc,
            unix_ts=lambda: link.clock.ts,
        ),
        limits=Limits(sign_in.store.limits),
    )

    def ready() -> None:
        place.service.notify("READY=1")
        on_ready(place.url)

    async with AsyncExitStack() as stack:
        stack.enter_context(in_background(link.run(mirror, live, services.introduced), "link"))
        stack.enter_context(in_background(_tick(live, link, metrics), "tick"))
        stack.enter_context(in_background(storing.run(), "storing"))
        # No invites: only the link that the plant server prints counts.
        await stack.enter_async_context(signing_in(sign_in, live, place.url, invites=False))
        gated = place.edge.gate(cast("App", app))
        await port_server(gated, live.protocol_class, place.edge.uvicorn_options(), ready).serve(
            sockets=[place.port]
        )


async def _tick(live: LiveServer, link: OwnerLink, metrics: Metrics) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + TICK_S, loop.time())
        await asyncio.sleep(due - loop.time())
        late_s = loop.time() - due
        metrics.ticked(late_s)
        live.tick(late_s)
        link.ticked()


def _sign_in(persistence: SqlPersistence, link: OwnerLink) -> SignIn:
    tasks: set[asyncio.Task[None]] = set()

    async def report(facts: Sequence[Fact]) -> None:
        try:
            await link.call("signed", list(facts))
        except BusError as error:
            log.warning("sign_in_is_no_event", reason=error.message)  # the audit has it all the same

    async def store(changes: Sequence[Change], facts: Sequence[Fact]) -> None:
        await persistence.store(changes, facts)
        persistence.database.after_commit(lambda: report_soon(facts))

    def report_soon(facts: Sequence[Fact]) -> None:
        task = asyncio.create_task(report(facts), name="sign-in")
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def unix_ts() -> float:
        """The plant server's time, so that a session lasts equally long at each gateway, whatever its computer's clock
        says (MIR-7)."""
        return link.clock.ts

    audit = RecordedAudit(store, unix_ts=unix_ts)
    return SignIn(SqlAccounts(persistence.database), audit=audit, unix_ts=unix_ts)


class Storing:
    """Checks every few seconds whether the database can be written to. ``is_storing`` is the result of the last
    check."""

    def __init__(self, persistence: SqlPersistence) -> None:
        self._persistence = persistence
        self.is_storing = True

    async def run(self) -> None:
        while True:
            await asyncio.sleep(DATABASE_LOOKED_AT_EVERY_S)
            try:
                await self._persistence.check()
            except StorageError:
                self.is_storing = False
            else:
                self.is_storing = True
