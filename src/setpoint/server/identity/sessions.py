"""Sessions over HTTP: who somebody is, signing in and out, and choosing a password by a link."""

from __future__ import annotations

from litestar import Controller, Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from setpoint.contract.http.sign_in import (
    LinkRequest,
    LinkResponse,
    LinkUseRequest,
    Me,
    SessionInfo,
    SessionResponse,
    SignInRequest,
)
from setpoint.core.plant import Person
from setpoint.server.http.deps import Provided
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.deps import Cookies, IdInPath, person_if_signed_in
from setpoint.server.identity.oidc import Oidc
from setpoint.server.identity.responses import me_response, session_response
from setpoint.server.identity.service import ClientInfo, SignedIn, SignIn

_SIGNED_OUT = {204: ResponseSpec(None, description="signed out"), **refusals(403, 503)}
"""Declared by hand: Litestar would document a body for a response that carries a cookie."""
_FORGET = {"clear-site-data": '"cache"'}
"""Clears the browser's cache, so that after sign-out the back button does not show what it kept."""


class SessionController(Controller):
    @get("/session", summary="Who am I", responses=refusals())
    async def session(
        self,
        request: HttpRequest,
        auth: Provided[SignInAuth],
        sign_in: Provided[SignIn],
        oidc: Provided[Oidc | None],
    ) -> SessionInfo:
        person = await person_if_signed_in(request, auth)
        return SessionInfo(
            None if person is None else me_response(person),
            person is None and await sign_in.needs_set_up(),
            None if oidc is None else oidc.settings.name,
        )

    @post("/session", status_code=200, summary="Sign in", responses=refusals(429, 503))
    async def enter(
        self,
        data: JSONBody[SignInRequest],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        cookies_for: Provided[Cookies],
    ) -> Response[Me]:
        return _let_in(await sign_in.sign_in(data.name, data.password, client), cookies_for)

    @delete("/session", status_code=204, summary="Sign out here", responses=_SIGNED_OUT)
    async def leave(
        self,
        person: Provided[Person],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        cookies_for: Provided[Cookies],
    ) -> Response[None]:
        await sign_in.sign_out(person, client)
        return _signed_out(cookies_for)

    @get("/sessions", summary="Where am I signed in", responses=refusals(403, 503))
    async def sessions(self, person: Provided[Person], sign_in: Provided[SignIn]) -> list[SessionResponse]:
        return [session_response(each, person) for each in await sign_in.sessions(person)]

    @delete("/sessions", status_code=204, summary="Sign out everywhere", responses=_SIGNED_OUT)
    async def leave_everywhere(
        self,
        person: Provided[Person],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        cookies_for: Provided[Cookies],
    ) -> Response[None]:
        await sign_in.sign_out_everywhere(person, client)
        return _signed_out(cookies_for)

    @delete("/sessions/{session_id:str}", summary="Sign out there", responses=refusals(403, 404, 503))
    async def leave_there(
        self,
        person: Provided[Person],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        session_id: IdInPath,
    ) -> None:
        await sign_in.end_session(person, session_id, client)


class LinkController(Controller):
    path = "/invite"

    @post(status_code=200, summary="What a link is for", responses=refusals(404, 503))
    async def read_link(self, data: JSONBody[LinkRequest], sign_in: Provided[SignIn]) -> LinkResponse:
        invite = await sign_in.read_invite(data.secret)
        return LinkResponse(invite.account, invite.expires_ts)

    @put(summary="Choose a password by a link", responses=refusals(404, 422, 429, 503))
    async def use_link(
        self,
        data: JSONBody[LinkUseRequest],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        cookies_for: Provided[Cookies],
    ) -> Response[Me]:
        signed_in = await sign_in.accept_invite(data.secret, data.name, data.password, client)
        return _let_in(signed_in, cookies_for)


def _let_in(signed_in: SignedIn, cookies_for: Cookies) -> Response[Me]:
    cookies = [cookies_for.session(signed_in.secret), cookies_for.device(signed_in.device)]
    return Response(me_response(signed_in.person), cookies=cookies)


def _signed_out(cookies_for: Cookies) -> Response[None]:
    return Response(None, status_code=204, cookies=[cookies_for.session(None)], headers=_FORGET)
