"""Shared by the controllers of sign-in: the person in a browser, their address, and the cookies that they get."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.params import PathParameter

from setpoint.contract.http.problems import ProblemCode
from setpoint.core.plant import Person
from setpoint.errors import RequestError
from setpoint.server.http.deps import Provided
from setpoint.server.http.problems import problem
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.devices import KEPT_S
from setpoint.server.identity.oidc import FLOW_COOKIE, FLOW_S
from setpoint.server.identity.service import ClientInfo

IdInPath: TypeAlias = Annotated[str, PathParameter(max_length=64, pattern="^[0-9a-zA-Z_-]+$")]
DEVICE_COOKIE = "setpoint-device"
FAILED_COOKIE = "setpoint-sign-in-failed"
_FAILED_S = 60


def client_info_of(request: HttpRequest) -> ClientInfo:
    client = request.client
    device = request.cookies.get(DEVICE_COOKIE) or request.cookies.get(f"__Host-{DEVICE_COOKIE}") or ""
    return ClientInfo(client.host if client else "", request.headers.get("user-agent", ""), device)


async def person_if_signed_in(request: HttpRequest, auth: Provided[SignInAuth]) -> Person | None:
    address = client_info_of(request).address
    return await auth.identify(request.headers, request.query_params, request.cookies, address)


async def person_in_browser(request: HttpRequest, auth: Provided[SignInAuth]) -> Person:
    """The person whose browser sends the request. Raises `RequestError`: 401 if nobody is signed in, 403 for a
    program."""
    person = await person_if_signed_in(request, auth)
    if person is None:
        raise RequestError("sign in first", code=ProblemCode.NOT_SIGNED_IN)
    if not person.via.startswith("session:"):
        raise RequestError(
            "accounts, sessions and tokens are kept by people, not by programs", code=ProblemCode.FORBIDDEN
        )
    return person


def json_too_deep(_: HttpRequest, __: RecursionError) -> Response[Any]:
    return problem(ProblemCode.BAD_REQUEST, "the JSON is nested deeper than any request needs")


class Cookies:
    """Makes the cookies of sign-in; over TLS they have the prefix and the flag that restrict them to TLS."""

    def __init__(self, auth: SignInAuth) -> None:
        self._auth = auth

    def session(self, secret: str | None) -> Cookie:
        """The session's cookie. It lasts until the browser is closed or the session ends. None removes it."""
        return self._cookie(self._auth.cookie_name, secret or "", max_age=None if secret else 0)

    def device(self, text: str) -> Cookie:
        """The cookie that recognises a browser. It signs nobody in."""
        name = f"__Host-{DEVICE_COOKIE}" if self._auth.is_secure else DEVICE_COOKIE
        return self._cookie(name, text, max_age=KEPT_S)

    def oidc_flow(self, sealed: str) -> Cookie:
        """The cookie that browsers keep until the OpenID provider sends them back. An empty text removes it."""
        return self._cookie(FLOW_COOKIE, sealed, max_age=FLOW_S if sealed else 0, path="/api/oidc")

    def sign_in_failed(self, error: RequestError) -> Cookie:
        """The cookie that tells the sign-in page why signing in through the provider has failed. The page reads and
        removes it. A reason in the address could have been written by anybody.
        """
        failure = {"code": error.code, "message": error.message, "args": error.arguments}
        value = quote(msgspec.json.encode(failure), safe="")
        made = self._cookie(FAILED_COOKIE, value, max_age=_FAILED_S, path="/sign-in")
        made.httponly = False
        return made

    def _cookie(self, name: str, value: str, *, max_age: int | None, path: str = "/") -> Cookie:
        return Cookie(
            name,
            value=value,
            path=path,
            httponly=True,
            secure=self._auth.is_secure,
            samesite="lax",
            max_age=max_age,
        )
