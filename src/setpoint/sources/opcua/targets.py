"""How each target can be set: the type of each node, the argument of each method, the names of numbers.

This is read from the server before the first write, and kept until the connection ends or the server says that a type
does not fit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from setpoint.core.plant import Field
from setpoint.errors import SourceError
from setpoint.sources.opcua.parts import Part
from setpoint.sources.opcua.quality import BAD, in_words
from setpoint.sources.opcua.session import Session
from setpoint.sources.opcua.settings import FieldNode, Method
from setpoint.sources.opcua.structures import built_in_type
from setpoint.sources.opcua.time_limit import until
from setpoint.sources.opcua.variants import Array, raw_value
from setpoint.sources.wording import words

LEARN_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class WritableNode:
    """A node for targets, and its field of the plant."""

    node: FieldNode
    field: Field


WayKey: TypeAlias = tuple[str, Part, Method | None]


class Way(NamedTuple):
    """How to send a target, and in which type. ``problem`` says why it cannot be sent, for people."""

    kind: ua.VariantType = ua.VariantType.Null
    problem: str = ""
    is_array: bool = False
    object: ua.NodeId | None = None
    """The object of a method call."""


@dataclass(slots=True)
class Targets:
    """``ways`` by node, part and method; ``names`` of numbers by node."""

    session: Session
    ways: dict[WayKey, Way] = field(default_factory=dict)
    names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    async def learn(self, targets: Iterable[WritableNode], deadline: float | None = None) -> None:
        """Reads everything that is not known yet or failed before. Raises `SourceError`."""
        unknown = {way_of(each.node): each for each in targets if not self._is_open(each)}
        if not unknown:
            return
        deadline = deadline or asyncio.get_running_loop().time() + LEARN_WITHIN_S
        try:
            async with until(deadline):
                await self._learn_nodes([each.node for each in unknown.values() if each.node.method is None])
                for each in unknown.values():
                    if each.node.method is not None:
                        self.ways[way_of(each.node)] = await self._learn_method(each.node.method)
        except TimeoutError as error:
            raise SourceError(
                words("words-did-not-answer-time", endpoint=self.session.endpoint),
                code="timeout",
            ) from error

    def forget(self, target: WritableNode) -> None:
        """Its type is read again before the next write."""
        self.ways.pop(way_of(target.node), None)

    def _is_open(self, target: WritableNode) -> bool:
        way = self.ways.get(way_of(target.node))
        return way is not None and not way.problem

    async def _learn_nodes(self, nodes: Iterable[FieldNode]) -> None:
        """Reads types from the nodes' values, or else from their declarations."""
        known: list[tuple[FieldNode, ua.NodeId]] = []
        for each in nodes:
            node = self.session.node_id(each.node)
            if node is None:
                self.ways[way_of(each)] = Way(problem=words("words-server-does-not-know-node-s"))
            else:
                known.append((each, node))
        ids = [node for _, node in known]
        values = await self.session.read(ids)
        declared = await self.session.read(ids, AttributeIds.DataType)
        for (each, _), value, declaration in zip(known, values, declared, strict=True):
            self.ways[way_of(each)] = await self._way(each, value, declaration)

    async def _way(self, node: FieldNode, value: ua.DataValue, declaration: ua.DataValue) -> Way:
        status = value.StatusCode.value if value.StatusCode is not None else 0
        if node.part.member:
            return Way(problem=words("words-map-node-field-method", value=words("words-structure-whole")))
        variant = value.Value
        if isinstance(variant, ua.Variant) and variant.VariantType is not ua.VariantType.Null:
            is_array = bool(variant.is_array or isinstance(variant.Value, list))
            if is_array and not node.part.index:
                return Way(problem=words("words-node-holds-array-name-element-set"))
            if node.part.index and not is_array:
                return Way(problem=words("words-there-index-but-node-does-not"))
            problem = await self._unreachable(node, variant) if is_array else ""
            if isinstance(variant.VariantType, ua.VariantType):
                return Way(variant.VariantType, problem, is_array=is_array)
        declared = declaration.Value.Value if isinstance(declaration.Value, ua.Variant) else None
        if isinstance(declared, ua.NodeId) and (kind := await built_in_type(self.session, declared)):
            return Way(ua.VariantType(kind), is_array=bool(node.part.index))
        if status & BAD:
            return Way(problem=words("words-node-cannot-be-read-so-its", value=in_words(status)))
        return Way(problem=words("words-node-has-no-value-no-plain"))

    async def _unreachable(self, node: FieldNode, whole: ua.Variant) -> str:
        """Why one element of an array cannot be set alone; empty if it can.

        Some servers ignore the range of a write, and would replace the whole array with the one element.
        """
        found = raw_value(whole)
        if not isinstance(found, Array):
            return ""
        if not await self.session.picks_elements():
            return words("words-server-ignores-ranges")
        if len(found.values) < 2:
            return (
                words("words-server-gives-no-element", index=node.part.index_range)
                if any(node.part.index)
                else ""
            )
        element = raw_value(await self.session.read_range(self._id(node), node.part.index_range))
        if element is None:
            return words("words-server-gives-no-element", index=node.part.index_range)
        if isinstance(element, Array) and len(element.values) != 1:
            return words("words-server-ignores-ranges")
        return ""

    def _id(self, node: FieldNode) -> ua.NodeId:
        return self.session.node_id(node.node) or ua.NodeId()

    async def _learn_method(self, method: Method) -> Way:
        """The argument of a method, and the object on which it is called."""
        node = self.session.node_id(method.node)
        owner = self.session.node_id(method.object) if method.object else None
        if node is None or (method.object and owner is None):
            return Way(problem=words("words-server-does-not-know-method-s"))
        if owner is None:
            above = await self.session.references(
                [node], ObjectIds.HierarchicalReferences, direction=ua.BrowseDirection.Inverse
            )
            if len(above[0]) != 1:
                owners = str(len(above[0])) if above[0] else "no"
                return Way(problem=words("words-objects-have-method-name-one-call", owners=owners))
            owner = above[0][0].node
        [properties] = await self.session.references([node], ObjectIds.HasProperty)
        inputs = [each.node for each in properties if each.name == "InputArguments"]
        values = await self.session.read(inputs)
        arguments = values[0].Value.Value if values and isinstance(values[0].Value, ua.Variant) else []
        if not isinstance(arguments, list) or len(arguments) != 1:
            count = len(arguments) if isinstance(arguments, list) else 0
            return Way(problem=words("words-method-takes-arguments-one-takes-just", count=count))
        kind = await built_in_type(self.session, arguments[0].DataType)
        if not kind or arguments[0].ValueRank >= 0:
            return Way(problem=words("words-type-method-s-argument-cannot-be"))
        return Way(ua.VariantType(kind), object=owner)


def way_of(node: FieldNode) -> WayKey:
    return node.node, node.part, node.method
