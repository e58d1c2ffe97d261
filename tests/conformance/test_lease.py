"""The vectors of the lease, for one server."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.core.lease import Event, State, ask, next_ms, step


@pytest.mark.rule("LEASE-2", "LEASE-3", "LEASE-4", "LEASE-7")
@pytest.mark.parametrize("vector", vectors("lease"))
def test_lease_vector(vector: dict[str, Any]) -> None:
    state: State = msgspec.convert(vector["start"], State)
    for each in vector["steps"]:
        event: Event = msgspec.convert(each["event"], Event)
        state = step(state, event, each["atMs"])
        due_ms = next_ms(state)
        request = None if due_ms is None else ask(state, due_ms)
        assert ([] if request is None else [msgspec.to_builtins(request)]) == each["effects"]
        assert msgspec.to_builtins(state) == each["state"]
