"""The HTTP interface of `People`, for administrators of the whole plant, in a browser.

GET    /api/people                          all accounts, with rights and last sign-in
POST   /api/people                          a new account → the link for its owner, only in this answer
PUT    /api/people/{name}/grants            replace the rights
POST   /api/people/{name}/disable           disable the account
POST   /api/people/{name}/enable            enable it again
POST   /api/people/{name}/link              a new link to choose a password
GET    /api/people/{name}/sessions          its sessions
DELETE /api/people/{name}/sessions          sign out everywhere
DELETE /api/people/{name}/sessions/{id}     end one session
GET    /api/people/{name}/limits            its limits
PUT    /api/people/{name}/limits            replace the limits
DELETE /api/people/{name}/limits            follow the default again; the name ``*`` is the default itself
GET    /api/people/{name}/tokens            its programs' tokens
POST   /api/people/{name}/tokens            a new token; its text is only in this answer
DELETE /api/people/{name}/tokens/{id}       revoke a token
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

import msgspec
from litestar import Router, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from setpoint.contract.http.people import (
    GrantsRequest,
    LimitsResponse,
    LinkMadeResponse,
    PersonRequest,
    PersonResponse,
)
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.sign_in import SessionResponse, TokenRequest, TokenResponse
from setpoint.core.accounts import Account
from setpoint.core.limits import PersonLimits
from setpoint.core.plant import Role
from setpoint.errors import RequestError
from setpoint.server.http.openapi import refusals
from setpoint.server.http.problems import Asking
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.people import Admin, Known, People, check_admin
from setpoint.server.identity.routes import (
    NO_STORE,
    IdInPath,
    asked_grants,
    grants_shown,
    in_browser,
    session_shown,
    token_shown,
    too_deep,
    visitor_of,
)
from setpoint.server.identity.secrets import link_of

Asks: TypeAlias = Callable[[Asking], Awaitable[Admin]]
"""Who asks, where they are an administrator."""


def people_routes(auth: SignInAuth) -> Router:
    """Everything under ``/api/people``."""
    people = People(auth.sign_in)

    async def admin(request: Asking) -> Admin:
        person = await in_browser(request, auth)
        check_admin(person)
        return Admin(person, visitor_of(request))

    handlers = [*_accounts(people, admin), *_credentials(people, admin)]
    return Router(
        "/api/people",
        route_handlers=handlers,
        tags=["people"],
        response_headers=NO_STORE,
        exception_handlers={RecursionError: too_deep},
    )


def _accounts(people: People, admin: Asks) -> list[HTTPRouteHandler]:
    @get("/", summary="Everybody", responses=refusals(403, 503))
    async def everybody(request: Asking) -> list[PersonResponse]:
        asked_by = await admin(request)
        return [_shown(each, asked_by) for each in await people.all()]

    @post("/", summary="Add somebody", responses=refusals(403, 409, 422, 503))
    async def add(request: Asking, data: JSONBody[PersonRequest]) -> LinkMadeResponse:
        asked_by = await admin(request)
        account, secret = await people.add(asked_by, data.name, _grants(data.grants), data.subject)
        return LinkMadeResponse(account.name, link_of("", secret) if secret else None)

    @put("/{name:str}/grants", summary="Change rights", responses=refusals(403, 404, 409, 422, 503))
    async def grant(request: Asking, name: FromPath[str], data: JSONBody[GrantsRequest]) -> dict[str, str]:
        return grants_shown((await people.grant(await admin(request), name, _grants(data.grants))).grants)

    @post(
        "/{name:str}/disable",
        status_code=204,
        summary="Disable an account",
        responses=refusals(403, 404, 409, 503),
    )
    async def disable(request: Asking, name: FromPath[str]) -> None:
        await people.set_disabled(await admin(request), name, is_disabled=True)

    @post(
        "/{name:str}/enable",
        status_code=204,
        summary="Enable an account",
        responses=refusals(403, 404, 503),
    )
    async def enable(request: Asking, name: FromPath[str]) -> None:
        await people.set_disabled(await admin(request), name, is_disabled=False)

    @post("/{name:str}/link", summary="A link for a password", responses=refusals(403, 404, 503))
    async def link(request: Asking, name: FromPath[str]) -> LinkMadeResponse:
        return LinkMadeResponse(name, link_of("", await people.link(await admin(request), name)))

    return [everybody, add, grant, disable, enable, link]


def _credentials(people: People, admin: Asks) -> list[HTTPRouteHandler]:
    @get("/{name:str}/sessions", summary="Where somebody is signed in", responses=refusals(403, 404, 503))
    async def sessions(request: Asking, name: FromPath[str]) -> list[SessionResponse]:
        asked_by = await admin(request)
        return [session_shown(each, asked_by.person) for each in await people.sessions(name)]

    @delete("/{name:str}/sessions", summary="Sign somebody out", responses=refusals(403, 404, 503))
    async def end_sessions(request: Asking, name: FromPath[str]) -> None:
        await people.end_sessions(await admin(request), name)

    @delete(
        "/{name:str}/sessions/{session_id:str}",
        summary="Sign somebody out there",
        responses=refusals(403, 404, 503),
    )
    async def end_session(request: Asking, name: FromPath[str], session_id: IdInPath) -> None:
        await people.end_session(await admin(request), name, session_id)

    @get("/{name:str}/limits", summary="How much somebody may do and keep", responses=refusals(403, 404, 503))
    async def limits(request: Asking, name: FromPath[str]) -> LimitsResponse:
        await admin(request)
        return _limits_shown(await people.limits(name))

    @put("/{name:str}/limits", summary="Set somebody's limits", responses=refusals(403, 404, 503))
    async def set_limits(
        request: Asking, name: FromPath[str], data: JSONBody[PersonLimits]
    ) -> LimitsResponse:
        return _limits_shown(await people.set_limits(await admin(request), name, data))

    @delete(
        "/{name:str}/limits",
        status_code=200,
        summary="The default limits again",
        responses=refusals(403, 404, 503),
    )
    async def reset_limits(request: Asking, name: FromPath[str]) -> LimitsResponse:
        return _limits_shown(await people.reset_limits(await admin(request), name))

    @get("/{name:str}/tokens", summary="Somebody's programs' tokens", responses=refusals(403, 404, 503))
    async def tokens(request: Asking, name: FromPath[str]) -> list[TokenResponse]:
        await admin(request)
        return [token_shown(each) for each in await people.tokens(name)]

    @post(
        "/{name:str}/tokens",
        summary="A token for somebody's program",
        responses=refusals(403, 404, 409, 422, 503),
    )
    async def create_token(
        request: Asking, name: FromPath[str], data: JSONBody[TokenRequest]
    ) -> TokenResponse:
        asked_by, grants = await admin(request), asked_grants(data)
        return token_shown(*await people.create_token(asked_by, name, data.name, grants, data.days))

    @delete(
        "/{name:str}/tokens/{token_id:str}",
        summary="Revoke somebody's token",
        responses=refusals(403, 404, 503),
    )
    async def revoke_token(request: Asking, name: FromPath[str], token_id: IdInPath) -> None:
        await people.revoke_token(await admin(request), name, token_id)

    return [
        sessions,
        end_sessions,
        end_session,
        limits,
        set_limits,
        reset_limits,
        tokens,
        create_token,
        revoke_token,
    ]


def _grants(words: dict[str, str]) -> dict[str, Role]:
    """Raises `RequestError` 422 if a role is none."""
    found: dict[str, Role] = {}
    for line, word in words.items():
        role = _ROLES.get(word)
        if role is None:
            raise RequestError(
                f"a role is one of {', '.join(_ROLES)}; {word!r} came for {line!r}",
                code=ProblemCode.BAD_ROLE,
            )
        found[line] = role
    return found


_ROLES = {role.word: role for role in Role}


def _shown(known: Known, asked_by: Admin) -> PersonResponse:
    account = known.account
    return PersonResponse(
        account.name,
        grants_shown(account.grants),
        _comes_by(account),
        account.is_disabled,
        account.name == asked_by.person.name,
        account.created_ts,
        known.signed_in_ts,
    )


def _limits_shown(limits: PersonLimits) -> LimitsResponse:
    return LimitsResponse(**msgspec.structs.asdict(limits))


def _comes_by(account: Account) -> Literal["password", "openid", "link"]:
    if account.subject:
        return "openid"
    return "password" if account.password_hash else "link"
