"""The vectors of slow clients: what the server drops, and what the client gets once it has read."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.vectors import vectors
from tests.unit.core.hub.shell import HubShell


class SlowClient(HubShell):
    """The demo's plant and one client. The test says how much the client has not read yet."""

    def __init__(self, topics: list[str]) -> None:
        super().__init__()
        self.report(status="RUNNING", speed=1)
        self.tick()
        self.client = self.open()
        self.subscribe(*topics)
        self.client.take()

    def step(self, event: dict[str, Any], at_ms: int) -> list[list[str]]:
        """Returns the type and topic of each frame to the client since the step before, without pings."""
        if at_ms > self.now_ms:
            self.run(at_ms - self.now_ms)
        match event:
            case {"type": "report", "values": values}:
                self.report(**values)
            case {"type": "unread", "bytes": size}:
                self.buffered("a", size)
            case {"type": "frame", "frame": frame}:
                self.send("a", **frame)
        sent = [[frame["type"], frame["topic"]] for frame in self.client.take() if frame["type"] != "ping"]
        return sent if self.client.closed is None else [*sent, ["close", str(self.client.closed[0])]]


@pytest.mark.rule("FLOW-1", "CODE-1")
@pytest.mark.parametrize("vector", vectors("flow"))
def test_flow_vector(vector: dict[str, Any]) -> None:
    server = SlowClient(vector["start"]["topics"])
    for number, each in enumerate(vector["steps"]):
        assert server.step(each["event"], each["atMs"]) == each["effects"], f"step {number}"
