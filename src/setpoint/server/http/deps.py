"""Shared by the controllers of ``/api``: injected dependencies, parameters, bodies and downloads."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation

from setpoint import clock
from setpoint.contract.http.people import PLAIN
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.commands import Arrival
from setpoint.core.names import clean_name
from setpoint.errors import RequestError
from setpoint.server.http.request import HttpRequest

T = TypeVar("T")
Provided: TypeAlias = NamedDependency[SkipValidation[T]]
"""A parameter that Litestar injects by its name. Our own providers make it, so Litestar need not validate it."""

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=500)]
Text: TypeAlias = Annotated[str | None, QueryParameter(max_length=200, pattern=PLAIN)]
CursorText: TypeAlias = Annotated[str | None, QueryParameter(max_length=1_000)]
Instant: TypeAlias = Annotated[float | None, QueryParameter(ge=0, le=1e12)]
"""Unix seconds: a finite number that a calendar can hold."""

NO_STORE = {"Cache-Control": "no-store"}


def fixed(value: object) -> Provide:
    """Provides the same object to every request.

    Litestar makes deep copies of routers, including the object of every bound method, but not of the variables in a
    closure. So providers are functions.
    """

    def provide() -> object:
        return value

    return Provide(provide, sync_to_thread=False)


def arrived(*, waited: Arrival | None = None, since: Arrival | None = None) -> Arrival:
    """The instant of arrival: now, minus the time between ``waited`` and ``since``, in which the server was busy with
    other work.
    """
    now = Arrival(clock.now_ms(), time.time())
    if waited is None or since is None:
        return now
    return Arrival(now.now_ms - (since.now_ms - waited.now_ms), now.ts - (since.ts - waited.ts))


def expect_json(request: HttpRequest) -> None:
    """A page of another site can send forms and plain text, but no JSON without a preflight request."""
    media_type, _ = request.content_type
    if media_type != "application/json":
        raise RequestError(
            f"Content-Type: expected application/json, but got {media_type[:100] or 'none'}",
            code=ProblemCode.JSON_EXPECTED,
        )


async def json_body(
    request: HttpRequest, *, is_required: bool = True, arriving: Callable[[int], None] | None = None
) -> bytes:
    """``arriving`` gets the size of each part as it comes, and may refuse it."""
    if arriving is None:
        body = await request.body()
    else:
        parts: list[bytes] = []
        async for part in request.stream():
            arriving(len(part))
            parts.append(part)
        body = b"".join(parts)
    if body or is_required:
        expect_json(request)
    return body


def decoded(body: bytes, kind: type[T], expected: str, code: ProblemCode) -> T:
    """Raises `RequestError` with ``code`` if the body is not JSON of that kind; ``expected`` is an example of it."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"expected {expected}: {error}", code=code) from error


def entity(machine: str | None) -> str | None:
    """Accepts ``m:402`` and ``m_402``."""
    return machine.replace(":", "_", 1) if machine else None


def download(content: bytes, media_type: str, filename: str) -> Response[bytes]:
    """A download. The name may contain anything, so invisible characters are removed, and it is encoded (RFC 6266)."""
    disposition = f"attachment; filename*=UTF-8''{quote(clean_name(filename), safe='')}"
    return Response(content, media_type=media_type, headers={**NO_STORE, "Content-Disposition": disposition})
