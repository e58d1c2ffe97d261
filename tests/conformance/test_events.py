"""The vectors of the stream of events: events from stored changes and from lost contact."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.test_commands import Server
from tests.conformance.vectors import vectors

from setpoint.core.commands import RecordEvents
from setpoint.core.engine import Store
from setpoint.core.events import Contact, EventFactory


class ServerWithEvents(Server):
    """A server of the suite `commands`, with the events that it makes of everything that it has stored."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.factory = EventFactory()
        self.events: list[Any] = []
        super().__init__(start)
        self.contact = Contact(self.plant, self.engine.machines)
        self.events.clear()

    def store(self) -> list[Any]:
        waiting = self.waiting
        assert isinstance(waiting, Store)
        for change in waiting.changes:
            if isinstance(change, RecordEvents):
                self.events += change.events
        self.events += self.factory.stored(waiting.changes)
        return super().store()

    def events_of(self, event: dict[str, Any], now_ms: int) -> list[Any]:
        """Returns the events that the step adds to the stream, without their sentences."""
        self.step(event, now_ms)
        if event["type"] == "report" and "quality" in event:
            found = self.contact.changed(event["machine"], self.ts)
            self.events += [] if found is None else [found]
        events, self.events = self.events, []
        return [
            {key: value for key, value in each.items() if key not in ("message", "said")}
            for each in msgspec.to_builtins(events)
        ]


@pytest.mark.rule("EVT-1", "EVT-2")
@pytest.mark.parametrize("vector", vectors("events"))
def test_events_vector(vector: dict[str, Any]) -> None:
    server = ServerWithEvents(vector["start"])
    for number, each in enumerate(vector["steps"]):
        events = server.events_of(each["event"], each["atMs"])
        assert events == each["effects"], f"step {number}"
