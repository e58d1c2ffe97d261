"""Decides which pages may open a live connection, and to which host names this server answers.

Browsers do not apply the same-origin policy to WebSockets: without this check, any page that a person visits could open
``/live`` with that person's cookie. The host name of the request is checked as well, so that a foreign page cannot make
its own name point here (DNS rebinding). Programs send no ``Origin``; `Identify` decides about them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit


class Origins(Protocol):
    """Decides about origins: `OriginPolicy` by default, the edge's own in ``serve``."""

    def refuse(self, origin: str | None, host: str | None) -> str | None: ...


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """``hosts``: names without port that this server answers to, None for any. ``origins``: other pages that may."""

    hosts: frozenset[str] | None = None
    origins: frozenset[str] = frozenset()

    def refuse(self, origin: str | None, host: str | None) -> str | None:
        """Why a request is refused, for people; None if it is not."""
        name = _host_name(host)
        if self.hosts is not None and name not in self.hosts:
            known = ", ".join(sorted(self.hosts))
            return f"this server answers to {known}; the request was addressed to {host!r}"
        if origin is None or origin in self.origins:
            return None
        try:
            page = urlsplit(origin)
        except ValueError:
            return f"{origin!r} is no origin"
        if host is not None and page.scheme in ("http", "https") and page.netloc.lower() == host.lower():
            return None
        return f"pages from {origin!r} may not connect here; allow that origin, or open the board from this server"


def _host_name(host: str | None) -> str | None:
    if host is None:
        return None
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
