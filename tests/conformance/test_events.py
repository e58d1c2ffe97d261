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
        self.teller = EventFactory()
        self.told: list[Any] = []
        super().__init__(start)
        self.contact = Contact(self.plant, self.engine.machines)
        self.told.clear()

    def store(self) -> list[Any]:
        waiting = self.waiting
        assert isinstance(waiting, Store)
        for change in waiting.changes:
            if isinstance(change, RecordEvents):
                self.told += change.events
        self.told += self.teller.stored(waiting.changes)
        return super().store()

    def tell(self, event: dict[str, Any], now_ms: int) -> list[Any]:
        """Returns the events that the step adds to the stream, without their sentences."""
        self.step(event, now_ms)
        if event["type"] == "report" and "quality" in event:
            found = self.contact.changed(event["machine"], self.ts)
            self.told += [] if found is None else [found]
        told, self.told = self.told, []
        return [
            {key: value for key, value in each.items() if key not in ("message", "said")}
            for each in msgspec.to_builtins(told)
        ]


@pytest.mark.rule("EVT-1", "EVT-2")
@pytest.mark.parametrize("vector", vectors("events"))
def test_events_vector(vector: dict[str, Any]) -> None:
    server = ServerWithEvents(vector["start"])
    for number, each in enumerate(vector["steps"]):
        told = server.tell(each["event"], each["atMs"])
        assert told == each["effects"], f"step {number}"
