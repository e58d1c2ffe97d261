"""The HTTP of sign-in.

    GET    /api/session          who am I, and how could I sign in
    POST   /api/session          name and password → the cookie
    DELETE /api/session          sign out here
    GET    /api/sessions         where am I signed in
    DELETE /api/sessions         sign out everywhere, here too
    DELETE /api/sessions/{id}    sign out there
    POST   /api/invite           what a link is for
    PUT    /api/invite           the link's secret and a password → the cookie
    GET    /api/tokens           my programs' tokens
    POST   /api/tokens           a new one; its text is in this answer and nowhere else
    DELETE /api/tokens/{id}      revoke
    GET    /api/oidc/start       to the OpenID provider
    GET    /api/oidc/callback    and back

`setpoint.server.identity.people_routes` has what administrators do for others.
Only people in a browser manage sessions and tokens: a token cannot make tokens or end sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from litestar import Response, Router, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter

from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.sign_in import (
    LinkRequest,
    LinkResponse,
    LinkUseRequest,
    Me,
    SessionInfo,
    SessionResponse,
    SignInRequest,
    TokenRequest,
    TokenResponse,
)
from setpoint.core.accounts import Session, Token, parse_grants
from setpoint.core.plant import Person, Role
from setpoint.errors import ConfigError, RequestError
from setpoint.server.http.openapi import refusals
from setpoint.server.http.problems import Asking, problem
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.devices import KEPT_S
from setpoint.server.identity.oidc import FLOW_COOKIE, FLOW_S, Oidc
from setpoint.server.identity.service import SignedIn, Visitor

IdInPath: TypeAlias = Annotated[str, PathParameter(max_length=64, pattern="^[0-9a-zA-Z_-]+$")]


def sign_in_routes(auth: SignInAuth, oidc: Oidc | None = None) -> Router:
    """Everything under ``/api`` about sign-in."""
    sign_in = auth.sign_in

    def let_in(signed_in: SignedIn) -> Response[Me]:
        cookies = [cookie(signed_in.secret), device_cookie(signed_in.device, auth)]
        return Response(_me(signed_in.person), cookies=cookies, headers=NO_STORE)

    def cookie(secret: str | None) -> Cookie:
        """Goes when the browser is closed, or with the session, whichever is first."""
        return Cookie(
            auth.cookie_name,
            value=secret or "",
            path="/",
            httponly=True,
            secure=auth.is_secure,
            samesite="lax",
            max_age=None if secret else 0,
        )

    @get("/session", summary="Who am I", responses=refusals())
    async def door(request: Asking) -> Response[SessionInfo]:
        person = await auth.identify(
            request.headers, request.query_params, request.cookies, visitor_of(request).address
        )
        found = SessionInfo(
            None if person is None else _me(person),
            person is None and await sign_in.needs_set_up(),
            None if oidc is None else oidc.settings.name,
        )
        return Response(found, headers=NO_STORE)

    @post("/session", status_code=200, summary="Sign in", responses=refusals(429, 503))
    async def enter(request: Asking, data: JSONBody[SignInRequest]) -> Response[Me]:
        return let_in(await sign_in.sign_in(data.name, data.password, visitor_of(request)))

    @delete("/session", status_code=204, summary="Sign out here", responses=_SIGNED_OUT)
    async def leave(request: Asking) -> Response[None]:
        await sign_in.sign_out(await in_browser(request, auth), visitor_of(request))
        return Response(None, status_code=204, cookies=[cookie(None)], headers=NO_STORE | _FORGET)

    @get("/sessions", summary="Where am I signed in", responses=refusals(403, 503))
    async def sessions(request: Asking) -> Response[list[SessionResponse]]:
        person = await in_browser(request, auth)
        found = [session_shown(each, person) for each in await sign_in.sessions(person)]
        return Response(found, headers=NO_STORE)

    @delete("/sessions", status_code=204, summary="Sign out everywhere", responses=_SIGNED_OUT)
    async def leave_everywhere(request: Asking) -> Response[None]:
        await sign_in.sign_out_everywhere(await in_browser(request, auth), visitor_of(request))
        return Response(None, status_code=204, cookies=[cookie(None)], headers=NO_STORE | _FORGET)

    @delete("/sessions/{session_id:str}", summary="Sign out there", responses=refusals(403, 404, 503))
    async def leave_there(request: Asking, session_id: IdInPath) -> None:
        await sign_in.end_session(await in_browser(request, auth), session_id, visitor_of(request))

    @post("/invite", status_code=200, summary="What a link is for", responses=refusals(404, 503))
    async def read_link(data: JSONBody[LinkRequest]) -> Response[LinkResponse]:
        invite = await sign_in.read_invite(data.secret)
        return Response(LinkResponse(invite.account, invite.expires_ts), headers=NO_STORE)

    @put("/invite", summary="Choose a password by a link", responses=refusals(404, 422, 429, 503))
    async def use_link(request: Asking, data: JSONBody[LinkUseRequest]) -> Response[Me]:
        return let_in(await sign_in.accept_invite(data.secret, data.name, data.password, visitor_of(request)))

    @get("/tokens", summary="My programs' tokens", responses=refusals(403, 503))
    async def tokens(request: Asking) -> Response[list[TokenResponse]]:
        found = [token_shown(each) for each in await sign_in.tokens(await in_browser(request, auth))]
        return Response(found, headers=NO_STORE)

    @post("/tokens", summary="A token for a program", responses=refusals(403, 409, 422, 503))
    async def create_token(request: Asking, data: JSONBody[TokenRequest]) -> Response[TokenResponse]:
        person, grants = await in_browser(request, auth), asked_grants(data)
        token, text = await sign_in.create_token(person, data.name, grants, data.days, visitor_of(request))
        return Response(token_shown(token, text), status_code=201, headers=NO_STORE)

    @delete("/tokens/{token_id:str}", summary="Revoke a token", responses=refusals(403, 404, 503))
    async def revoke_token(request: Asking, token_id: IdInPath) -> None:
        await sign_in.revoke_token(await in_browser(request, auth), token_id, visitor_of(request))

    handlers: list[HTTPRouteHandler] = [
        door,
        enter,
        leave,
        sessions,
        leave_everywhere,
        leave_there,
        read_link,
        use_link,
    ]
    handlers += [tokens, create_token, revoke_token]
    if oidc is not None:
        handlers += _oidc_routes(auth, oidc, cookie)
    return Router(
        "/api", route_handlers=handlers, tags=["sign-in"], exception_handlers={RecursionError: too_deep}
    )


def _oidc_routes(
    auth: SignInAuth, oidc: Oidc, cookie: Callable[[str | None], Cookie]
) -> list[HTTPRouteHandler]:
    def flow_cookie(secret: str) -> Cookie:
        return Cookie(
            FLOW_COOKIE,
            value=secret,
            path="/api/oidc",
            httponly=True,
            secure=auth.is_secure,
            samesite="lax",
            max_age=FLOW_S if secret else 0,
        )

    @get(
        "/oidc/start", status_code=302, summary="Sign in through the OpenID provider", responses=refusals(502)
    )
    async def start() -> Response[None]:
        started = await oidc.start()
        headers = NO_STORE | {"location": started.location}
        return Response(None, status_code=302, headers=headers, cookies=[flow_cookie(started.sealed)])

    @get("/oidc/callback", status_code=302, summary="Back from the OpenID provider")
    async def callback(request: Asking) -> Response[None]:
        """Leads to the board, or to the sign-in page with a sentence that says what went wrong."""
        visitor = visitor_of(request)
        try:
            vouched = await oidc.finish(dict(request.query_params), request.cookies.get(FLOW_COOKIE, ""))
            account = await auth.sign_in.account_for_subject(vouched.subject, vouched.name)
            signed_in = await auth.sign_in.open_session(account, visitor, how="openid")
        except RequestError as error:
            headers = NO_STORE | {"location": f"/sign-in#failed={quote(error.message)}"}
            return Response(None, status_code=302, headers=headers, cookies=[flow_cookie("")])
        headers = NO_STORE | {"location": "/"}
        return Response(
            None,
            status_code=302,
            headers=headers,
            cookies=[flow_cookie(""), cookie(signed_in.secret), device_cookie(signed_in.device, auth)],
        )

    return [start, callback]


def too_deep(_: Asking, __: RecursionError) -> Response[Any]:
    return problem(ProblemCode.BAD_REQUEST, "the JSON is nested deeper than anything that is asked for here")


NO_STORE = {"cache-control": "no-store"}
DEVICE_COOKIE = "setpoint-device"
_SIGNED_OUT = {204: ResponseSpec(None, description="signed out"), **refusals(403, 503)}
"""Said by hand: of a response that carries a cookie Litestar would say that it has a body."""
_FORGET = {"clear-site-data": '"cache"'}
"""After sign-out the back button must not show what the browser kept."""


async def in_browser(request: Asking, auth: SignInAuth) -> Person:
    """The person whose browser asks. Raises `RequestError` 401 for nobody, 403 for a program."""
    person = await auth.identify(
        request.headers, request.query_params, request.cookies, visitor_of(request).address
    )
    if person is None:
        raise RequestError("sign in first", code=ProblemCode.NOT_SIGNED_IN)
    if not person.via.startswith("session:"):
        raise RequestError(
            "accounts, sessions and tokens are kept by people, not by programs", code=ProblemCode.FORBIDDEN
        )
    return person


def asked_grants(data: TokenRequest) -> dict[str, Role]:
    """Raises `RequestError` 422 if a role is none."""
    try:
        return parse_grants(data.role, data.lines)
    except ConfigError as error:
        raise RequestError(error.message, code=ProblemCode.BAD_ROLE) from error


def visitor_of(request: Asking) -> Visitor:
    client = request.client
    device = request.cookies.get(DEVICE_COOKIE) or request.cookies.get(f"__Host-{DEVICE_COOKIE}") or ""
    return Visitor(client.host if client else "", request.headers.get("user-agent", ""), device)


def device_cookie(text: str, auth: SignInAuth) -> Cookie:
    """By it the browser is known again; it signs nobody in."""
    return Cookie(
        f"__Host-{DEVICE_COOKIE}" if auth.is_secure else DEVICE_COOKIE,
        value=text,
        path="/",
        httponly=True,
        secure=auth.is_secure,
        samesite="lax",
        max_age=KEPT_S,
    )


def _me(person: Person) -> Me:
    return Me(person.name, person.role.word, grants_shown(person.grants))


def grants_shown(grants: Mapping[str, Role]) -> dict[str, str]:
    return {line: role.word for line, role in sorted(grants.items())}


def session_shown(session: Session, person: Person) -> SessionResponse:
    return SessionResponse(
        session.id,
        session.address,
        session.agent,
        session.created_ts,
        session.seen_ts,
        person.via == f"session:{session.id}",
    )


def token_shown(token: Token, text: str | None = None) -> TokenResponse:
    return TokenResponse(
        token.id,
        token.name,
        grants_shown(token.grants),
        token.created_ts,
        token.expires_ts,
        token.seen_ts,
        text,
    )
