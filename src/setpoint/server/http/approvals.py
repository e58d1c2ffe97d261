"""Batches that wait for a second person, over HTTP: list, confirm and withdraw them."""

from __future__ import annotations

from litestar import Controller, delete, get, post
from litestar.params import FromPath

from setpoint.contract.http.batches import BatchAnswer, HeldBatch
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.plant import Person
from setpoint.server.http.deps import Provided, arrived
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.sight import Sight, Sights


class ApprovalController(Controller):
    path = "/held"

    @get(summary="What waits for a second person", responses=refusals())
    async def held(self, sight: Provided[Sight]) -> list[HeldBatch]:
        return [_held_batch(each, sight.person) for each in await sight.held()]

    @post(
        "/{tx_id:str}",
        status_code=200,
        summary="Confirm as the second person",
        responses=refusals(403, 404, 409, 422, 503),
    )
    async def confirm(
        self, request: HttpRequest, sights: Provided[Sights], tx_id: FromPath[str]
    ) -> BatchAnswer:
        # Before the server identifies the person: that time counts against `notAfter` (CMD-8).
        arrival = arrived()
        return await (await sights.of(request)).confirm(tx_id, arrival=arrival)

    @delete("/{tx_id:str}", status_code=204, summary="Refuse or take back", responses=refusals(404, 503))
    async def withdraw(self, sight: Provided[Sight], tx_id: FromPath[str]) -> None:
        await sight.withdraw(tx_id)


def _held_batch(held: PendingApproval, person: Person) -> HeldBatch:
    request = held.request
    updates = {machine: dict(fields) for machine, fields in request.updates.items()}
    is_mine = held.person.name == person.name
    return HeldBatch(request.tx_id, held.person.name, held.at, held.until, updates, request.reason, is_mine)
