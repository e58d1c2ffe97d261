"""The answers of the sign-in routes, made from accounts, sessions and tokens."""

from __future__ import annotations

from collections.abc import Mapping

from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.sign_in import Me, SessionResponse, TokenRequest, TokenResponse
from setpoint.core.accounts import Session, Token, parse_grants
from setpoint.core.plant import Person, Role
from setpoint.errors import ConfigError, RequestError


def requested_grants(data: TokenRequest) -> dict[str, Role]:
    """Raises `RequestError` 422 for a role that does not exist."""
    try:
        return parse_grants(data.role, data.lines)
    except ConfigError as error:
        raise RequestError(error.message, code=ProblemCode.BAD_ROLE) from error


def me_response(person: Person) -> Me:
    return Me(person.name, person.role.word, grants_response(person.grants))


def grants_response(grants: Mapping[str, Role]) -> dict[str, str]:
    return {line: role.word for line, role in sorted(grants.items())}


def session_response(session: Session, person: Person) -> SessionResponse:
    return SessionResponse(
        session.id,
        session.address,
        session.agent,
        session.created_ts,
        session.seen_ts,
        person.via == f"session:{session.id}",
    )


def token_response(token: Token, text: str | None = None) -> TokenResponse:
    return TokenResponse(
        token.id,
        token.name,
        grants_response(token.grants),
        token.created_ts,
        token.expires_ts,
        token.seen_ts,
        text,
    )
