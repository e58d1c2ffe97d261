"""The common part of a plant server and a gateway: a port, people who sign in, and background work."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from litestar import Router

from setpoint.core.plant import PlantChange
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.service import Service
from setpoint.server.edge.edge import Edge
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.oidc import Oidc, OidcSettings
from setpoint.server.identity.people_routes import people_routes
from setpoint.server.identity.plant_routes import plant_routes
from setpoint.server.identity.revocation import Watch
from setpoint.server.identity.routes import sign_in_routes
from setpoint.server.identity.secrets import link_of
from setpoint.server.identity.security_routes import security_routes
from setpoint.server.identity.service import SignIn
from setpoint.server.live import LiveServer, QuotaLimits

OnReady: TypeAlias = Callable[[str], None]
Reload: TypeAlias = Callable[[str, str], Awaitable[PlantChange]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where people reach the server. ``is_shared``: other processes serve the port already."""

    port: socket.socket
    url: str
    edge: Edge
    quota: QuotaLimits
    service: Service
    is_shared: bool = False


@contextmanager
def in_background(work: Coroutine[Any, Any, None], name: str) -> Iterator[None]:
    """Runs ``work`` for as long as the block runs."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()


def routers_of_people(
    auth: SignInAuth,
    persistence: SqlPersistence,
    reload: Reload,
    oidc: OidcSettings | None,
    *,
    unix_ts: Callable[[], float] = time.time,
) -> list[Router]:
    provider: Oidc | None = None
    if oidc is not None:
        from setpoint.server.identity.oidc_client import OidcClient  # noqa: PLC0415  # few plants have a provider

        provider = OidcClient(oidc, SqlAccounts(persistence.database), unix_ts=unix_ts)
    return [
        sign_in_routes(auth, provider),
        people_routes(auth),
        security_routes(auth, persistence.security),
        plant_routes(auth, reload),
    ]


@asynccontextmanager
async def signing_in(
    sign_in: SignIn, live: LiveServer, url: str, *, invites: bool = True
) -> AsyncIterator[None]:
    """Runs sign-in: closes sockets of people who have signed out, and prints a link for the first administrator."""
    await sign_in.start()
    if invites and await sign_in.needs_set_up():
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
