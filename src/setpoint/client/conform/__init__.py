"""Checks any server's ``/live`` and ``/api/batches`` against the rules of SPEC.md that can be seen from outside.

`conform` connects as a client would. Its batches set each field to the value that it has, so nothing moves.
Each rule ends as `Verdict.HOLDS`, `BROKEN` or `UNSEEN`; a sentence says what was expected and what came.

    subject   the server, one connection to it, and the possible results of a check
    wire      checks of section 3
    batches   checks of section 6
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import httpx
import msgspec
import websockets

from setpoint.client.api import identity_headers, refusal_of
from setpoint.client.conform.batches import BATCHES
from setpoint.client.conform.subject import BrokenError, Finding, Look, Subject, UnseenError, Verdict
from setpoint.client.conform.wire import WIRE
from setpoint.contract.http.plant import PlantView
from setpoint.errors import LinkError

__all__ = ["Finding", "Verdict", "conform"]


async def conform(
    url: str, *, token: str | None = None, user: str | None = None, role: str | None = None
) -> list[Finding]:
    """The findings, in the order of the rules.

    Raises `LinkError` if nobody answers at ``url``, and `RefusedError` if the server wants to know who asks.
    """
    url = url.rstrip("/")
    headers = identity_headers(token, user, role)
    query = httpx.QueryParams({key: value for key, value in (("user", user), ("role", role)) if value})
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10.0) as http:
        try:
            answer = await http.get("/api/plant")
            if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise refusal_of(answer)
            plant = msgspec.json.decode(answer.raise_for_status().content, type=PlantView)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise LinkError(f"expected a plant from {url}/api/plant: {error}") from error
        subject = Subject(url, headers, f"?{query}" if query else "", plant, http)
        # One after the other, because one of two batches at the same time would supersede the other.
        batches = asyncio.create_task(_in_turn(subject))
        return [*await asyncio.gather(*(_found(subject, *each) for each in WIRE)), *await batches]


async def _in_turn(subject: Subject) -> list[Finding]:
    return [await _found(subject, *each) for each in BATCHES]


async def _found(subject: Subject, number: str, what: str, look: Look) -> Finding:
    try:
        await look(subject)
    except BrokenError as error:
        return Finding(number, what, Verdict.BROKEN, error.args[0])
    except UnseenError as error:
        return Finding(number, what, Verdict.UNSEEN, error.args[0])
    except (httpx.HTTPError, websockets.WebSocketException, OSError) as error:
        return Finding(number, what, Verdict.BROKEN, f"{type(error).__name__}: {error}")
    return Finding(number, what, Verdict.HOLDS)
