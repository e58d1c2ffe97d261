"""The vectors of ``since``, the start of a machine's status, read from a snapshot, as a client reads it (TOPIC-2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.values import Quality
from setpoint.core.engine import Engine, Reported
from setpoint.core.hub.effects import Send
from setpoint.core.plant import Line, Machine, Person, Plant, Report, Role

FIELDS = ("status", "since", "sinceSeen", "sinceEarlier")


class OneMachine:
    def __init__(self) -> None:
        self.now_ms = 0
        plant = Plant("Small", (Line("01", (Machine("m_401", "01"),)),))
        self.engine: Engine[str] = Engine(plant, epoch="e", now_ms=0)

    @property
    def ts(self) -> float:
        return 1_000 + self.now_ms / 1000

    def step(self, event: dict[str, Any], at_ms: int) -> None:
        while self.now_ms < at_ms:
            self.now_ms = min(self.now_ms + 250, at_ms)
            self.engine.tick(self.now_ms, self.ts)
        report = Report("m_401", event["values"], self.ts, Quality(event.get("quality", "GOOD")))
        self.engine.handle(Reported([report]), at_ms, self.ts)

    @property
    def state(self) -> dict[str, Any]:
        """Returns what is known about the machine, without nulls."""
        person = Person("anna", {"*": Role.VIEWER})
        self.engine.open("probe", person, name="probe", now_ms=self.now_ms, ts=self.ts)
        frame = json.dumps({"type": "subscribe", "id": 1, "topic": "m:401"})
        effects = self.engine.received("probe", frame, self.now_ms, self.ts)
        self.engine.close("probe", self.now_ms)
        frames = [json.loads(each.data) for each in effects if isinstance(each, Send)]
        (found,) = [each["data"]["machines"]["m_401"] for each in frames if each["type"] == "snapshot"]
        return {name: found[name] for name in FIELDS if found.get(name) is not None}


@pytest.mark.rule("TOPIC-2")
@pytest.mark.parametrize("vector", vectors("since"))
def test_since_vector(vector: dict[str, Any]) -> None:
    machine = OneMachine()
    for number, each in enumerate(vector["steps"]):
        machine.step(each["event"], each["atMs"])
        assert machine.state == each["state"], f"step {number}"
