"""The vectors of the figures of lines and plant, read from a snapshot, as a client reads them (KPI-1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Quality
from setpoint.core.engine import Engine, Reported
from setpoint.core.hub.effects import Send
from setpoint.core.plant import Kpi, Line, Machine, Of, Person, Plant, Report, Role


class Figures:
    """A server's figures. ``start`` has the machines of each line, and the figures of the plant file."""

    def __init__(self, start: dict[str, Any]) -> None:
        lines = (
            Line(line, tuple(Machine(key, line) for key in keys)) for line, keys in start["lines"].items()
        )
        kpis = (
            Kpi(
                kpi["name"],
                kpi["field"],
                Of(kpi["of"]),
                kpi["name"],
                decimals=kpi.get("decimals", 0),
                value=kpi.get("value"),
            )
            for kpi in start["kpis"]
        )
        plant = Plant("Small", tuple(lines), kpis=tuple(kpis))
        self.now_ms = 0
        self.engine: Engine[str] = Engine(plant, epoch="e", now_ms=0)

    def step(self, event: dict[str, Any], now_ms: int) -> None:
        self.now_ms = now_ms
        if event["type"] == "report":
            quality = Quality(event.get("quality", "GOOD"))
            report = Report(event["machine"], event["values"], self.ts, quality)
            self.engine.handle(Reported([report]), now_ms, self.ts)
        self.engine.tick(now_ms, self.ts)

    @property
    def ts(self) -> float:
        return self.now_ms / 1000

    @property
    def state(self) -> dict[str, Any]:
        """Returns the figures by topic."""
        person = Person("anna", {"*": Role.VIEWER})
        self.engine.open("probe", person, name="probe", now_ms=self.now_ms, ts=self.ts)
        frame = json.dumps({"type": "subscribe", "id": 1, "topic": DASHBOARD})
        effects = self.engine.received("probe", frame, self.now_ms, self.ts)
        self.engine.close("probe", self.now_ms)
        frames = [json.loads(each.data) for each in effects if isinstance(each, Send)]
        (found,) = [each["data"]["kpis"] for each in frames if each["type"] == "snapshot"]
        assert isinstance(found, dict)
        return found


@pytest.mark.rule("KPI-1")
@pytest.mark.parametrize("vector", vectors("kpis"))
def test_kpis_vector(vector: dict[str, Any]) -> None:
    figures = Figures(vector["start"])
    for number, each in enumerate(vector["steps"]):
        figures.step(each["event"], each["atMs"])
        assert figures.state == each["state"], f"step {number}"
