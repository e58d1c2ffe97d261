"""Explains failures of a peer in a sentence with a remedy."""

from __future__ import annotations

from collections.abc import Mapping

from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from setpoint.core.plant import usable_text
from setpoint.errors import SourceError
from setpoint.sources.opcua.quality import in_words, may_have_landed
from setpoint.sources.wording import words


def explain(error: Exception, endpoint: str) -> SourceError:
    """The failure as a `SourceError` for people."""
    if isinstance(error, UaStatusCodeError):
        remedy = REMEDIES.get(error.code)
        what = in_words(error.code)
        code = "unsure" if may_have_landed(error.code) else "refused"
        if remedy is None:
            return SourceError(words("words-says", endpoint=endpoint, value=what), code=code)
        return SourceError(
            words("words-says-remedy", endpoint=endpoint, value=what, remedy=remedy), code=code
        )
    if isinstance(error, TimeoutError):
        return SourceError(words("words-does-not-answer-address-right-server", endpoint=endpoint))
    if isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
        return SourceError(
            words("words-cannot-be-reached-closed-connection", endpoint=endpoint, reason=reason)
        )
    what = usable_text(str(error)) or type(error).__name__
    return SourceError(
        words("words-does-not-speak-opc-ua-expected", endpoint=endpoint, value=what),
        code="garbled",
    )


REMEDIES: Mapping[int, str] = {
    StatusCodes.BadUserAccessDenied: words("words-check-sign-in"),
    StatusCodes.BadIdentityTokenRejected: words("words-no-such-sign-in"),
    StatusCodes.BadIdentityTokenInvalid: words("words-no-such-sign-in"),
    StatusCodes.BadTooManySessions: words("words-no-session-left"),
    StatusCodes.BadTooManySubscriptions: words("words-raise-per-subscription"),
    StatusCodes.BadTcpEndpointUrlInvalid: words("words-not-this-address"),
    StatusCodes.BadTooManyMonitoredItems: words("words-no-room-for-nodes"),
    StatusCodes.BadTooManyOperations: words("words-not-one-node"),
    StatusCodes.BadSecurityPolicyRejected: words("words-another-security"),
}
