"""Messages to webhooks, e-mail and chat, for administrators of the whole plant.

GET  /api/deliveries               newest first, a page at a time
GET  /api/deliveries/channels      the channels, and where they lead to
POST /api/deliveries/{id}/again    tries one again that was delivered or given up
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Protocol, TypeAlias

from litestar import Controller, Router, get, post
from litestar.params import PathParameter, QueryParameter

from setpoint.contract.http.deliveries import DeliveryChannels, DeliveryState, DeliveryView
from setpoint.contract.http.pages import Page
from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError
from setpoint.server.http.deps import NO_STORE, Limit, Provided, Text, fixed
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.authenticator import person_of
from setpoint.server.identity.deps import client_info_of
from setpoint.server.identity.people import check_admin
from setpoint.server.identity.service import Audit

Status: TypeAlias = Annotated[DeliveryState | None, QueryParameter()]
Before: TypeAlias = Annotated[str | None, QueryParameter(max_length=9, pattern="^[0-9]+$")]
DeliveryId: TypeAlias = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]


class Deliveries(Protocol):
    """See `setpoint.persistence.deliveries`."""

    async def page(
        self, *, channel: str | None, state: DeliveryState | None, before: int | None, limit: int
    ) -> Page[DeliveryView]: ...

    async def again(self, delivery: int, now: float) -> bool: ...


class DeliveryController(Controller):
    @get(summary="Messages to other systems and people, newest first", responses=refusals(403, 503))
    async def page(
        self,
        request: HttpRequest,
        auth: Provided[SignInAuth],
        deliveries: Provided[Deliveries],
        *,
        channel: Text = None,
        status: Status = None,
        cursor: Before = None,
        limit: Limit = 50,
    ) -> Page[DeliveryView]:
        check_admin(await person_of(request, auth))
        before = None if cursor is None else int(cursor)
        return await deliveries.page(channel=channel, state=status, before=before, limit=limit)

    @get("/channels", summary="The channels, and where they lead to", responses=refusals(403))
    async def channels(
        self, request: HttpRequest, auth: Provided[SignInAuth], targets: Provided[Mapping[str, str]]
    ) -> DeliveryChannels:
        check_admin(await person_of(request, auth))
        return DeliveryChannels(dict(targets))

    @post(
        "/{delivery:int}/again",
        status_code=204,
        summary="Send a message again that was delivered or given up",
        responses=refusals(403, 404, 503),
    )
    async def again(
        self,
        request: HttpRequest,
        auth: Provided[SignInAuth],
        audit: Provided[Audit],
        deliveries: Provided[Deliveries],
        delivery: DeliveryId,
    ) -> None:
        person = await person_of(request, auth)
        check_admin(person)
        if not await deliveries.again(delivery, time.time()):
            raise RequestError(
                f"there is no delivery {delivery} that is over; one that waits is tried by itself",
                code=ProblemCode.NOT_FOUND,
            )
        address = client_info_of(request).address
        await audit.note(
            "message-repeated", person=person.name, address=address, facts={"delivery": str(delivery)}
        )


def delivery_routes(
    auth: SignInAuth, audit: Audit, deliveries: Deliveries, targets: Mapping[str, str]
) -> Router:
    return Router(
        "/api/deliveries",
        route_handlers=[DeliveryController],
        dependencies={
            "auth": fixed(auth),
            "audit": fixed(audit),
            "deliveries": fixed(deliveries),
            "targets": fixed(targets),
        },
        tags=["plant"],
        response_headers=NO_STORE,
    )
