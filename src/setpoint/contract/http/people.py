"""Administration of other people's accounts, and the security log."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from setpoint.contract.http.sign_in import NameText

MAX_LINES = 1_000
PLAIN = r"^(?![\s\S]*[\x00-\x1f\x7f])"
"""Texts without control characters; a database accepts any other text in a query."""

RoleText: TypeAlias = Annotated[str, msgspec.Meta(max_length=20)]
LineText: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=PLAIN)]
Grants: TypeAlias = Annotated[dict[LineText, RoleText], msgspec.Meta(min_length=1, max_length=MAX_LINES)]


SecurityEvent: TypeAlias = Literal[
    "signed-in",
    "sign-in-refused",
    "signed-out",
    "signed-out-everywhere",
    "session-ended",
    "sessions-ended",
    "set-up",
    "password-set",
    "link-made",
    "account-added",
    "account-disabled",
    "account-enabled",
    "rights-changed",
    "limits-changed",
    "token-created",
    "token-revoked",
    "retention-changed",
    "plant-changed",
    "message-repeated",
    "held",
    "confirmed",
    "refused",
    "withdrawn",
    "removed",
]
"""The kinds of entries in the security log. The last five are about batches that wait for a second person."""


class PersonRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``subject``: who it is at the OpenID provider (issuer, a ``|``, subject); such a person has no password."""

    name: NameText
    grants: Grants
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=512, pattern=PLAIN)] | None = None


class GrantsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line's id, or ``*`` for the plant, to a role."""

    grants: Grants


class PersonResponse(msgspec.Struct, frozen=True, rename="camel"):
    """``comesBy``: ``password``, ``openid``, or ``link`` for a person without a password yet.

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


class LimitsResponse(msgspec.Struct, frozen=True, rename="camel"):
    """How much work and storage an account may cause; `setpoint.core.limits.PersonLimits` says what each means."""

    targets_at_once: int
    targets_an_hour: int
    kept_bytes: int
    kept_files: int
    reads_at_once: int


class SecurityEntry(msgspec.Struct, frozen=True, rename="camel"):
    """``seq`` is its number in the audit. ``facts`` are the other recorded details, never a secret."""

    seq: int
    at: float
    event: str
    person: str
    address: str
    facts: dict[str, object]
