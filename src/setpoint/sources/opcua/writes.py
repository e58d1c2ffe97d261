"""Targets on their way to nodes: cast to the node's own type or refused, many in one call, each with its answer.

A node's type is read before anything is written to it and kept for as long as the connection lasts. What cannot be
said in that type is refused here, never rounded. Nothing is ever written twice: a call that is not answered within
three seconds leaves its items ``unknown``, and what the machine reports later settles them (CMD-3, CMD-6).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from setpoint.core.plant import Answer, Field, FieldType, Value, Write, WriteAnswer
from setpoint.errors import SourceError
from setpoint.sources.opcua.config import FieldNode
from setpoint.sources.opcua.connection import Session
from setpoint.sources.opcua.notifications import Raw
from setpoint.sources.opcua.quality import BAD, in_words, may_have_landed

ANSWER_WITHIN_S = 3.0
LEARN_WITHIN_S = 10.0

_INTEGERS = {
    ua.VariantType.SByte: (-(2**7), 2**7 - 1),
    ua.VariantType.Byte: (0, 2**8 - 1),
    ua.VariantType.Int16: (-(2**15), 2**15 - 1),
    ua.VariantType.UInt16: (0, 2**16 - 1),
    ua.VariantType.Int32: (-(2**31), 2**31 - 1),
    ua.VariantType.UInt32: (0, 2**32 - 1),
    ua.VariantType.Int64: (-(2**63), 2**63 - 1),
    ua.VariantType.UInt64: (0, 2**64 - 1),
}
_FLOATS = (ua.VariantType.Float, ua.VariantType.Double)
_LARGEST_FLOAT = 3.402_823_466e38
_ROUNDING = 1e-9
"""What a target may differ from a whole number of the controller's steps by the arithmetic of binary fractions."""


class CannotCastError(Exception):
    """The value cannot be said in the node's type; the text tells people why."""


@dataclass(frozen=True, slots=True)
class WritableNode:
    """Where a target of one machine and field goes."""

    node: FieldNode
    field: Field


@dataclass(slots=True)
class Writer:
    """Writes over one session; the types that it has read die with it."""

    session: Session
    nodes: Mapping[tuple[str, str], WritableNode]
    _types: dict[str, ua.VariantType | str] = field(default_factory=dict)

    async def learn(self) -> None:
        """Reads the types of all nodes that can be written, so that a write costs one call."""
        deadline = asyncio.get_running_loop().time() + LEARN_WITHIN_S
        await self._learn_types({target.node.node for target in self.nodes.values()}, deadline)

    async def write(self, writes: Sequence[Write]) -> list[WriteAnswer]:
        """An answer for each write, within three seconds. Raises nothing but cancellation."""
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN_S
        answers, known = [], []
        for write in writes:
            target = self.nodes.get((write.machine, write.field))
            if target is None:
                text = f"{write.field} of this machine is not mapped to a node that can be set"
                answers.append(answered(write, Answer.REFUSED, text))
            else:
                known.append((write, target))
        try:
            await self._learn_types({target.node.node for _, target in known} - self._types.keys(), deadline)
        except SourceError as error:
            text = f"the type of the node could not be read, so nothing was written: {error.message}"
            return answers + [answered(write, Answer.REFUSED, text) for write, _ in known]
        values = []
        for write, target in known:
            try:
                values.append((write, self._request(write.value, target)))
            except CannotCastError as error:
                answers.append(answered(write, Answer.REFUSED, str(error)))
        size = self.session.limits.write
        # The calls go out one after the other without waiting, so that all of them share the three seconds.
        calls = [self._call(values[start : start + size], deadline) for start in range(0, len(values), size)]
        for results in await asyncio.gather(*calls):
            answers += results
        return answers

    async def _learn_types(self, texts: set[str], deadline: float) -> None:
        """Reads the types of nodes that have not been written yet: from their values, else from their declarations."""
        asked: list[tuple[str, ua.NodeId]] = []
        for text in sorted(texts):
            node = self.session.node_id(text)
            if node is None:
                self._types[text] = "the server does not know the node's namespace"
            else:
                asked.append((text, node))
        if not asked:
            return
        nodes = [node for _, node in asked]
        try:
            async with asyncio.timeout_at(deadline):
                values = await self.session.read(nodes)
                declared = await self.session.read(nodes, AttributeIds.DataType)
        except TimeoutError as error:
            raise SourceError(f"{self.session.endpoint} did not answer in time", code="timeout") from error
        for (text, _), value, declaration in zip(asked, values, declared, strict=True):
            self._types[text] = _node_type(value, declaration)

    def _request(self, value: Value, target: WritableNode) -> ua.WriteValue:
        kind = self._types[target.node.node]
        if isinstance(kind, str):
            raise CannotCastError(kind)
        raw = cast(to_raw(value, target.node, target.field), kind)
        node = self.session.node_id(target.node.node)
        # No status and no time stamps: most controllers refuse a write that brings its own.
        data = ua.DataValue(ua.Variant(raw, kind), StatusCode=None)
        return ua.WriteValue(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value), Value=data)

    async def _call(
        self, values: Sequence[tuple[Write, ua.WriteValue]], deadline: float
    ) -> list[WriteAnswer]:
        request = ua.WriteRequest()
        request.Parameters.NodesToWrite = [value for _, value in values]
        left_s = max(deadline - asyncio.get_running_loop().time(), 0.001)
        try:
            response = await self.session.call(request, ua.WriteResponse, within_s=left_s)
        except SourceError as error:
            if error.code == "refused":
                return [answered(write, Answer.REFUSED, error.message) for write, _ in values]
            text = f"{error.message}; it may still land"
            return [answered(write, Answer.UNKNOWN, text) for write, _ in values]
        return [
            _judged(write, result.value) for (write, _), result in zip(values, response.Results, strict=True)
        ]


