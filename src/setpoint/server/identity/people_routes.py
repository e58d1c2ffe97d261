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

from typing import Literal

import msgspec
from litestar import Controller, Router, delete, get, post, put
from litestar.di import Provide
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
from setpoint.core.plant import Person, Role
from setpoint.errors import RequestError
from setpoint.server.http.deps import NO_STORE, Provided, fixed
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.deps import IdInPath, client_info_of, json_too_deep, person_in_browser
from setpoint.server.identity.people import AccountSummary, Admin, People, check_admin
from setpoint.server.identity.responses import (
    grants_response,
    requested_grants,
    session_response,
    token_response,
)
from setpoint.server.identity.secrets import link_of


async def admin_in_browser(request: HttpRequest, person: Provided[Person]) -> Admin:
    """Raises `RequestError` 403 unless the person is an administrator of the whole plant."""
    check_admin(person)
    return Admin(person, client_info_of(request))


def people_routes(auth: SignInAuth) -> Router:
    """Everything under ``/api/people``."""
    return Router(
        "/api/people",
        route_handlers=[
            AccountController,
            AccountSessionController,
            AccountLimitsController,
            AccountTokenController,
        ],
        dependencies={
            "auth": fixed(auth),
            "people": fixed(People(auth.sign_in)),
            "person": Provide(person_in_browser),
            "admin": Provide(admin_in_browser),
        },
        tags=["people"],
        response_headers=NO_STORE,
        exception_handlers={RecursionError: json_too_deep},
    )


class AccountController(Controller):
    @get(summary="Everybody", responses=refusals(403, 503))
    async def everybody(self, people: Provided[People], admin: Provided[Admin]) -> list[PersonResponse]:
        return [_person_response(each, admin) for each in await people.all()]

    @post(summary="Add somebody", responses=refusals(403, 409, 422, 503))
    async def add(
        self, people: Provided[People], admin: Provided[Admin], data: JSONBody[PersonRequest]
    ) -> LinkMadeResponse:
        account, secret = await people.add(admin, data.name, _grants(data.grants), data.subject)
        return LinkMadeResponse(account.name, link_of("", secret) if secret else None)

    @put("/{name:str}/grants", summary="Change rights", responses=refusals(403, 404, 409, 422, 503))
    async def grant(
        self,
        people: Provided[People],
        admin: Provided[Admin],
        name: FromPath[str],
        data: JSONBody[GrantsRequest],
    ) -> dict[str, str]:
        return grants_response((await people.grant(admin, name, _grants(data.grants))).grants)

    @post(
        "/{name:str}/disable",
        status_code=204,
        summary="Disable an account",
        responses=refusals(403, 404, 409, 503),
    )
    async def disable(self, people: Provided[People], admin: Provided[Admin], name: FromPath[str]) -> None:
        await people.set_disabled(admin, name, is_disabled=True)

    @post(
        "/{name:str}/enable",
        status_code=204,
        summary="Enable an account",
        responses=refusals(403, 404, 503),
    )
    async def enable(self, people: Provided[People], admin: Provided[Admin], name: FromPath[str]) -> None:
        await people.set_disabled(admin, name, is_disabled=False)

    @post("/{name:str}/link", summary="A link for a password", responses=refusals(403, 404, 503))
    async def link(
        self, people: Provided[People], admin: Provided[Admin], name: FromPath[str]
    ) -> LinkMadeResponse:
        return LinkMadeResponse(name, link_of("", await people.link(admin, name)))


class AccountSessionController(Controller):
    path = "/{name:str}/sessions"

    @get(summary="Where somebody is signed in", responses=refusals(403, 404, 503))
    async def sessions(
        self, people: Provided[People], admin: Provided[Admin], name: FromPath[str]
    ) -> list[SessionResponse]:
        return [session_response(each, admin.person) for each in await people.sessions(name)]

    @delete(summary="Sign somebody out", responses=refusals(403, 404, 503))
    async def end_sessions(
        self, people: Provided[People], admin: Provided[Admin], name: FromPath[str]
    ) -> None:
        await people.end_sessions(admin, name)

    @delete("/{session_id:str}", summary="Sign somebody out there", responses=refusals(403, 404, 503))
    async def end_session(
        self, people: Provided[People], admin: Provided[Admin], name: FromPath[str], session_id: IdInPath
    ) -> None:
        await people.end_session(admin, name, session_id)


class AccountLimitsController(Controller):
    path = "/{name:str}/limits"

    @get(summary="How much somebody may do and keep", responses=refusals(403, 404, 503))
    async def limits(
        self,
        people: Provided[People],
        admin: Provided[Admin],  # noqa: ARG002  # only administrators may ask
        name: FromPath[str],
    ) -> LimitsResponse:
        return _limits_response(await people.limits(name))

    @put(summary="Set somebody's limits", responses=refusals(403, 404, 503))
    async def set_limits(
        self,
        people: Provided[People],
        admin: Provided[Admin],
        name: FromPath[str],
        data: JSONBody[PersonLimits],
    ) -> LimitsResponse:
        return _limits_response(await people.set_limits(admin, name, data))

    @delete(status_code=200, summary="The default limits again", responses=refusals(403, 404, 503))
    async def reset_limits(
        self, people: Provided[People], admin: Provided[Admin], name: FromPath[str]
    ) -> LimitsResponse:
        return _limits_response(await people.reset_limits(admin, name))


class AccountTokenController(Controller):
    path = "/{name:str}/tokens"

    @get(summary="Somebody's programs' tokens", responses=refusals(403, 404, 503))
    async def tokens(
        self,
        people: Provided[People],
        admin: Provided[Admin],  # noqa: ARG002  # only administrators may ask
        name: FromPath[str],
    ) -> list[TokenResponse]:
        return [token_response(each) for each in await people.tokens(name)]

    @post(summary="A token for somebody's program", responses=refusals(403, 404, 409, 422, 503))
    async def create_token(
        self,
        people: Provided[People],
        admin: Provided[Admin],
        name: FromPath[str],
        data: JSONBody[TokenRequest],
    ) -> TokenResponse:
        grants = requested_grants(data)
        return token_response(*await people.create_token(admin, name, data.name, grants, data.days))

    @delete("/{token_id:str}", summary="Revoke somebody's token", responses=refusals(403, 404, 503))
    async def revoke_token(
        self, people: Provided[People], admin: Provided[Admin], name: FromPath[str], token_id: IdInPath
    ) -> None:
        await people.revoke_token(admin, name, token_id)


def _grants(words: dict[str, str]) -> dict[str, Role]:
    """Raises `RequestError` 422 for a role that does not exist."""
    found: dict[str, Role] = {}
    for line, word in words.items():
        role = _ROLES.get(word)
        if role is None:
            raise RequestError(
                f"expected a role ({', '.join(_ROLES)}) for {line!r}, but got {word!r}",
                code=ProblemCode.BAD_ROLE,
                arguments={"name": word[:64]},
            )
        found[line] = role
    return found


_ROLES = {role.word: role for role in Role}


def _person_response(known: AccountSummary, admin: Admin) -> PersonResponse:
    account = known.account
    return PersonResponse(
        account.name,
        grants_response(account.grants),
        _comes_by(account),
        account.is_disabled,
        account.name == admin.person.name,
        account.created_ts,
        known.signed_in_ts,
    )


def _limits_response(limits: PersonLimits) -> LimitsResponse:
    return LimitsResponse(**msgspec.structs.asdict(limits))


def _comes_by(account: Account) -> Literal["password", "openid", "link"]:
    if account.subject:
        return "openid"
    return "password" if account.password_hash else "link"
