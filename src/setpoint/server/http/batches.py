"""Batches over HTTP: send, list, read, withdraw, undo and retry them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath

from setpoint import clock
from setpoint.contract.http.batches import (
    AgainRequest,
    BatchAnswer,
    BatchKind,
    BatchRequest,
    BatchStory,
    BatchSummary,
)
from setpoint.contract.http.pages import Page
from setpoint.core.audit.queries import BatchQuery
from setpoint.core.commands import Arrival
from setpoint.core.commands.request import check_tx_id
from setpoint.server.http.batch_bodies import read_again, read_batch
from setpoint.server.http.deps import CursorText, Instant, Limit, Provided, Text, arrived, entity, json_body
from setpoint.server.http.openapi import refusals, takes
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.sight import Sight, Sights


@dataclass(frozen=True, slots=True)
class Sender:
    """Identifies the sender of a batch and applies the rate of `Limits.take_batch`.

    The time that the request took to arrive does not count against them. The time that the server took to look them
    up, from ``came`` to ``known``, does (CMD-8).
    """

    request: HttpRequest
    sight: Sight
    came: Arrival
    known: Arrival

    async def body(self, *, is_required: bool = True) -> tuple[bytes, Sight, Arrival]:
        """The body, what the person may see now that the body is here, and when it counts as arrived."""
        began_ms = clock.now_ms()
        body = await json_body(self.request, is_required=is_required, arriving=self.sight.take_body)
        arrival = arrived(waited=self.came, since=self.known)
        return body, await self.sight.after(began_ms), arrival


async def sender_of(request: HttpRequest, sights: Provided[Sights]) -> Sender:
    came = arrived()
    sight = await sights.of(request)
    sight.take_batch()
    return Sender(request, sight, came, arrived())


async def read_batch_query(
    sight: Provided[Sight],  # noqa: ARG001  # people learn what is wrong with a query only after they have signed in
    *,
    machine: Text = None,
    person: Text = None,
    since: Instant = None,
    until: Instant = None,
) -> BatchQuery:
    return BatchQuery(entity(machine), person or None, since, until)


class BatchController(Controller):
    path = "/batches"

    @post(
        status_code=200,
        summary="Give targets to machines",
        operation_class=takes(BatchRequest, required=("txId", "updates")),
        responses=refusals(409, 413, 415, 422, 429, 503),
    )
    async def submit(self, sender: Provided[Sender]) -> BatchAnswer:
        body, sight, arrival = await sender.body()
        return await sight.submit(read_batch(body), arrival=arrival)

    @post(
        "/{tx_id:str}/undo",
        status_code=200,
        summary="The values before, as a new batch",
        operation_class=takes(AgainRequest, is_required=False),
        responses=refusals(404, 409, 415, 422, 429, 503),
    )
    async def undo(self, sender: Provided[Sender], tx_id: FromPath[str]) -> BatchAnswer:
        return await _again(sender, tx_id, BatchKind.UNDO)

    @post(
        "/{tx_id:str}/retry",
        status_code=200,
        summary="What failed, as a new batch",
        operation_class=takes(AgainRequest, is_required=False),
        responses=refusals(404, 409, 415, 422, 429, 503),
    )
    async def retry(self, sender: Provided[Sender], tx_id: FromPath[str]) -> BatchAnswer:
        return await _again(sender, tx_id, BatchKind.RETRY)

    @post(
        "/{tx_id:str}/cancel",
        status_code=200,
        summary="Withdraw what has not left",
        responses=refusals(403, 422, 429, 503),
    )
    async def cancel(self, sender: Provided[Sender], tx_id: FromPath[str]) -> BatchAnswer:
        check_tx_id(tx_id)
        return await sender.sight.cancel(tx_id)

    @get(summary="Batches, newest first", responses=refusals(429, 503))
    async def batches(
        self,
        sight: Provided[Sight],
        batch_query: Provided[BatchQuery],
        *,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[BatchSummary]:
        return await sight.batches(msgspec.structs.replace(batch_query, cursor=cursor, limit=limit))

    @get("/{tx_id:str}", summary="One batch with every outcome", responses=refusals(404, 429, 503))
    async def batch(self, sight: Provided[Sight], tx_id: FromPath[str]) -> BatchStory:
        return await sight.story(tx_id)


async def _again(sender: Sender, tx_id: str, kind: BatchKind) -> BatchAnswer:
    sent, sight, arrival = await sender.body(is_required=False)
    body = read_again(sent)
    new_tx_id = body.tx_id or str(uuid.uuid4())
    check_tx_id(new_tx_id)
    return await sight.again(tx_id, kind, new_tx_id, body, arrival=arrival)
