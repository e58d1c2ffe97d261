"""Explains failures of a peer in a sentence with a remedy."""

from __future__ import annotations

from collections.abc import Mapping

from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from setpoint.core.plant import usable_text
from setpoint.errors import SourceError
from setpoint.sources.opcua.quality import in_words, may_have_landed


def explain(error: Exception, endpoint: str) -> SourceError:
    """The failure as a `SourceError` for people."""
    if isinstance(error, UaStatusCodeError):
        remedy = REMEDIES.get(error.code)
        said = f"{endpoint} says {in_words(error.code)}"
        code = "unsure" if may_have_landed(error.code) else "refused"
        return SourceError(f"{said}; {remedy}" if remedy else said, code=code)
    if isinstance(error, TimeoutError):
        return SourceError(f"{endpoint} does not answer; is the address right, and is the server running?")
    if isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
        return SourceError(f"{endpoint} cannot be reached or closed the connection: {reason}")
    said = usable_text(str(error)) or type(error).__name__
    return SourceError(f"{endpoint} does not speak OPC UA as expected: {said}", code="garbled")


REMEDIES: Mapping[int, str] = {
    StatusCodes.BadUserAccessDenied: "check username and password in the secrets, and the user's rights on the server",
    StatusCodes.BadIdentityTokenRejected: "the server does not take this kind of sign-in; check the secrets",
    StatusCodes.BadIdentityTokenInvalid: "the server does not take this kind of sign-in; check the secrets",
    StatusCodes.BadTooManySessions: "the server has no session left; close other clients or raise its limit",
    StatusCodes.BadTooManySubscriptions: "raise machines_per_subscription in the plant file",
    StatusCodes.BadTcpEndpointUrlInvalid: "the server does not know itself by this address; check endpoint",
    StatusCodes.BadTooManyMonitoredItems: "the server has no room for so many nodes: map fewer, lower "
    "machines_per_subscription, or raise its limit",
    StatusCodes.BadTooManyOperations: "the server does not accept even one node in a call; check its limits",
    StatusCodes.BadSecurityPolicyRejected: "choose another security in the plant file",
}
