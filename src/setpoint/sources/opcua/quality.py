"""Maps OPC UA status codes to the contract's qualities, and to sentences that people can act on.

The severity bits say good, uncertain or bad. A few codes say more: a gateway has lost the machine behind it, or the
value is the last known one. Those mean lost contact, which has its own qualities (SAFE-4).
"""

from __future__ import annotations

from asyncua.ua.status_codes import StatusCodes, code_to_name_doc, get_name_and_doc

from setpoint.contract.values import Quality
from setpoint.sources.wording import words

SEVERITY = 0xC000_0000
"""The bits that are 0 in a good status code (OPC UA Part 4, 7.38.1)."""
BAD = 0x8000_0000
CODE = 0xFFFF_0000
"""The bits that identify a status code, as in asyncua's `StatusCodes`; the other bits have details."""
_UNCERTAIN = 0x4000_0000

_BY_CODE = {
    StatusCodes.BadNotConnected: Quality.OFFLINE,
    StatusCodes.BadNoCommunication: Quality.OFFLINE,
    StatusCodes.BadCommunicationError: Quality.OFFLINE,
    StatusCodes.BadDeviceFailure: Quality.OFFLINE,
    StatusCodes.BadServerNotConnected: Quality.OFFLINE,
    StatusCodes.BadWaitingForInitialData: Quality.STALE,
    StatusCodes.UncertainLastUsableValue: Quality.STALE,
    StatusCodes.UncertainNoCommunicationLastUsableValue: Quality.STALE,
}

_MAY_HAVE_LANDED = frozenset(
    (
        StatusCodes.BadTimeout,
        StatusCodes.BadRequestTimeout,
        StatusCodes.BadNoCommunication,
        StatusCodes.BadCommunicationError,
        StatusCodes.BadDeviceFailure,
        StatusCodes.BadConnectionClosed,
        StatusCodes.BadSecureChannelClosed,
        StatusCodes.BadSessionClosed,
        StatusCodes.BadShutdown,
        StatusCodes.BadServerHalted,
        StatusCodes.BadUnexpectedError,
        StatusCodes.BadInternalError,
        StatusCodes.BadOutOfMemory,
        StatusCodes.BadResourceUnavailable,
        StatusCodes.BadWaitingForResponse,
        StatusCodes.BadOperationAbandoned,
        StatusCodes.BadRequestInterrupted,
        StatusCodes.BadRequestCancelledByClient,
        StatusCodes.BadRequestCancelledByRequest,
        StatusCodes.BadEncodingError,
        StatusCodes.BadResponseTooLarge,
    )
)

_MEANINGS = {
    StatusCodes.BadNodeIdUnknown: "words-no-such-node",
    StatusCodes.BadNodeIdInvalid: "words-node-id-not-understood",
    StatusCodes.BadOutOfRange: "words-controller-out-of-range",
    StatusCodes.BadTypeMismatch: "words-controller-another-type",
    StatusCodes.BadNotWritable: "words-node-read-only",
    StatusCodes.BadUserAccessDenied: "words-user-may-not",
    StatusCodes.BadWriteNotSupported: "words-kind-of-write-not-supported",
    StatusCodes.BadNotReadable: "words-user-may-not-read",
    StatusCodes.BadTooManyMonitoredItems: "words-no-room-for-nodes",
    StatusCodes.BadIndexRangeNoData: "words-array-no-such-element",
    StatusCodes.BadDecodingError: "words-value-cannot-be-decoded",
    StatusCodes.BadNoData: "words-node-sent-no-value",
    StatusCodes.BadMethodInvalid: "words-object-no-such-method",
    StatusCodes.BadInvalidState: "words-controller-not-in-this-state",
}


def quality_of(status_code: int) -> Quality:
    """The quality of one value: GOOD, UNCERTAIN and BAD by severity, STALE and OFFLINE by code."""
    severity = status_code & SEVERITY
    if not severity:
        return Quality.GOOD
    return _BY_CODE.get(status_code & CODE) or (Quality.UNCERTAIN if severity == _UNCERTAIN else Quality.BAD)


_STATES = (
    ("Running", Quality.GOOD),
    ("Failed", Quality.BAD),
    ("NoConfiguration", Quality.BAD),
    ("Suspended", Quality.STALE),
    ("Shutdown", Quality.STALE),
    ("Test", Quality.UNCERTAIN),
    ("CommunicationFault", Quality.OFFLINE),
    ("Unknown", Quality.UNCERTAIN),
)
"""ServerState by its number (OPC UA Part 5, 12.6), and what it means for the server's values."""


def server_quality(state: int | None) -> tuple[Quality, str]:
    """The effect of a server's own state on its machines. A server without a state counts as running."""
    if state is None:
        return Quality.GOOD, ""
    name, quality = (
        _STATES[state]
        if 0 <= state < len(_STATES)
        else (words("words-state-number", number=state), Quality.UNCERTAIN)
    )
    return quality, "" if quality is Quality.GOOD else words("words-server-says-of-itself", name=name)


def may_have_landed(status_code: int) -> bool:
    """Whether a write may have reached the machine although it was answered with this bad code.

    The meaning of a code outside the standard is not known here.
    """
    code = status_code & CODE
    return code in _MAY_HAVE_LANDED or code not in code_to_name_doc


def in_words(status_code: int) -> str:
    """The code's name and, if known, its meaning for people: ``BadOutOfRange: the controller …``."""
    code = status_code & CODE
    name, doc = get_name_and_doc(code)
    if code not in code_to_name_doc:
        return words("words-status-code-own", code=f"0x{status_code:08X}", severity=name.lower())
    known = _MEANINGS.get(code)
    return words("words-status-code", name=name, meaning=words(known) if known else doc.rstrip("."))
