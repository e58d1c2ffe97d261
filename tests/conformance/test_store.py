"""The vectors of the store: every effect, and the whole state after every step."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.core.store import Event, Store
from setpoint.errors import IllegalTransitionError


@pytest.mark.parametrize("vector", vectors("store"))
def test_store_vector(vector: Any) -> None:
    store = Store(vector["start"]["writable"])
    for number, step in enumerate(vector["steps"], 1):
        event: Event = msgspec.convert(step["event"], Event)
        if "error" in step:
            with pytest.raises(IllegalTransitionError) as refused:
                store.step(event, step["atMs"])
            assert {"code": refused.value.code} == step["error"], f"step {number}"
        else:
            effects = msgspec.to_builtins(store.step(event, step["atMs"]))
            assert effects == step["effects"], f"effects of step {number}"
        assert store.state() == step["state"], f"state after step {number}"
