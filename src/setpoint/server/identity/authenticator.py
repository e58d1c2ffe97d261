"""Identifies the person who sends a request, by one authenticator for HTTP and ``/live``.

`DemoAuth` accepts any name that people give, on loopback only (contract section 7); `setpoint.server.identity` has the
real sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import CloseCode
from setpoint.core.plant import WHOLE_PLANT, Person, Role
from setpoint.errors import RequestError
from setpoint.server.http.request import HttpRequest
from setpoint.server.live.identity import Identity, LiveRequest, Refused

USER_HEADER = "x-demo-user"
ROLE_HEADER = "x-demo-role"
DEFAULT_NAME = "operator"
_MAX_NAME = 64


class Authenticator(Protocol):
    async def identify(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        cookies: Mapping[str, str],
        peer: str | None,
    ) -> Person | None:
        """The person who sends the request; None if nobody is signed in. Header names are lower-case."""
        ...

    async def identify_live(self, request: LiveRequest) -> Identity:
        """Identifies the person who opens a socket."""
        ...

    async def still(self, person: Person) -> Person | None:
        """Somebody who was admitted before, with their present rights; None if they would not be admitted again."""
        ...


class DemoAuth:
    """Accepts a request's name and role unchecked: ``?user=anna&role=viewer``, or X-Demo-User and X-Demo-Role."""

    async def identify(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        cookies: Mapping[str, str],  # noqa: ARG002  # the interface's; the demo has none
        peer: str | None,  # noqa: ARG002  # the interface's; the demo listens on loopback only
    ) -> Person:
        """Raises `RequestError` 400 for a name that is not printable or a role that does not exist."""
        name = (query.get("user") or _utf8(headers.get(USER_HEADER, ""))).strip() or DEFAULT_NAME
        if len(name) > _MAX_NAME or not name.isprintable():
            raise RequestError(
                f"expected a name of at most {_MAX_NAME} printable characters",
                code=ProblemCode.BAD_USER,
            )
        word = (query.get("role") or headers.get(ROLE_HEADER, "")).strip().lower() or Role.OPERATOR.word
        if word not in _ROLES:
            raise RequestError(
                f"expected a role ({', '.join(_ROLES)}), but got {word[:_MAX_NAME]!r}",
                code=ProblemCode.BAD_USER,
            )
        return Person(name, {WHOLE_PLANT: _ROLES[word]})

    async def still(self, person: Person) -> Person:
        return person

    async def identify_live(self, request: LiveRequest) -> Identity:
        try:
            return await self.identify(request.headers, request.query, {}, request.peer)
        except RequestError as error:
            return Refused(CloseCode.FORBIDDEN, error.message)


async def person_of(request: HttpRequest, auth: Authenticator) -> Person:
    """The person who sends the request. Raises `RequestError` 401 if nobody is signed in."""
    client = request.client
    person = await auth.identify(
        request.headers, dict(request.query_params), request.cookies, client.host if client else None
    )
    if person is None:
        raise RequestError("sign in first, then try again", code=ProblemCode.NOT_SIGNED_IN)
    return person


_ROLES = {role.word: role for role in Role}


def _utf8(header: str) -> str:
    """Headers arrive as Latin-1; a name that was sent as UTF-8 is read as such."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
