"""Reads the bodies of requests about batches. Handlers read them themselves, because their refusals say more than
Litestar's decoder can."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from setpoint.contract.http.batches import (
    MAX_BODY_BYTES,
    MAX_REASON,
    AgainRequest,
    BatchRequest,
    NotSentRequest,
)
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.commands import read_request
from setpoint.core.commands.request import check_not_after
from setpoint.core.names import clean_name, clean_text, without_turns
from setpoint.errors import RequestError
from setpoint.server.http.deps import decoded

T = TypeVar("T")


def read_batch(body: bytes) -> BatchRequest:
    """A batch. Its reason and the name of its workbook are cleaned; the same always gives the same (CMD-2)."""
    request = read_request(body)
    if request.reason is not None:
        request = msgspec.structs.replace(request, reason=without_turns(request.reason))
    if request.source is None:
        return request
    source = msgspec.structs.replace(request.source, filename=clean_name(request.source.filename))
    return msgspec.structs.replace(request, source=source)


def read_again(body: bytes) -> AgainRequest:
    """The body of an undo or a retry, which may be empty. Raises `RequestError` 422."""
    found = _decode(body, AgainRequest, example='{"txId": "…"}') if body else AgainRequest()
    if found.reason is not None and len(found.reason) > MAX_REASON:
        raise RequestError(f"reason: at most {MAX_REASON} characters", code=ProblemCode.INVALID_BATCH)
    check_not_after(found.not_after)
    return msgspec.structs.replace(found, reason=None if found.reason is None else clean_text(found.reason))


def read_not_sent(body: bytes) -> dict[str, dict[str, str]]:
    """Why rows of a workbook were not sent. Raises `RequestError`: 413 too large, 422 not of the shape."""
    if len(body) > MAX_BODY_BYTES:
        raise RequestError(
            f"expected a body of at most {MAX_BODY_BYTES} bytes, but got {len(body)}",
            code=ProblemCode.BATCH_TOO_LARGE,
        )
    return _decode(body, NotSentRequest, example='{"notSent": {"m_402": {"targetSpeed": "…"}}}').not_sent


def _decode(body: bytes, kind: type[T], *, example: str) -> T:
    return decoded(body, kind, example, ProblemCode.INVALID_BATCH)
