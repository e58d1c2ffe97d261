"""The body of a request, and its person's sight once all of it has arrived: their rights may have changed meanwhile."""

from __future__ import annotations

from setpoint import clock
from setpoint.server.http.deps import json_body
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.sight import Sight


async def body_of(request: HttpRequest, sight: Sight, *, began_ms: int | None = None) -> tuple[bytes, Sight]:
    """The body, and the sight at the moment when all of it had arrived. Raises `RequestError` 401.

    ``began_ms``: when the sight was made, where that was not just now.
    """
    began_ms = clock.now_ms() if began_ms is None else began_ms
    body = await request.body()
    return body, await sight.after(began_ms)


async def json_of(request: HttpRequest, sight: Sight, *, is_required: bool = True) -> tuple[bytes, Sight]:
    """Like `body_of`, for JSON. Raises `RequestError` 415 if the body does not say that it is JSON."""
    began_ms = clock.now_ms()
    body = await json_body(request, is_required=is_required)
    return body, await sight.after(began_ms)
