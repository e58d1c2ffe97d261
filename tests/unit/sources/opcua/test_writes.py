"""The source converts targets to the node's type or refuses them. It never rounds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from typing import cast as typed

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from setpoint.contract.values import Value
from setpoint.core.plant import Answer, Field, FieldType, Write
from setpoint.sources.opcua.config import FieldNode
from setpoint.sources.opcua.notifications import Raw
from setpoint.sources.opcua.readings import from_raw
from setpoint.sources.opcua.session import Kind, Session
from setpoint.sources.opcua.targets import Targets
from setpoint.sources.opcua.writes import CannotCastError, WritableNode, Writer, cast, to_raw

NUMBER = Field("targetSpeed", is_writable=True)
CHOICE = Field("mode", type=FieldType.CHOICE, options=("RUN", "IDLE"), is_writable=True)


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        (150, "Double", 150.0),
        (150.0, "Int16", 150),
        (150, "UInt64", 150),
        (1, "Boolean", True),
        ("RUN", "String", "RUN"),
        (142.1, "Float", 142.1),
    ],
)
def test_a_value_that_fits_is_cast(raw: Raw, kind: str, expected: Raw) -> None:
    found = cast(raw, ua.VariantType[kind])
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("raw", "kind", "message"),
    [
        (150.5, "Int16", "whole number"),
        (40_000, "Int16", "-32768 to 32767"),
        (-1, "UInt16", "0 to 65535"),
        (1e39, "Float", "too large"),
        (float("nan"), "Int32", "does not fit"),
        ("RUN", "Int32", "is a map missing"),
        (3, "String", "does not fit"),
        (2, "Boolean", "does not fit"),
        (1, "DateTime", "cannot be set"),
        (None, "Double", "does not fit"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_reason(raw: Raw, kind: str, message: str) -> None:
    with pytest.raises(CannotCastError, match=message):
        cast(raw, ua.VariantType[kind])


@given(
    st.integers(-30_000, 30_000), st.sampled_from((0.1, 0.5, 0.01, 10, 0.25)), st.sampled_from((0, -40, 2.5))
)
def test_the_shown_value_of_a_scaled_node_can_be_written_back_to_the_same_step(
    step: int, scale: float, offset: float
) -> None:
    node = FieldNode("targetSpeed", "i=1", scale=scale, offset=offset)
    reported = from_raw(node, NUMBER)(step)
    assert cast(to_raw(reported, node, NUMBER), ua.VariantType.Int32) == step


@pytest.mark.parametrize(("value", "raw"), [("RUN", 1), ("IDLE", 2)])
def test_a_choice_is_written_with_the_value_of_its_map(value: Value, raw: Raw) -> None:
    assert to_raw(value, FieldNode("mode", "i=1", choices={"RUN": 1, "IDLE": 2}), CHOICE) == raw


def test_a_choice_that_the_map_does_not_have_is_refused() -> None:
    with pytest.raises(CannotCastError, match="TURBO"):
        to_raw("TURBO", FieldNode("mode", "i=1", choices={"RUN": 1}), CHOICE)


@pytest.mark.rule("TOL-1")
@pytest.mark.parametrize(
    ("raw", "kind", "message"),
    [
        (16_777_217, "Float", "the nearest is 16777216"),
        (2**53 + 1, "Double", "more digits"),
        (1e-60, "Float", "too small"),
        (float("inf"), "Double", "not a number"),
        (2**64, "UInt64", "outside"),
        (9_223_372_036_854_775_808, "Int64", "outside"),
        ("true", "Boolean", "does not fit"),
    ],
)
def test_a_target_that_the_nodes_type_cannot_hold_is_refused(raw: Raw, kind: str, message: str) -> None:
    with pytest.raises(CannotCastError, match=message):
        cast(raw, ua.VariantType[kind])


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, -(2**63)])
def test_whole_numbers_of_64_bits_are_written_to_the_last_digit(number: int) -> None:
    node = FieldNode("targetSpeed", "i=1")
    assert cast(to_raw(number, node, NUMBER), ua.VariantType.Int64) == number


def test_a_scaled_target_is_never_rounded_to_a_step_of_the_controller() -> None:
    node = FieldNode("targetSpeed", "i=1", scale=0.1)
    with pytest.raises(CannotCastError, match="whole number"):
        cast(to_raw(123_456_789.04, node, NUMBER), ua.VariantType.Int64)


def test_a_choice_without_a_map_goes_by_the_names_that_the_server_has() -> None:
    node = FieldNode("mode", "i=1")
    assert to_raw("RUN", node, CHOICE, {3: "Run", 4: "Idle"}) == 3
    with pytest.raises(CannotCastError, match="none of the server's names"):
        to_raw("TURBO", node, CHOICE, {3: "Run"})


class Controller:
    """A session with a server whose only node has changed its type since the last read."""

    endpoint = "opc.tcp://peer:4840"
    sizes = SimpleNamespace(by_kind={Kind.WRITE: 10, Kind.CALL: 10})

    def __init__(self) -> None:
        self.value = ua.Variant(1, ua.VariantType.Int16)
        self.written: list[ua.VariantType] = []

    def node_id(self, _: str) -> ua.NodeId:
        return ua.NodeId()

    async def read(self, nodes: list[ua.NodeId], *_: Any) -> list[ua.DataValue]:
        return [ua.DataValue(self.value) for _ in nodes]

    async def call(self, request: ua.WriteRequest, *_: Any, **__: Any) -> ua.WriteResponse:
        kind = request.Parameters.NodesToWrite[0].Value.Value.VariantType
        self.written.append(kind)
        code = 0 if kind is self.value.VariantType else ua.StatusCodes.BadTypeMismatch
        return ua.WriteResponse(Results=[ua.StatusCode(ua.UInt32(code))])


async def test_a_type_that_has_changed_is_refused_once_and_then_read_again() -> None:
    controller = Controller()
    session = typed(Session, controller)
    node = WritableNode(FieldNode("targetSpeed", "i=1"), NUMBER)
    writer = Writer(session, {("m_401", "targetSpeed"): node}, Targets(session))
    await writer.learn()
    controller.value = ua.Variant(1.0, ua.VariantType.Double)
    answers = [
        answer.answer
        for _ in range(2)
        for answer in await writer.write([Write("t", "m_401", "targetSpeed", 150)])
    ]
    assert answers == [Answer.REFUSED, Answer.TAKEN]
    assert controller.written == [ua.VariantType.Int16, ua.VariantType.Double]
