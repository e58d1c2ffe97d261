"""A server's names for numbers: EnumStrings, EnumValues and EnumDefinition (OPC UA Part 3, 8.14; Part 8, 5.3).

They are a property of the variable (MultiStateDiscrete), a property of its data type, or in the type's definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from setpoint.core.plant import usable_text
from setpoint.sources.opcua.session import Session

MAX_NAMES = 1_000
_LAST_BUILT_IN = 25
_PROPERTIES = ("EnumStrings", "EnumValues")


async def learn_names(session: Session, nodes: Sequence[ua.NodeId]) -> list[Mapping[int, str]]:
    """The names of each variable's numbers; empty if the server has none."""
    own = await _names(session, nodes)
    types = [_own_type(_value(data)) for data in await session.read(nodes, AttributeIds.DataType)]
    distinct = {each.to_string(): each for each in types if each is not None}
    declared = await _declared(session, distinct)
    return [
        names or (declared[kind.to_string()] if kind is not None else {})
        for names, kind in zip(own, types, strict=True)
    ]


async def _declared(session: Session, types: Mapping[str, ua.NodeId]) -> dict[str, dict[int, str]]:
    names = dict(zip(types, await _names(session, list(types.values())), strict=True))
    bare = [text for text, found in names.items() if not found]
    definitions = await session.read([types[text] for text in bare], AttributeIds.DataTypeDefinition)
    for text, definition in zip(bare, map(_value, definitions), strict=True):
        if isinstance(definition, ua.EnumDefinition):
            fields = (definition.Fields or ())[:MAX_NAMES]
            names[text] = {int(each.Value): usable_text(str(each.Name)) for each in fields if each.Name}
    return names


async def _names(session: Session, nodes: Sequence[ua.NodeId]) -> list[dict[int, str]]:
    found: list[dict[int, str]] = [{} for _ in nodes]
    places, properties = [], []
    for place, references in enumerate(await session.references(nodes, ObjectIds.HasProperty)):
        for each in references:
            if each.name in _PROPERTIES:
                places.append(place)
                properties.append(each.node)
    for place, data in zip(places, await session.read(properties), strict=True):
        found[place] = found[place] or names_of(_value(data))
    return found


def names_of(value: object) -> dict[int, str]:
    """The names in the value of EnumStrings (counted from 0) or of EnumValues (each with its number)."""
    if not isinstance(value, list):
        return {}
    names: dict[int, str] = {}
    for number, each in enumerate(value[:MAX_NAMES]):
        if isinstance(each, ua.EnumValueType):
            names[int(each.Value)] = usable_text(each.DisplayName.Text or "")
        elif isinstance(each, ua.LocalizedText | str):  # some servers give plain texts
            names[number] = usable_text((each if isinstance(each, str) else each.Text) or "")
    return {number: name for number, name in names.items() if name}


def _own_type(data_type: object) -> ua.NodeId | None:
    """The data type, unless it is one of the built-in ones, which have no names."""
    if not isinstance(data_type, ua.NodeId):
        return None
    number = data_type.Identifier
    is_built_in = data_type.NamespaceIndex == 0 and isinstance(number, int) and number <= _LAST_BUILT_IN
    return None if is_built_in else data_type


def _value(data: ua.DataValue) -> object:
    return data.Value.Value if isinstance(data.Value, ua.Variant) else None
