"""The request that handlers receive."""

from __future__ import annotations

from typing import Any, TypeAlias

from litestar import Request
from litestar.datastructures import State

from setpoint.texts import language_of_header

HttpRequest: TypeAlias = Request[Any, Any, State]


def language_of(request: HttpRequest) -> str:
    """The language of texts for people in the answer, from ``Accept-Language``; English by default."""
    return language_of_header(request.headers.get("accept-language"))
