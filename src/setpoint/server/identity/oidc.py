"""The interface of sign-in through an OpenID provider. `setpoint.server.identity.oidc_client` implements it.

start     the browser goes to the provider with a state; a cookie ties that state to this browser
finish    it comes back with a code, which is worth something only together with that cookie
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

FLOW_COOKIE = "setpoint-oidc"
FLOW_S = 600


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """``issuer``: the provider's URL, as its documents spell it. ``public_url``: how browsers reach us."""

    issuer: str
    client_id: str
    client_secret: str
    public_url: str
    name: str = "OpenID"
    scopes: str = "openid profile"

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url.rstrip('/')}/api/oidc/callback"


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """The person whom the provider has identified. ``name`` is for people only."""

    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class Started:
    """``sealed`` goes into `FLOW_COOKIE`; without it the answer of the provider is worth nothing."""

    location: str
    sealed: str


class Oidc(Protocol):
    """One provider."""

    settings: OidcSettings

    async def start(self) -> Started:
        """Begins a sign-in. Raises `RequestError` 502 if the provider does not answer as an OpenID provider."""

    async def finish(self, query: Mapping[str, str], sealed: str) -> ExternalIdentity:
        """Returns the person who came back. Raises `RequestError`: 400, or 502 for the provider's faults."""
