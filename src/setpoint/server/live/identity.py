"""The person of a live connection: the question and the possible answers. The runtime decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias
from urllib.parse import parse_qs

from setpoint.contract.live import CloseCode
from setpoint.core.plant import Person


@dataclass(frozen=True)
class LiveRequest:
    """An upgrade request on ``/live``. Header names are lower-case; of several values of one name the last counts.

    ``peer`` is the address of the other end, None if it has none. ``token`` is what the client's ``auth`` frame
    said, None before it said anything.
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
