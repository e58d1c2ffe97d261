"""Tokens of a person's own programs, over HTTP."""

from __future__ import annotations

from litestar import Controller, delete, get, post
from litestar.params import JSONBody

from setpoint.contract.http.sign_in import TokenRequest, TokenResponse
from setpoint.core.plant import Person
from setpoint.server.http.deps import Provided
from setpoint.server.http.openapi import refusals
from setpoint.server.identity.deps import IdInPath
from setpoint.server.identity.responses import requested_grants, token_response
from setpoint.server.identity.service import ClientInfo, SignIn


class TokenController(Controller):
    path = "/tokens"

    @get(summary="My programs' tokens", responses=refusals(403, 503))
    async def tokens(self, person: Provided[Person], sign_in: Provided[SignIn]) -> list[TokenResponse]:
        return [token_response(each) for each in await sign_in.tokens(person)]

    @post(summary="A token for a program", responses=refusals(403, 409, 422, 503))
    async def create_token(
        self,
        data: JSONBody[TokenRequest],
        person: Provided[Person],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
    ) -> TokenResponse:
        grants = requested_grants(data)
        return token_response(*await sign_in.create_token(person, data.name, grants, data.days, client))

    @delete("/{token_id:str}", summary="Revoke a token", responses=refusals(403, 404, 503))
    async def revoke_token(
        self,
        person: Provided[Person],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        token_id: IdInPath,
    ) -> None:
        await sign_in.revoke_token(person, token_id, client)
