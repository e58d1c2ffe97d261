"""The authenticator of ``setpoint serve``: a browser's cookie or a program's token. It cannot be switched off.

HTTP takes ``Authorization: Bearer setpoint_…`` or the session cookie. Programs that know no Bearer (Excel) send the
token as the password of ``Basic``, with any name; a person's own password is not accepted there. If there is both a
token and a cookie, the token counts, so that a program never acts as somebody else. ``/live`` takes Bearer and
cookie, and the ``auth`` frame. A cookie on ``/live`` counts only with an ``Origin``, which browsers always send and
`setpoint.server.live.origin` has checked. A client that sends a cookie without an ``Origin`` is not a browser, and
needs a token.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from setpoint.core.plant import Person
from setpoint.server.identity.service import SignIn
from setpoint.server.live.identity import Identity, LiveRequest, NeedsToken, Refused, cookies_of

COOKIE = "setpoint-session"
SECURE_COOKIE = "__Host-setpoint-session"
"""The name behind TLS. Its prefix makes browsers refuse the cookie unless this very host sets it over TLS."""


class SignInAuth:
    """``is_secure``: browsers reach us over TLS, so only the cookie that was set over TLS counts."""

    def __init__(self, sign_in: SignIn, *, is_secure: bool) -> None:
        self.sign_in = sign_in
        self.is_secure = is_secure

    @property
    def cookie_name(self) -> str:
        return SECURE_COOKIE if self.is_secure else COOKIE

    async def identify(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],  # noqa: ARG002  # the interface's; a secret in an address ends up in logs
        cookies: Mapping[str, str],
        peer: str | None,  # noqa: ARG002  # the interface's
    ) -> Person | None:
        """The person who sends the request; None if nobody is signed in. Header names are lower-case."""
        authorization = headers.get("authorization")
        if authorization is not None:
            return await self.sign_in.by_token(_token(authorization))
        secret = cookies.get(self.cookie_name)
        return await self.sign_in.by_cookie(secret) if secret else None

    async def still(self, person: Person) -> Person | None:
        """Somebody who was admitted before, with their present rights."""
        return await self.sign_in.still(person.via)

    async def identify_live(self, request: LiveRequest) -> Identity:
        """Identifies the person who opens a socket, by token, cookie, or the ``auth`` frame that must follow."""
        if request.token is not None:
            return await self.sign_in.by_token(request.token) or Refused(
                reason="that token is not known, or has ended"
            )
        headers = request.headers
        cookies = cookies_of(headers.get("cookie", "")) if request.origin is not None else {}
        if "authorization" not in headers and self.cookie_name not in cookies:
            return NeedsToken()
        person = await self.identify(headers, request.query, cookies, request.peer)
        return person or Refused()


def _token(authorization: str) -> str:
    """The token of Bearer, or the password of Basic; empty if there is neither."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except ValueError:  # not base64, or not text
        return ""
