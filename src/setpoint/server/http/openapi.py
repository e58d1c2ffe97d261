"""What OpenAPI cannot see in a handler's signature: bodies that we read ourselves, and problems.

A batch is read by `setpoint.core.commands.read_request`, whose refusals say where and what to do; so its shape is
told here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from setpoint.contract.http.problems import MEDIA_TYPE
from setpoint.core.commands.request import MAX_FILENAME, MAX_REASON, MAX_ROWS
from setpoint.server.http.problems import Problem

_TEXT = OpenAPIType.STRING
_TX_ID = Schema(
    type=_TEXT,
    pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    description="A lower-case UUID, made before the request and never used again.",
)
_VALUE = Schema(type=[OpenAPIType.NUMBER, _TEXT, OpenAPIType.BOOLEAN, OpenAPIType.NULL])
_REASON = Schema(type=[_TEXT, OpenAPIType.NULL], max_length=MAX_REASON)


def _object(properties: Mapping[str, Schema], *, required: tuple[str, ...] = (), title: str = "") -> Schema:
    return Schema(
        title=title or None,
        type=OpenAPIType.OBJECT,
        properties=dict(properties),
        required=list(required) or None,
    )


def _by_machine(each: Schema, description: str) -> Schema:
    inner = Schema(type=OpenAPIType.OBJECT, additional_properties=each)
    return Schema(type=OpenAPIType.OBJECT, additional_properties=inner, description=description)


_SOURCE = _object(
    {
        "filename": Schema(type=_TEXT, min_length=1, max_length=MAX_FILENAME),
        "sha256": Schema(type=_TEXT, pattern="^[0-9a-f]{64}$"),
        "rows": Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=MAX_ROWS),
    },
    required=("filename", "sha256", "rows"),
)
_REVS_SEEN = _by_machine(Schema(type=OpenAPIType.INTEGER), "The revs that the person saw when deciding.")
_NOT_AFTER = Schema(
    type=[OpenAPIType.NUMBER, OpenAPIType.NULL],
    description="Unix seconds by the server's clock; from then on nothing of the batch is sent (CMD-8). At most 3 s "
    "from the arrival count.",
)
_BATCH = _object(
    {
        "txId": _TX_ID,
        "updates": _by_machine(_VALUE, 'Targets: {"m_402": {"targetSpeed": 150}}.'),
        "base": _REVS_SEEN,
        "atomic": Schema(type=OpenAPIType.BOOLEAN, description="All or nothing."),
        "source": Schema(one_of=[_SOURCE, Schema(type=OpenAPIType.NULL)]),
        "reason": _REASON,
        "notAfter": _NOT_AFTER,
    },
    required=("txId", "updates"),
    title="BatchRequest",
)
_SIMULATOR_EVENT = _object(
    {
        "machine": Schema(type=_TEXT, max_length=64, description="m_402 or m:402."),
        "status": Schema(
            type=[_TEXT, OpenAPIType.NULL], description="Asserts a critical status; null clears it."
        ),
        "fault": Schema(type=[_TEXT, OpenAPIType.NULL], enum=["freeze", "refuse", "slow", None]),
    },
    required=("machine",),
    title="SimulatorEvent",
)
_ITEMS = Schema(
    type=OpenAPIType.OBJECT,
    additional_properties=Schema(type=OpenAPIType.ARRAY, items=Schema(type=_TEXT)),
    description='The fields that are meant, by machine: {"m_402": ["targetSpeed"]}. Missing: all of them.',
)
_AGAIN = _object(
    {"txId": _TX_ID, "base": _REVS_SEEN, "items": _ITEMS, "reason": _REASON, "notAfter": _NOT_AFTER},
    title="AgainRequest",
)


@dataclass
class TakesBatch(Operation):
    """``POST /api/batches``."""

    def __post_init__(self) -> None:
        self.request_body = _json_body(_BATCH)


@dataclass
class TakesAgain(Operation):
    """Undo and retry: a body with the new batch's txId, or none."""

    def __post_init__(self) -> None:
        self.request_body = _json_body(_AGAIN, is_required=False)


@dataclass
class TakesNotSent(Operation):
    """Why the rest of a workbook was not sent."""

    def __post_init__(self) -> None:
        reasons = _by_machine(Schema(type=_TEXT, max_length=MAX_REASON), "Why, by machine and field.")
        self.request_body = _json_body(_object({"notSent": reasons}, required=("notSent",)))


@dataclass
class TakesSimulatorEvent(Operation):
    """``POST /api/simulator/events``."""

    def __post_init__(self) -> None:
        self.request_body = _json_body(_SIMULATOR_EVENT)


@dataclass
class TakesFile(Operation):
    """The bytes of a workbook."""

    def __post_init__(self) -> None:
        content = {
            "application/octet-stream": OpenAPIMediaType(
                schema=Schema(type=_TEXT, content_media_type="application/octet-stream")
            )
        }
        self.request_body = RequestBody(content=content, required=True)


def _json_body(schema: Schema, *, is_required: bool = True) -> RequestBody:
    return RequestBody(content={"application/json": OpenAPIMediaType(schema=schema)}, required=is_required)


_REFUSALS = {
    400: "the request is malformed",
    401: "nobody is signed in",
    403: "not allowed",
    404: "there is none, as far as the person may know",
    409: "it cannot be done as things stand",
    413: "too large",
    415: "JSON was expected",
    422: "it is not of the shape that is described here",
    429: "too often; Retry-After says when the next try is looked at",
    502: "the OpenID provider failed",
    503: "the server cannot do it now; the same call may pass later",
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems that a handler may answer with."""
    return {
        status: ResponseSpec(
            Problem, description=_REFUSALS[status], media_type=MEDIA_TYPE, generate_examples=False
        )
        for status in (400, 401, *statuses)
    }
