"""The person of a live connection: the question and the possible answers. The runtime decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias
from urllib.parse import parse_qs

from setpoint.contract.live import CloseCode
from setpoint.core.plant import Person


def headers_of(raw: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name. Several of one name are joined, as if they had come in one line (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in raw:
        key = name.lower()
        between = "; " if key == "cookie" else ", "
        found[key] = f"{found[key]}{between}{value}" if key in found else value
    return found


def cookies_of(header: str) -> dict[str, str]:
    """Parses cookies by hand: the standard library drops all of them if one is malformed, and other software may set
    cookies on our host.
    """
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, mark, value in pairs if mark}


@dataclass(frozen=True)
class LiveRequest:
    """An upgrade request on ``/live``. Header names are lower-case.

    ``peer`` is the address of the other end, None if it has none. ``token`` is that of the client's ``auth`` frame;
    None before the frame has come.
    """

    target: str
    headers: Mapping[str, str]
    peer: str | None
    token: str | None = None

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The first value of each parameter."""
        return {name: values[0] for name, values in parse_qs(self.target.partition("?")[2]).items()}

    @property
    def origin(self) -> str | None:
        """The page that opened the connection; None if no browser did."""
        return self.headers.get("origin")


@dataclass(frozen=True, slots=True)
class Refused:
    """This client is refused; 4401 and 4403 are final for the client (LINK-2)."""

    code: CloseCode = CloseCode.NOT_SIGNED_IN
    reason: str = "sign in first"


@dataclass(frozen=True, slots=True)
class NeedsToken:
    """The request does not identify the person: an ``auth`` frame must."""


Identity: TypeAlias = Person | Refused | NeedsToken
Identify: TypeAlias = Callable[[LiveRequest], Awaitable[Identity]]
"""Called once with the request, and once more with a token if the first answer was `NeedsToken`."""
