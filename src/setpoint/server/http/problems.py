"""Refusals and failures as RFC 9457 problems, with stable types: ``/problems/tx-id-reused``.

RequestError    its own status and code; what it carries in ``detail`` stands beside the problem's members
WorldError      503, the same call may pass later
MisuseError     422, what was asked cannot be
HTTPException   what Litestar refused by itself: unknown paths, methods, query parameters
anything else   500, told to the log and not to the caller
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from setpoint.core.commands import BatchAnswer, ItemResult
from setpoint.errors import MisuseError, RequestError, WorldError

Asking: TypeAlias = Request[Any, Any, Any]

MEDIA_TYPE = "application/problem+json"
_MAX_DETAIL = 1_000

log = structlog.get_logger("setpoint.server")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``type`` is stable and for programs, ``detail`` a sentence for people. The rest comes with some types only."""

    type: str
    title: str
    status: int
    detail: str = ""
    results: list[ItemResult] = []
    retry_after_ms: int | None = None


def problem(status: int, code: str, detail: str, extra: object = None) -> Response[Any]:
    title = code.replace("-", " ").replace("_", " ")
    body: Any = Problem(f"/problems/{code}", title, status, detail)
    headers = {"Cache-Control": "no-store"}
    match extra:
        case BatchAnswer():
            body = msgspec.structs.replace(body, results=extra.results)
        case Mapping():
            body = {**msgspec.to_builtins(body), **extra}
            if isinstance(wait_ms := extra.get("retryAfterMs"), int):
                headers["Retry-After"] = str(-(-wait_ms // 1000))
        case _:
            pass
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _request_error(_: Asking, error: RequestError) -> Response[Any]:
    return problem(error.status, error.code, error.message, error.detail)


def _world_error(request: Asking, error: WorldError) -> Response[Any]:
    log.warning("world_error", path=request.url.path, code=error.code, error=error.message)
    return problem(503, f"{error.code}-unavailable", error.message)


def _misuse(_: Asking, error: MisuseError) -> Response[Any]:
    return problem(422, error.code.replace("_", "-"), error.message)


def _http_exception(_: Asking, error: HTTPException) -> Response[Any]:
    status = HTTPStatus(error.status_code)
    detail = error.detail
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        named = (each for each in error.extra if isinstance(each, dict))
        detail = (
            "; ".join(f"{each.get('key', 'request')}: {each.get('message', '')}" for each in named) or detail
        )
    response = problem(
        status, _CODES.get(status, status.phrase.lower().replace(" ", "-")), detail[:_MAX_DETAIL]
    )
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


_CODES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body-too-large",
    HTTPStatus.INTERNAL_SERVER_ERROR: "server-error",
}


def _unforeseen(request: Asking, error: Exception) -> Response[Any]:
    log.error("unforeseen", path=request.url.path, method=request.method, exc_info=error)
    return problem(500, "server-error", "the server failed at this; its log says how")


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    RequestError: _request_error,
    WorldError: _world_error,
    MisuseError: _misuse,
    HTTPException: _http_exception,
    Exception: _unforeseen,
}
