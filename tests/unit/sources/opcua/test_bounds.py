"""False lengths in a server's bytes: no claimed length makes the process use much time or memory."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from asyncua import ua
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary, variant_from_binary

from setpoint.errors import SourceError
from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.opcua.bounds import MAX_CHUNK, MAX_CHUNKS, MAX_MESSAGE, MAX_OBJECTS
from setpoint.sources.opcua.session import Reference, Session
from setpoint.sources.opcua.structures import (
    MAX_MEMBERS,
    Layout,
    Member,
    learn_layouts,
    member_of,
)
from setpoint.sources.opcua.variants import Array, Opaque, Structure, read_variant

HUGE = struct.pack("<i", 2**31 - 1)
NULLS = bytes((0x80,)) + HUGE
TEXTS_THAT_GO_BACK = bytes((0x80 | ua.VariantType.String.value,)) + HUGE + struct.pack("<i", -4)


@pytest.mark.parametrize("value", [NULLS, TEXTS_THAT_GO_BACK], ids=["nulls", "negative-lengths"])
def test_an_array_whose_elements_take_no_bytes_is_refused_at_once(value: bytes) -> None:
    with pytest.raises((ua.UaError, NotEnoughData), match=r"elements of the type Null|a length of -4 bytes"):
        variant_from_binary(Buffer(value))


def test_an_answer_with_such_an_array_is_refused_whole_and_an_empty_one_is_read() -> None:
    response = ua.ReadResponse()
    response.Results = [ua.DataValue(ua.Variant([], ua.VariantType.Null, is_array=True))]
    whole = struct_to_binary(response)
    read = struct_from_binary(
        ua.ReadResponse, Buffer(whole.replace(b"\x80\xff\xff\xff\xff", b"\x80" + bytes(4)))
    )
    assert read.Results[0].Value.Value == []
    with pytest.raises(ua.UaError, match="2147483647 elements of the type Null"):
        struct_from_binary(ua.ReadResponse, Buffer(whole.replace(b"\x80\xff\xff\xff\xff", NULLS)))


def test_in_a_notification_such_a_value_is_lost_alone() -> None:
    value, end = read_variant(NULLS + b"next", 0)
    assert value == Opaque("Null")
    assert end == len(NULLS)


@pytest.mark.parametrize(
    ("layouts", "message"),
    [
        ({"a": Layout((Member("x", 0, "a"),))}, "nested too deep"),
        (
            {
                str(depth): Layout(tuple(Member(f"x{n}", 0, str(depth + 1)) for n in range(50)))
                for depth in range(8)
            }
            | {"8": Layout(()), "a": Layout((Member("x", 0, "0"),))},
            "more than 100000 values",
        ),
    ],
    ids=["contains-itself", "fifty-to-the-eighth"],
)
def test_a_layout_that_takes_no_bytes_is_read_in_bounded_work(
    layouts: dict[str, Layout], message: str
) -> None:
    with pytest.raises(UnreadableError, match=message):
        member_of(Structure("a", b""), "x", layouts)


def _array(kind: ua.VariantType, count: int, body: bytes, dimensions: list[int]) -> bytes:
    shape = struct.pack(f"<i{len(dimensions)}i", len(dimensions), *dimensions)
    return bytes((0xC0 | kind.value,)) + struct.pack("<i", count) + body + shape


@pytest.mark.parametrize(
    ("count", "dimensions"), [(0, [1000, 1000]), (3, [2]), (60_000, [1] * 900), (3, [-1, -3]), (0, [0] * 900)]
)
def test_an_array_has_the_elements_in_the_message_whatever_its_dimensions_say(
    count: int, dimensions: list[int]
) -> None:
    value = _array(ua.VariantType.Byte, count, bytes(count), dimensions)
    assert variant_from_binary(Buffer(value)).Value == [0] * count
    read, end = read_variant(value, 0)
    assert isinstance(read, Array)
    assert (read.values, end) == ((0,) * count, len(value))


def test_an_array_that_has_the_dimensions_that_it_states_has_their_shape() -> None:
    value = _array(ua.VariantType.Byte, 6, bytes(range(6)), [2, 3])
    assert variant_from_binary(Buffer(value)).Value == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "kind", [ua.VariantType.Variant, ua.VariantType.DataValue, ua.VariantType.DiagnosticInfo]
)
def test_arrays_of_one_byte_elements_do_not_make_a_million_objects(kind: ua.VariantType) -> None:
    half = struct.pack("<i", MAX_OBJECTS // 2 + 1) + bytes(MAX_OBJECTS // 2 + 1)
    one = bytes((0x80 | kind.value,)) + half
    assert len(variant_from_binary(Buffer(one)).Value) == MAX_OBJECTS // 2 + 1
    two = b"\x98" + struct.pack("<i", 2) + one + one
    with pytest.raises(ua.UaError, match=f"more than {MAX_OBJECTS} values in arrays"):
        variant_from_binary(Buffer(two))
    # The source does not decode them at all in a notification, because it cannot show them.
    assert read_variant(b"\x18" + one + b"next", 0) == (Opaque(kind.name), len(one) + 1)


def test_dimensions_of_a_million_sizes_are_no_number_of_a_million_digits() -> None:
    sizes = struct.pack("<i", 250_000) + struct.pack("<i", 2**31 - 1) * 250_000
    layouts = {"a": Layout((Member("x", 6, dimensions=2),))}
    with pytest.raises(UnreadableError, match="an array breaks off"):
        member_of(Structure("a", sizes), "x", layouts)


def test_a_server_cannot_lift_the_bounds_of_what_it_sends() -> None:
    limits = TransportLimits(65535, 65535, 0, 0)
    limits.update_client_limits(
        ua.Acknowledge(
            ReceiveBufferSize=ua.UInt32(2**32 - 1),
            SendBufferSize=ua.UInt32(8192),
            MaxMessageSize=ua.UInt32(0),
            MaxChunkCount=ua.UInt32(0),
        )
    )
    assert (limits.max_recv_buffer, limits.max_message_size) == (MAX_CHUNK, MAX_MESSAGE)
    assert not limits.is_chunk_count_within_limit(MAX_CHUNKS + 1)


class _Transport(asyncio.Transport):
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(("size", "is_closed"), [(2**32 - 1, True), (60_000, False)])
def test_a_chunk_that_is_too_large_ends_the_connection_when_its_header_comes(
    size: int, is_closed: bool
) -> None:
    protocol, transport = UASocketProtocol(), _Transport()
    protocol.connection_made(transport)
    protocol.data_received(b"MSGF" + struct.pack("<II", size, 1))
    assert transport.is_closed is is_closed
    assert bool(protocol.receive_buffer) is not is_closed


def _node(number: int) -> ua.NodeId:
    return ua.NodeId(ua.Int32(number), ua.Int16(2))


class _Server(Session):
    """Answers requests with more data than anybody can read."""

    def __init__(self, members: int, distinct: int) -> None:
        super().__init__(None, None, "opc.tcp://hostile")  # type: ignore[arg-type]  # never connected
        self.members, self.distinct = members, distinct
        self.read_types: list[str] = []
        self.questions = 0

    async def read(
        self, nodes: Sequence[ua.NodeId], attribute: AttributeIds = AttributeIds.Value
    ) -> list[ua.DataValue]:
        if attribute is AttributeIds.DataType:
            return [ua.DataValue(ua.Variant(each)) for each in nodes]
        self.read_types += [each.to_string() for each in nodes]
        fields = [
            ua.StructureField(Name=f"f{n}", DataType=_node(self.questions * 10_000_000 + n % self.distinct))
            for n in range(self.members)
        ]
        return [ua.DataValue(ua.Variant(ua.StructureDefinition(each, Fields=fields))) for each in nodes]

    async def references(self, nodes: Sequence[ua.NodeId], *_: Any, **__: Any) -> list[list[Reference]]:
        self.questions += 1
        return [[] for _ in nodes]


async def test_a_structure_of_a_million_members_is_not_asked_for_one_by_one() -> None:
    server = _Server(members=MAX_MEMBERS + 1, distinct=MAX_MEMBERS + 1)
    assert await learn_layouts(server, [_node(1)]) == {}
    assert server.questions == 0


async def test_each_type_is_read_once_and_the_number_of_members_is_bounded() -> None:
    server = _Server(members=1_000, distinct=3)
    layouts = await learn_layouts(server, [_node(1)])
    assert (
        0 < sum(len(each.members) for each in layouts.values()) <= 2 * MAX_MEMBERS
    )  # by type and by encoding
    assert server.questions < 200


async def test_references_without_end_are_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setpoint.sources.opcua.session.MAX_REFERENCES_IN_ALL", 100)
    session = Session(None, None, "opc.tcp://hostile")  # type: ignore[arg-type]  # never connected
    calls = 0

    async def call(request: ua.BrowseRequest, _: object) -> ua.BrowseResponse:
        nonlocal calls
        calls += 1
        found = [ua.ReferenceDescription() for _ in range(30)]
        results = [ua.BrowseResult(References=found) for _ in request.Parameters.NodesToBrowse]
        return ua.BrowseResponse(Results=results)

    monkeypatch.setattr(session, "call", call)
    with pytest.raises(SourceError, match="does not stop answering while it is browsed"):
        await session.references([_node(n) for n in range(1000)])
    assert calls == 1
