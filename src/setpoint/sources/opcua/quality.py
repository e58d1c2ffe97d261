"""Maps OPC UA status codes to the contract's qualities, and to sentences that people can act on.

The severity bits say good, uncertain or bad. A few codes say more: a gateway lost the machine behind it, or the value
is the last known one. Those mean lost contact, which has its own qualities (SAFE-4).
"""

from __future__ import annotations

from asyncua.ua.status_codes import StatusCodes, code_to_name_doc, get_name_and_doc

from setpoint.contract.values import Quality

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
        StatusCodes.BadEncodingLimitsExceeded,
        StatusCodes.BadResponseTooLarge,
    )
)

_REMEDIES = {
    StatusCodes.BadNodeIdUnknown: "the server has no such node; look for it with: setpoint opcua browse",
    StatusCodes.BadNodeIdInvalid: "the server does not understand this node id; check its spelling",
    StatusCodes.BadOutOfRange: "the controller says that the value is out of range",
    StatusCodes.BadTypeMismatch: "the controller expects another type",
    StatusCodes.BadNotWritable: "the node is read-only on the server",
    StatusCodes.BadUserAccessDenied: "the server does not let this user do that; give it the right there",
    StatusCodes.BadWriteNotSupported: "the server does not support this kind of write",
    StatusCodes.BadNotReadable: "the server does not let this user read the node",
    StatusCodes.BadTooManyMonitoredItems: "the server has no room for so many nodes; map fewer, lower "
    "machines_per_subscription, or raise its limit",
    StatusCodes.BadIndexRangeNoData: "the array has no such element",
    StatusCodes.BadDecodingError: "the value cannot be read from what the server sends",
    StatusCodes.BadNoData: "the node has sent no value yet",
    StatusCodes.BadMethodInvalid: "the object has no such method; look for it with: setpoint opcua browse",
    StatusCodes.BadInvalidState: "the controller does not accept this in its current state",
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
    name, quality = _STATES[state] if 0 <= state < len(_STATES) else (f"state {state}", Quality.UNCERTAIN)
    return quality, "" if quality is Quality.GOOD else f"the server says of itself: {name}"


def may_have_landed(status_code: int) -> bool:
    """Whether a write may have reached the machine although it was answered with this bad code.

    Nobody here knows what a code means that is not the standard's.
    """
    code = status_code & CODE
    return code in _MAY_HAVE_LANDED or code not in code_to_name_doc


def in_words(status_code: int) -> str:
    """The code's name and, if known, its meaning for people: ``BadOutOfRange: the controller …``."""
    name, doc = get_name_and_doc(status_code & CODE)
    if status_code & CODE not in code_to_name_doc:
        return f"0x{status_code:08X}: the server's own status code, {name.lower()}"
    return f"{name}: {_REMEDIES.get(status_code & CODE) or doc.rstrip('.')}"
