"""The current person and how to sign in: sessions, links and tokens."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

NameText: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
PasswordText: TypeAlias = Annotated[str, msgspec.Meta(max_length=1_000)]
Secret: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class SignInRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: NameText
    password: PasswordText


class LinkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    secret: Secret


class LinkUseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``name`` counts only where the link is the first administrator's."""

    secret: Secret
    password: PasswordText
    name: NameText = ""


class TokenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``lines``: ``["01", "02=viewer"]``; none for the whole plant. ``days``: how long it works."""

    name: NameText
    role: Annotated[str, msgspec.Meta(max_length=20)] = "viewer"
    lines: Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=1_000)] = []
    days: int = 90


class Me(msgspec.Struct, frozen=True, rename="camel"):
    """``grants``: a line's id, or ``*`` for the plant, to a role."""

    name: str
    role: str
    grants: dict[str, str]


class SessionInfo(msgspec.Struct, frozen=True, rename="camel"):
    """``user`` is null for somebody who has not signed in. ``openId``: the provider's name, if there is one."""

    user: Me | None
    needs_set_up: bool
    open_id: str | None


class LinkResponse(msgspec.Struct, frozen=True, rename="camel"):
    """``name`` is null if its person chooses one: the first administrator."""

    name: str | None
    expires_at: float


class SessionResponse(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    address: str
    agent: str
    created_at: float
    seen_at: float
    is_this: bool


class TokenResponse(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """``token`` is its text, in the answer that made it and nowhere else."""

    id: str
    name: str
    grants: dict[str, str]
    created_at: float
    expires_at: float
    seen_at: float | None = None
    token: str | None = None
