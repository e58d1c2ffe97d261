"""Batches that wait for a second person, over HTTP: list, confirm and withdraw them."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from setpoint.contract.http.batches import BatchAnswer, HeldBatch
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.plant import Person
from setpoint.server.http.deps import Asking, arrived
from setpoint.server.http.openapi import refusals
from setpoint.server.http.sight import Sights


def held_routes(sights: Sights) -> list[HTTPRouteHandler]:
    @get("/held", summary="What waits for a second person", responses=refusals())
    async def held(request: Asking) -> list[HeldBatch]:
        sight = await sights.of(request)
        return [_shown(each, sight.person) for each in sight.held()]

    @post(
        "/held/{tx_id:str}",
        status_code=200,
        summary="Confirm as the second person",
        responses=refusals(403, 404, 409, 422, 503),
    )
    async def confirm(request: Asking, tx_id: FromPath[str]) -> BatchAnswer:
        arrival = arrived()
        return await (await sights.of(request)).confirm(tx_id, arrival=arrival)

    @delete("/held/{tx_id:str}", status_code=204, summary="Refuse or take back", responses=refusals(404, 503))
    async def withdraw(request: Asking, tx_id: FromPath[str]) -> None:
        await (await sights.of(request)).withdraw(tx_id)

    return [held, confirm, withdraw]


def _shown(held: PendingApproval, person: Person) -> HeldBatch:
    request = held.request
    updates = {machine: dict(fields) for machine, fields in request.updates.items()}
    is_mine = held.person.name == person.name
    return HeldBatch(request.tx_id, held.person.name, held.at, held.until, updates, request.reason, is_mine)
