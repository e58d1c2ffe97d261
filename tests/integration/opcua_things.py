"""A server with arrays, structures, enumerations, methods and odd names.

It runs in a thread of its own, so that the tests of a module can share it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.common.structures104 import new_enum, new_struct, new_struct_field
from asyncua.server.address_space import AttributeService
from asyncua.server.internal_server import InternalServer

SCALARS = {
    "SByte": (-128, -5), "Byte": (0, 255), "Int16": (-3, 32_767), "UInt16": (0, 65_535), "Int32": (-3, 2**31 - 1),
    "UInt32": (0, 2**32 - 1), "Int64": (-(2**63), 2**53 + 1), "UInt64": (0, 2**64 - 1), "Float": (0.5, 16_777_216.0),
    "Double": (0.1, 1e300),
}  # fmt: skip
ODD_NAMES = ('"DB_1"."Speed"[3]', "Press{id}", "a\nb", "x;y=z", "Ä'\"")


class ThingsServer:
    """The server at ``endpoint``. `value` and `put` read and change its values. ``calls`` are the received method
    calls.
    """

    def __init__(self) -> None:
        self.endpoint = ""
        self.space = 0
        self.calls: list[tuple[str, Any]] = []
        self.honours_ranges = False
        """asyncua's server ignores the ranges of arrays, as some controllers do."""
        self.server: Server = None  # type: ignore[assignment]  # there once it runs
        self.loop = asyncio.new_event_loop()

    def value(self, name: str) -> Any:
        return self._run(self._node(name).read_value())

    def put(self, name: str, value: Any, kind: ua.VariantType) -> None:
        self._run(self._node(name).write_value(ua.DataValue(ua.Variant(value, kind))))

    def put_bad(self, name: str, code: int) -> None:
        data = ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(code)))
        node = self._node(name).nodeid
        self._run(self.server.iserver.aspace.write_attribute_value(node, ua.AttributeIds.Value, data))

    def _node(self, name: str) -> Any:
        return self.server.get_node(ua.NodeId(ua.String(name), ua.Int16(self.space)))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result(20)

    async def build(self) -> None:
        internal = InternalServer()
        internal.attribute_service = _Ranges(internal.aspace, self)
        self.server = Server(iserver=internal)
        await self.server.init()
        self.server.set_endpoint("opc.tcp://127.0.0.1:0")
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self.space = space = await self.server.register_namespace("urn:setpoint:things")
        plant = await self.server.nodes.objects.add_object(
            ua.NodeId(ua.String("Plant"), ua.Int16(space)), "Plant"
        )

        async def add(name: str, value: Any, kind: ua.VariantType | None = None, **options: Any) -> Any:
            node = ua.NodeId(ua.String(name), ua.Int16(space))
            variable = await plant.add_variable(node, name, value, varianttype=kind, **options)
            await variable.set_writable()
            return variable

        for name, (low, _) in SCALARS.items():
            await add(name, low, ua.VariantType[name])
        for name in ODD_NAMES:
            await add(name, 5.0, ua.VariantType.Double)
        await add("Speeds", [10, 20, 30], ua.VariantType.Int16)
        await add("Lonely", [7], ua.VariantType.Int16)
        await add("Grid", [[1, 2, 3], [4, 5, 6]], ua.VariantType.Int16)
        await add("AlarmBits", [False] * 8, ua.VariantType.Boolean)
        await add("AlarmWords", [0, 0], ua.VariantType.UInt16)
        await add("AlarmDouble", 0.0, ua.VariantType.Double)
        await add("AlarmText", "", ua.VariantType.String)
        await add("When", datetime(2026, 11, 28, 12, 0, tzinfo=UTC), ua.VariantType.DateTime)
        await add("Blob", b"\x01\x02", ua.VariantType.ByteString)
        await add("Local", ua.LocalizedText("Halt"), ua.VariantType.LocalizedText)
        await add("Nothing", None, ua.VariantType.Null)
        await self._add_types(add, plant)
        await self.server.start()
        assert self.server.bserver is not None
        self.endpoint = f"opc.tcp://127.0.0.1:{self.server.bserver.port}"

    async def _add_types(self, add: Any, plant: Any) -> None:
        space = self.space
        drive, _ = await new_struct(
            self.server, space, "Drive",
            [new_struct_field("Name", ua.VariantType.String), new_struct_field("Speed", ua.VariantType.Float),
             new_struct_field("Limits", ua.VariantType.Int32, array=True)],
        )  # fmt: skip
        await new_enum(self.server, space, "Mode", ["Off", "Run", "Set up"])
        types = await self.server.load_data_type_definitions()
        value = types["Drive"]()
        value.Name, value.Speed, value.Limits = "M1", 142.5, [1, 2, 3]
        await add("Drive", value, datatype=drive.nodeid)
        mode = next(
            each
            for each in await self.server.nodes.enum_data_type.get_children()
            if each.nodeid.NamespaceIndex == space
        )
        await add("Mode", 1, ua.VariantType.Int32, datatype=mode.nodeid)
        await add("MachSpeed", 100.0, ua.VariantType.Float)
        argument = ua.Argument(Name="RequestedMachineSpeed", DataType=ua.NodeId(ua.Int32(10)), ValueRank=-1)

        async def set_speed(_: Any, speed: ua.Variant) -> list[Any]:
            self.calls.append(("SetMachSpeed", speed.Value))
            if speed.Value > 500:
                return ua.StatusCode(ua.UInt32(ua.StatusCodes.BadOutOfRange))  # type: ignore[return-value]  # as asyncua's servers answer
            node = self._node("MachSpeed")
            await node.write_value(ua.DataValue(ua.Variant(speed.Value, ua.VariantType.Float)))
            return []

        method = ua.NodeId(ua.String("SetMachSpeed"), ua.Int16(space))
        await plant.add_method(method, "SetMachSpeed", set_speed, [argument], [])


