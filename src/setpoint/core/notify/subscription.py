"""Decides which events a channel gets, and makes the message of an event."""

from __future__ import annotations

import msgspec

from setpoint.contract.http.machines import Event, EventKind

DEFAULT_KINDS = tuple(kind for kind in EventKind if kind not in (EventKind.ASKED, EventKind.SIGN_IN))
"""All kinds of events except requested targets and sign-ins."""
_PREFIX = "setpoint."


class Subscription(msgspec.Struct, frozen=True):
    """Without ``lines`` events of the whole plant; with them only those of machines on these lines."""

    kinds: tuple[EventKind, ...] = DEFAULT_KINDS
    lines: tuple[str, ...] = ()

    def wants(self, event: Event) -> bool:
        """Whether the channel gets a message of this event."""
        return event.kind in self.kinds and (not self.lines or event.line in self.lines)


def type_of(event: Event) -> str:
    """The type of its message: ``setpoint.alarm.raised``, ``setpoint.applied``."""
    return _PREFIX + ".".join(filter(None, (event.kind.value, event.change)))


def message_of(event: Event, timestamp: str) -> str:
    """The payload by Standard Webhooks: ``type``, ``timestamp`` (ISO 8601) and ``data``, the event as in ``GET
    /api/events``."""
    payload = {"type": type_of(event), "timestamp": timestamp, "data": event}
    return msgspec.json.encode(payload).decode()
