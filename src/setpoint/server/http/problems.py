"""Refusals and failures as RFC 9457 problems, with stable types: ``/problems/tx-id-reused``.

RequestError    its code, with the status from `setpoint.server.http.status`, and its ``detail``
WorldError      503, the same call may succeed later
MisuseError     422, the request is not possible
HTTPException   refusals by Litestar: unknown paths, methods, query parameters
anything else   500; the log has the error, the caller does not
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.http.problems import MEDIA_TYPE, TYPE_PREFIX, Problem, ProblemCode
from setpoint.errors import MisuseError, RequestError, WorldError
from setpoint.message import Args
from setpoint.server.http.request import HttpRequest, language_of
from setpoint.server.http.status import STATUS
from setpoint.texts import ENGLISH, in_language, problem_text

_MAX_DETAIL = 1_000

log = structlog.get_logger("setpoint.server")


def problem(
    code: str,
    detail: str,
    extra: object = None,
    *,
    status: int | None = None,
    arguments: Args | None = None,
) -> Response[Any]:
    """``status`` is passed for other errors than our refusals, which have codes of their own."""
    status = status or STATUS[code]
    title = code.replace("-", " ").replace("_", " ")
    plain = {name: each for name, each in (arguments or {}).items() if isinstance(each, str | int)}
    body: Any = Problem(f"{TYPE_PREFIX}{code}", title, status, detail, code, plain)
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


def _request_error(request: HttpRequest, error: RequestError) -> Response[Any]:
    detail = _detail(error, language_of(request))
    return problem(error.code, detail, error.detail, arguments=_arguments(error, language_of(request)))


def _detail(error: RequestError, language: str) -> str:
    """In English the sentence itself, with its values; in other languages the catalogue's text of the code."""
    if language == ENGLISH:
        return error.message
    return problem_text(error.code, _arguments(error, language), language) or error.message


def _arguments(error: RequestError, language: str) -> Args:
    """The arguments, with sentences among them in the person's language."""
    return {
        name: in_language(each, language) if isinstance(each, str) else each
        for name, each in error.arguments.items()
    }


def _world_error(request: HttpRequest, error: WorldError) -> Response[Any]:
    log.warning("world_error", path=request.url.path, code=error.code, error=error.message)
    return problem(f"{error.code}-unavailable", in_language(error.args[0], language_of(request)), status=503)


def _misuse(request: HttpRequest, error: MisuseError) -> Response[Any]:
    return problem(error.code.replace("_", "-"), in_language(error.args[0], language_of(request)), status=422)


def _http_exception(request: HttpRequest, error: HTTPException) -> Response[Any]:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _request_error(request, _too_large(request))
    detail = error.detail
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        named = (each for each in error.extra if isinstance(each, dict))
        detail = (
            "; ".join(f"{each.get('key', 'request')}: {each.get('message', '')}" for each in named) or detail
        )
    code = _CODES.get(status, status.phrase.lower().replace(" ", "-"))
    response = problem(code, detail[:_MAX_DETAIL], status=status)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _too_large(request: HttpRequest) -> RequestError:
    """The body is larger than the route accepts."""
    most = request.route_handler.resolve_request_max_body_size() or 0
    return RequestError(
        f"at most {most} bytes are taken here", code=ProblemCode.BODY_TOO_LARGE, arguments={"most": most}
    )


_CODES = {
    HTTPStatus.INTERNAL_SERVER_ERROR: ProblemCode.SERVER_ERROR,
}


def _unforeseen(request: HttpRequest, error: Exception) -> Response[Any]:
    log.error("unforeseen", path=request.url.path, method=request.method, exc_info=error)
    return problem(ProblemCode.SERVER_ERROR, "the server failed at this; its log says how")


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    RequestError: _request_error,
    WorldError: _world_error,
    MisuseError: _misuse,
    HTTPException: _http_exception,
    Exception: _unforeseen,
}
