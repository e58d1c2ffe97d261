"""The text about an event for people: a subject line, and a few lines below it. Data from machines stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from setpoint.contract.http.machines import Event
from setpoint.contract.values import Value
from setpoint.texts import localized, text

MAX_LINE = 200


class _Message(msgspec.Struct):
    data: Event


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    body: str


def notice_of(body: str, language: str) -> Notice:
    """``body`` is a message (`setpoint.core.notify.message_of`)."""
    event = msgspec.json.decode(body, type=_Message).data
    at = datetime.fromtimestamp(event.at, UTC)
    what = (
        text(f"events-alarm-{event.change}", language=language)
        if event.change
        else text(f"events-kind-{event.kind.value}", language=language)
    )
    machine = event.machine.replace("_", ":", 1)
    subject = _line(" ".join(filter(None, ("Setpoint:", machine, what, event.alarm))))
    lines = [
        at.isoformat(" ", "seconds"),
        *filter(
            None,
            (
                _status(event),
                _field(event),
                localized(event.said, event.message or "", language),
                event.person,
            ),
        ),
    ]
    return Notice(subject, "\n".join(_line(each) for each in lines))


def _status(event: Event) -> str:
    return ", ".join(filter(None, (event.status, event.cause)))


def _field(event: Event) -> str:
    return f"{event.field}: {_shown(event.before)} → {_shown(event.value)}" if event.field else ""


def _shown(value: Value) -> str:
    return "–" if value is None else str(value)


def _line(text: str) -> str:
    """The text without control characters, which could begin another header."""
    return "".join(each if each.isprintable() else " " for each in text)[:MAX_LINE]