class _Ranges(AttributeService):
    """Supports ranges of one element, as in the standard, if the test says so."""

    def __init__(self, space: Any, things: ThingsServer) -> None:
        super().__init__(space)
        self._things = things

    def read(self, params: Any) -> Any:
        values = super().read(params)
        for place, (node, data) in enumerate(zip(params.NodesToRead, values, strict=True)):
            if self._things.honours_ranges and node.IndexRange and data.Value is not None:
                values[place] = self._part(data.Value, [int(each) for each in node.IndexRange.split(",")])
        return values

    @staticmethod
    def _part(whole: ua.Variant, places: list[int]) -> ua.DataValue:
        value = whole.Value
        for place in places:
            if place >= len(value):
                return ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(ua.StatusCodes.BadIndexRangeNoData)))
            value = value[place]
        sizes = [ua.Int32(1)] * len(places) if len(places) > 1 else None
        return ua.DataValue(ua.Variant([value], whole.VariantType, Dimensions=sizes, is_array=True))

    async def write(self, params: Any, user: Any = None) -> Any:
        for each in params.NodesToWrite:
            if self._things.honours_ranges and each.IndexRange:
                whole = list(await self._things.server.get_node(each.NodeId).read_value())
                *outer, last = [int(place) for place in each.IndexRange.split(",")]
                part, row = each.Value.Value.Value, whole
                assert (each.Value.Value.Dimensions or [1]) == [1] * (len(outer) + 1), (
                    "the value has as many dimensions as the range"
                )
                for place in outer:
                    row, part = row[place], part[0]
                row[last] = part[0]
                each.Value.Value = ua.Variant(whole, each.Value.Value.VariantType, is_array=True)
                each.IndexRange = None
        return await (super().write(params) if user is None else super().write(params, user))


@contextmanager
def serve_things() -> Iterator[ThingsServer]:
    """Runs the server."""
    things = ThingsServer()
    thread = threading.Thread(target=things.loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(things.build(), things.loop).result(60)
    try:
        yield things
    finally:
        asyncio.run_coroutine_threadsafe(things.server.stop(), things.loop).result(20)
        things.loop.call_soon_threadsafe(things.loop.stop)
        thread.join(10)
        things.loop.close()
