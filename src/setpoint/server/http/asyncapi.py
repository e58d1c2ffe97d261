"""``GET /schema/asyncapi.json``: the protocol of ``/live``, generated from the types that encode and decode it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any, get_args

import msgspec

from setpoint.contract.describe import describe_schemas
from setpoint.contract.live import SUBPROTOCOL, CloseCode, Down, Up

ASYNCAPI = "3.0.0"
_MEANINGS = {
    CloseCode.GOING_AWAY: "the server or the client goes",
    CloseCode.TOO_BIG: "a frame was larger than 64 KB",
    CloseCode.RESTART: "the server restarts; the reason says when to come back: {retryAfterMs}",
    CloseCode.PROTOCOL_ERROR: "a frame was outside the contract",
    CloseCode.NOT_SIGNED_IN: "not signed in, or the session has ended; final",
    CloseCode.FORBIDDEN: "not allowed, or rights have changed; final",
    CloseCode.NO_PONG: "no pong, or no auth frame of a program, came in time",
    CloseCode.TOO_SLOW: "the client reads too slowly, or there are too many connections",
}


@cache
def asyncapi_bytes() -> bytes:
    """The document as it is answered. Anybody may ask for it, so it is made once."""
    return msgspec.json.encode(asyncapi_document())


def asyncapi_document() -> dict[str, Any]:
    """The whole document, as JSON can hold it."""
    down, up = get_args(Down), get_args(Up)
    _, schemas = msgspec.json.schema_components((*down, *up), ref_template="#/components/schemas/{name}")
    describe_schemas(schemas)
    every = {_name(kind): kind for kind in (*down, *up)}
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Setpoint live",
            "version": version("setpoint"),
            "description": "One WebSocket, one JSON object a text frame. conformance/SPEC.md has the rules.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/live",
                "description": f"Sub-protocol {SUBPROTOCOL}. A browser's cookie or a program's bearer token says who "
                "asks; without either, the first frame is auth.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in every},
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": {str(code.value): _MEANINGS[code] for code in CloseCode},
            }
        },
        "operations": {
            "say": _operation("send", "What the server says", down),
            "hear": _operation("receive", "What a client says", up),
        },
        "components": {
            "messages": {name: _message(kind) for name, kind in every.items()},
            "schemas": schemas,
        },
    }


def _operation(action: str, summary: str, kinds: Iterable[type]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/live"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/live/messages/{_name(kind)}"} for kind in kinds],
    }


def _message(kind: type) -> dict[str, Any]:
    docs = (kind.__doc__ or "").strip()
    return {
        "name": _name(kind),
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
        **({"summary": docs.splitlines()[0]} if docs else {}),
    }


def _name(kind: type) -> str:
    """The frame's ``type``."""
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]  # every frame is a struct
