"""``POST /api/plant/reload``: reads the plant file again, for administrators of the whole plant (PLANT-1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from litestar import Controller, Router, post

from setpoint.contract.http.plant import PlantChangeView
from setpoint.core.plant import PlantChange
from setpoint.server.http.deps import NO_STORE, Provided, fixed
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.authenticator import person_of
from setpoint.server.identity.deps import client_info_of
from setpoint.server.identity.people import check_admin

Reload: TypeAlias = Callable[[str, str], Awaitable[PlantChange]]
"""Reads the plant file for a person at an address. Raises `RequestError`."""


class ReloadController(Controller):
    path = "/reload"

    @post(status_code=200, summary="Read the plant file again", responses=refusals(403, 422, 503))
    async def reload_plant(
        self, request: HttpRequest, auth: Provided[SignInAuth], reload: Provided[Reload]
    ) -> PlantChangeView:
        person = await person_of(request, auth)
        check_admin(person)
        change = await reload(person.name, client_info_of(request).address)
        return msgspec.convert(msgspec.to_builtins(change), PlantChangeView)


def plant_routes(auth: SignInAuth, reload: Reload) -> Router:
    return Router(
        "/api/plant",
        route_handlers=[ReloadController],
        dependencies={"auth": fixed(auth), "reload": fixed(reload)},
        tags=["plant"],
        response_headers=NO_STORE,
    )