def answered(write: Write, answer: Answer, message: str = "") -> WriteAnswer:
    return WriteAnswer(write.tx_id, write.machine, write.field, answer, message)


def to_raw(value: Value, node: FieldNode, declared: Field) -> Raw:
    """The controller's own value for a target: unscaled, or what the map gives. Raises `CannotCastError`."""
    if node.choices:
        if isinstance(value, str) and value in node.choices:
            return node.choices[value]
        raise CannotCastError(f"{value!r} has no value in the map of {declared.name}")
    if declared.type is not FieldType.NUMBER or not isinstance(value, int | float):
        return value
    if node.scale == 1.0 and node.offset == 0.0:
        return value
    raw = (value - node.offset) / node.scale
    nearest = round(raw)
    return nearest if math.isclose(raw, nearest, rel_tol=_ROUNDING, abs_tol=_ROUNDING) else raw


def cast(raw: Raw, kind: ua.VariantType) -> Raw:
    """The value as the node's type has it. Raises `CannotCastError` rather than round, cut or wrap."""
    if kind is ua.VariantType.Boolean:
        if raw in (0, 1):
            return bool(raw)
    elif kind is ua.VariantType.String:
        if isinstance(raw, str):
            return raw
    elif kind in _FLOATS:
        if isinstance(raw, int | float):
            if kind is ua.VariantType.Float and abs(raw) > _LARGEST_FLOAT:
                raise CannotCastError(f"{raw:g} is too large for the node's type, Float")
            return float(raw)
    elif kind in _INTEGERS:
        if isinstance(raw, int | float) and math.isfinite(raw):
            lowest, highest = _INTEGERS[kind]
            if raw != int(raw):
                raise CannotCastError(
                    f"{raw:g} is no whole number, and the node's type is {kind.name}; "
                    f"the nearest are {math.floor(raw)} and {math.ceil(raw)}, in the controller's own unit"
                )
            if not lowest <= raw <= highest:
                raise CannotCastError(
                    f"{raw:g} is outside of the node's type, {kind.name}: {lowest} to {highest}"
                )
            return int(raw)
    else:
        raise CannotCastError(f"the node's type is {kind.name}, which cannot be set from here")
    raise CannotCastError(f"{raw!r} cannot be said in the node's type, {kind.name}; is a map missing?")


def _node_type(value: ua.DataValue, declaration: ua.DataValue) -> ua.VariantType | str:
    """The variant type to write, or for people why there is none."""
    status = value.StatusCode.value if value.StatusCode is not None else 0
    variant = value.Value
    if isinstance(variant, ua.Variant) and variant.VariantType is not ua.VariantType.Null:
        if variant.is_array:
            return "the node holds an array, which cannot be set from here"
        if isinstance(variant.VariantType, ua.VariantType):
            return variant.VariantType
    declared = declaration.Value.Value if isinstance(declaration.Value, ua.Variant) else None
    if (
        isinstance(declared, ua.NodeId)
        and declared.NamespaceIndex == 0
        and isinstance(declared.Identifier, int)
    ):
        try:
            return ua.VariantType(declared.Identifier)
        except ValueError:
            pass
    if status & BAD:
        return f"the node cannot be read, so its type is not known: {in_words(status)}"
    return "the node has no value and no plain type"


def _judged(write: Write, status_code: int) -> WriteAnswer:
    if not status_code & BAD:
        return answered(write, Answer.TAKEN)
    if may_have_landed(status_code):
        return answered(write, Answer.UNKNOWN, f"{in_words(status_code)}; it may still land")
    return answered(write, Answer.REFUSED, in_words(status_code))
