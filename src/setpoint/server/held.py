"""Batches that wait for a second person, over HTTP: what waits, confirm it, take it back."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from setpoint.core.commands import BatchAnswer
from setpoint.core.commands.second import Held
from setpoint.core.plant import Person, Value
from setpoint.errors import RequestError
from setpoint.server.auth import Authenticator, person_of
from setpoint.server.calls import Asking, arrived
from setpoint.server.documented import refusals
from setpoint.server.services import Services


class HeldBatch(msgspec.Struct, frozen=True, rename="camel"):
    """``isMine``: this person asked for it, and somebody else has to confirm. ``until``: it is forgotten then."""

    tx_id: str
    person: str
    at: float
    until: float
    updates: dict[str, dict[str, Value]]
    reason: str | None
    is_mine: bool


def held_routes(services: Services, auth: Authenticator) -> list[HTTPRouteHandler]:
    @get("/held", summary="What waits for a second person", responses=refusals())
    async def held(request: Asking) -> list[HeldBatch]:
        person = await person_of(request, auth)
        return [_shown(each, person) for each in services.held(person)]

    @post(
        "/held/{tx_id:str}",
        status_code=200,
        summary="Confirm as the second person",
        responses=refusals(403, 404, 409, 422, 503),
    )
    async def confirm(request: Asking, tx_id: FromPath[str]) -> BatchAnswer:
        arrival = arrived()
        person = await person_of(request, auth)
        found = next((each for each in services.held(person) if each.request.tx_id == tx_id), None)
        asked_by = None if found is None else await auth.still(found.person)
        if found is not None and asked_by is None:
            raise RequestError(
                f"{found.person.name} has signed out or may not change this any more; let them ask again",
                status=409,
                code="asker-gone",
            )
        return await services.confirm(tx_id, person, asked_by or person, arrival=arrival)

    @delete("/held/{tx_id:str}", status_code=204, summary="Refuse or take back", responses=refusals(404, 503))
    async def withdraw(request: Asking, tx_id: FromPath[str]) -> None:
        await services.withdraw(tx_id, await person_of(request, auth))

    return [held, confirm, withdraw]


def _shown(held: Held, person: Person) -> HeldBatch:
    request = held.request
    updates = {machine: dict(fields) for machine, fields in request.updates.items()}
    is_mine = held.person.name == person.name
    return HeldBatch(request.tx_id, held.person.name, held.at, held.until, updates, request.reason, is_mine)
