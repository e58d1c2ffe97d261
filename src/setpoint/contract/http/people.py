"""Administration of other people's accounts, and the security log."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from setpoint.contract.http.sign_in import NameText

MAX_LINES = 1_000
PLAIN = r"^(?![\s\S]*[\x00-\x1f\x7f])"
"""Texts without control characters: what else may stand in a name, a database can be asked for."""

RoleText: TypeAlias = Annotated[str, msgspec.Meta(max_length=20)]
LineText: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=PLAIN)]
Grants: TypeAlias = Annotated[dict[LineText, RoleText], msgspec.Meta(min_length=1, max_length=MAX_LINES)]


class PersonRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``subject``: who it is at the OpenID provider (issuer, a ``|``, subject); such a person has no password."""

    name: NameText
    grants: Grants
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=512, pattern=PLAIN)] | None = None


class GrantsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line's id, or ``*`` for the plant, to a role."""

    grants: Grants


class PersonResponse(msgspec.Struct, frozen=True, rename="camel"):
    """``comesBy``: ``password``, ``openid``, or ``link`` for who has no password yet.

    ``signedInAt``: the last sign-in; null for never, or long ago.
    """

    name: str
    grants: dict[str, str]
    comes_by: Literal["password", "openid", "link"]
    is_disabled: bool
    is_me: bool
    created_at: float
    signed_in_at: float | None


class LinkMadeResponse(msgspec.Struct, frozen=True, rename="camel"):
    """``link`` is relative to the address of this server, works once, for a day; null if none is needed."""

    name: str
    link: str | None


class SecurityEntry(msgspec.Struct, frozen=True, rename="camel"):
    """``seq`` is its number in the audit. ``facts`` are what else was recorded; never a secret."""

    seq: int
    at: float
    event: str
    person: str
    address: str
    facts: dict[str, object]
