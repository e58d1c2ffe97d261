"""Decides which host names this server answers to, and which origins are its own.

A page elsewhere can point its own host name at our address (DNS rebinding), and then a browser treats us as the same
origin. So a request must use a name that we know: an address, a name of this machine, or an allowed name. Addresses are
safe, because nobody can make a browser believe that their page came from ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?")
_ALWAYS = frozenset({"localhost"})


class Hosts:
    """``names``: further host names, without port; ``*.plant.example`` stands for all names below one."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        cleaned = {name.strip().lower().rstrip(".") for name in names}
        self._exact = _ALWAYS | {name for name in cleaned if not name.startswith("*.")}
        self._below = tuple(name.removeprefix("*") for name in cleaned if name.startswith("*."))

    def answers_to(self, host: str) -> bool:
        """Whether a ``Host`` header names this server."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found["name"].lower().rstrip(".")
        return name in self._exact or _is_address(name) or name.endswith(self._below)

    def refuse(self, origin: str | None, host: str | None) -> str | None:
        """Why a socket may not be opened, for people; None if it may (`setpoint.server.live.origin.Origins`)."""
        if host is None or not self.answers_to(host):
            return f"this server does not answer to {(host or '')[:100]!r}; --allowed-host adds a name"
        if origin is not None and not is_own_origin(origin, host):
            return f"pages from {origin[:100]!r} may not connect here; open the board from this server"
        return None


def is_own_origin(origin: str, host: str) -> bool:
    """Whether an ``Origin`` header belongs to a page that this server served under ``host``.

    The scheme is not compared: behind a proxy we may not know it, and a page on the same host and port is ours.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    default = 443 if parts.scheme == "https" else 80
    ours = (found["name"].strip("[]").lower(), int(found["port"] or default))
    return ours == (parts.hostname.lower(), port or default)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
