"""The vectors of the preview: every row, every count and what is sent, after every step."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.http.batches import BatchStory
from setpoint.contract.http.machines import FieldRev
from setpoint.core.plant import Field, Line, Machine, Plant, is_same
from setpoint.core.preview import (
    Asked,
    Known,
    Preview,
    count_outcomes,
    count_targets,
    look,
    retry_of,
    tick,
    undo_of,
    withdrawal_of,
)
from setpoint.core.store import Phase, Result, Target

_NO_PLANT: dict[str, Any] = {"fields": [], "lines": []}


@pytest.mark.rule("PRE-1", "PRE-2", "PRE-3", "PRE-4", "PRE-5", "TOL-1")
@pytest.mark.parametrize("vector", vectors("preview"))
def test_preview_vector(vector: dict[str, Any]) -> None:
    start = vector.get("start", {})
    plant = _plant(start.get("plant", _NO_PLANT))
    preview = Preview(msgspec.convert(start.get("asked", {}), Asked))
    known = Known(plant, {}, {})
    state: object
    for number, step in enumerate(vector["steps"], 1):
        event = step["event"]
        match event["type"]:
            case "look":
                known = _known(plant, event)
                preview = look(preview, known)
                state = _state(preview, is_atomic=event.get("isAtomic", False))
            case "tick":
                preview = tick(preview, event["keys"], is_in=event["isIn"], known=known)
                state = _state(preview, is_atomic=event.get("isAtomic", False))
            case _:
                state = _answer(event, plant)
        assert _plain(state) == step["state"], f"step {number}"


def _answer(event: dict[str, Any], plant: Plant) -> object:
    """Returns the results of the stateless functions."""
    match event["type"]:
        case "undo":
            return undo_of(msgspec.convert(event["story"], BatchStory), plant)
        case "retry":
            return retry_of(msgspec.convert(event["story"], BatchStory), plant)
        case "outcomes":
            return count_outcomes(event["outcomes"], not_sent=event.get("notSent", 0))
        case "targets":
            return count_targets(
                [_target(each) for each in event["targets"]], not_sent=event.get("notSent", 0)
            )
        case "withdrawal":
            return withdrawal_of(msgspec.convert(event["results"], list[Result]))
        case "same":
            return is_same(msgspec.convert(event["field"], Field), event["one"], event["other"])
    raise AssertionError(f"expected an event of a preview, but got {event['type']}")


def _target(raw: dict[str, Any]) -> Target:
    target = Target("tx", "m_1", "targetSpeed", 1, 0, Phase(raw["phase"]))
    return msgspec.structs.replace(target, outcome=raw.get("outcome"))


def _state(preview: Preview, *, is_atomic: bool) -> dict[str, Any]:
    updates, base = preview.sends
    return {
        "rows": preview.rows,
        "totals": preview.totals,
        "updates": updates,
        "base": base,
        "hold": preview.hold(is_atomic=is_atomic),
    }


def _plain(state: object) -> Any:
    return json.loads(msgspec.json.encode(state))


def _known(plant: Plant, event: dict[str, Any]) -> Known:
    changes = msgspec.convert(event.get("changes", []), list[FieldRev])
    return Known(
        plant,
        event["machines"],
        event.get("revs", {}),
        {(each.machine, each.field): each for each in changes},
        frozenset(event.get("readOnly", [])),
    )


def _plant(raw: dict[str, Any]) -> Plant:
    fields = {
        "isWritable": "is_writable",
        "needsReason": "needs_reason",
    }
    return Plant(
        name="Vectors",
        lines=tuple(
            Line(line["id"], tuple(Machine(key, line["id"]) for key in line["machines"]))
            for line in raw["lines"]
        ),
        fields=tuple(
            msgspec.convert({fields.get(name, name): value for name, value in each.items()}, Field)
            for each in raw["fields"]
        ),
    )
