"""Adds to OpenAPI what a handler's signature does not show: bodies that it reads itself, and problems.

Some handlers read their own body, because their refusals say more than a decoder can. They name the contract's type
here, and the schema is generated from it, as for all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from setpoint.contract.describe import describe_parameters, describe_schemas
from setpoint.contract.http.problems import MEDIA_TYPE, TYPE_PREFIX, Problem
from setpoint.server.http.status import codes_of

BYTES = "application/octet-stream"


class TypeSchema(Schema):
    """The complete schema that msgspec makes of a type, without references to others."""

    def __init__(self, kind: type[msgspec.Struct], *, required: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._kind = kind
        self._required = required

    def to_schema(self) -> dict[str, Any]:
        whole = msgspec.json.schema(self._kind)
        shapes = whole.get("$defs", {})
        describe_schemas(shapes)
        found: dict[str, Any] = _inlined(shapes[self._kind.__name__], shapes)
        return found | ({"required": list(self._required)} if self._required else {})


def _inlined(schema: Any, shapes: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, shapes) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(ref := schema.get("$ref"), str):
        return _inlined(shapes[ref.rpartition("/")[2]], shapes)
    return {key: _inlined(each, shapes) for key, each in schema.items()}


def takes(
    kind: type[msgspec.Struct], *, required: tuple[str, ...] = (), is_required: bool = True
) -> type[Operation]:
    """An operation whose body is JSON of this type; ``required`` names keys that must be present although they have
    defaults.
    """
    schema = TypeSchema(kind, required=required)

    @dataclass
    class TakesJson(Operation):
        def __post_init__(self) -> None:
            content = {"application/json": OpenAPIMediaType(schema=schema)}
            self.request_body = RequestBody(content=content, required=is_required)

    return TakesJson


@dataclass
class TakesFile(Operation):
    """The bytes of a workbook."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, content_media_type=BYTES)
        self.request_body = RequestBody(content={BYTES: OpenAPIMediaType(schema=schema)}, required=True)


_MEANINGS = {
    400: "the request is malformed",
    401: "nobody is signed in",
    403: "not allowed",
    404: "there is none, as far as the person may know",
    408: "the body stopped on its way",
    409: "it cannot be done as things stand",
    413: "too large",
    415: "the body is not JSON",
    422: "it is not of the shape that is described here",
    429: "too often; Retry-After says when the next try is looked at",
    502: "the OpenID provider failed",
    503: "the server cannot do it now; the same call may pass later",
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems that a handler may answer with, each with the types that it may have."""
    return {status: _refusal(status) for status in (400, 401, *statuses)}


def _refusal(status: int) -> ResponseSpec:
    types = ", ".join(f"{TYPE_PREFIX}{code}" for code in codes_of(status))
    description = f"{_MEANINGS[status]}. Types: {types}" if types else _MEANINGS[status]
    return ResponseSpec(Problem, description=description, media_type=MEDIA_TYPE, generate_examples=False)


def openapi_document(made: Mapping[str, Any]) -> dict[str, Any]:
    """Litestar's document with the meanings of fields and parameters, and with ``anyOf`` for unions: it says
    ``oneOf``, but 150 is a number and an integer.
    """
    changed: dict[str, Any] = _any_of(dict(made))
    describe_schemas(changed["components"]["schemas"])
    describe_parameters(changed["paths"])
    return changed


def _any_of(part: Any) -> Any:
    if isinstance(part, list):
        return [_any_of(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {"anyOf" if key == "oneOf" else key: _any_of(each) for key, each in part.items()}


class OpenApiJson(JsonRenderPlugin):
    """``GET /schema`` and ``/schema/openapi.json``. Anybody may ask for it, so it is made once."""

    _made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._made is None:
            self._made = super().render(request, openapi_document(openapi_schema))
        return self._made
