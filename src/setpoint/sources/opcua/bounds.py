"""Bounds that asyncua lacks. Without them, a few bytes from a server could fill the memory or occupy the process.

The library builds an array with as many elements as its length claims, and stops where the bytes end. That is a bound
only if every element takes bytes. Two kinds of elements do not: values of the type Null, and texts with a negative
length, which move the decoder backwards. OPC UA Part 6 knows neither: a Null is never the type of an array (5.2.2.16),
and the only negative length is -1 (5.2.2.4).

The dimensions of an array are claims too: 17 bytes say "1000 by 1000", and the library makes the million elements; 900
dimensions of one element each are 900 lists around every element. An array is put into the shape that the server
states only if it has just these elements (5.2.2.16); otherwise it stays flat.

An element of a list of values or structures takes as little as one byte, and the library makes an object of each, which
takes a thousand times as long as its bytes. `MAX_OBJECTS` of them are decoded in one message.

An answer to a request that nobody waits for, such as a second answer, is left aside; the library would close the
connection.

The sizes of messages are bounded by the server's own statement. Here they also have a bound of ours. A chunk that is
too large ends the connection when its header arrives, not when all of it has arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import prod
from typing import Any

from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua import ua_binary
from asyncua.ua.uaerrors import UaError

MAX_DIMENSIONS = 16
MAX_OBJECTS = 20_000
"""The most objects in an answer to one of our requests. If a list of values is refused for this reason, its halves are
requested."""
_OBJECTS = frozenset((22, 23, 24, 25))
"""The types whose elements count as objects, by number: structures, data values, variants and diagnostics."""
MAX_CHUNK = 1024 * 1024
"""We ask for chunks of 64 KiB at most."""
MAX_MESSAGE = 32 * 1024 * 1024
MAX_CHUNKS = 8 * 1024
_SIZE = slice(4, 8)
"""Where a chunk states its size (Part 6, 6.7.2)."""

_read = Buffer.read
_copy = Buffer.copy
_array_deserializer = ua_binary._create_uatype_array_deserializer  # the library has no public name for it
_reshape = ua_binary._reshape  # the library has no public name for it
_update_limits = TransportLimits.update_client_limits
_data_received = UASocketProtocol.data_received
_call_callback = UASocketProtocol._call_callback  # the library has no public name for it


def _read_forwards(self: Buffer, size: int) -> bytes:
    if size < 0:
        raise NotEnoughData(f"a length of {size} bytes")
    return _read(self, size)


class _Null(type(ua_binary.Primitives.Null)):  # type: ignore[misc]  # the library's class has no public name
    """The library's Null, with an array that never has elements."""

    @staticmethod
    def pack_array(_: Any) -> bytes:
        return ua_binary.Primitives.Int32.pack(-1)

    @staticmethod
    def unpack_array(_: Any, length: int) -> tuple[()]:
        if length > 0:
            raise UaError(f"an array has {length} elements of the type Null")
        return ()


def _left(data: Buffer) -> list[int]:
    """How many objects may still be made of a message, as a list of one number; all of its parts share it."""
    found: list[int] = data.__dict__.setdefault("_objects_left", [MAX_OBJECTS])
    return found


def _copy_with_its_bound(self: Buffer, size: int = -1) -> Buffer:
    part = _copy(self, size)
    part.__dict__["_objects_left"] = _left(self)
    return part


@cache
def _bounded_array_deserializer(kind: Any) -> Callable[[Buffer], list[Any] | None]:
    decode: Callable[[Buffer], list[Any] | None] = _array_deserializer(kind)
    if kind.value not in _OBJECTS:
        return decode

    def decode_some(data: Buffer) -> list[Any] | None:
        left = _left(data)
        left[0] -= max(ua_binary.Primitives.Int32.unpack(data.copy()), 0)
        if left[0] < 0:
            raise UaError(f"a message has more than {MAX_OBJECTS} values in arrays")
        return decode(data)

    return decode_some


def _reshape_as_stated(flat: list[Any], dims: list[int]) -> list[Any]:
    is_so = 0 < len(dims) <= MAX_DIMENSIONS and min(dims) > 0 and prod(dims) == len(flat)
    return _reshape(flat, dims) if is_so else flat


def _within(ours: int, theirs: int) -> int:
    return min(theirs, ours) if theirs > 0 else ours


def _update_limits_within_ours(self: TransportLimits, acknowledge: Any) -> None:
    _update_limits(self, acknowledge)
    self.max_recv_buffer = _within(MAX_CHUNK, self.max_recv_buffer)
    self.max_message_size = _within(MAX_MESSAGE, self.max_message_size)
    self.max_chunk_count = _within(MAX_CHUNKS, self.max_chunk_count)


def _receive_what_can_end(self: UASocketProtocol, data: bytes) -> None:
    _data_received(self, data)
    begun = self.receive_buffer
    if begun is not None and len(begun) >= _SIZE.stop and int.from_bytes(begun[_SIZE], "little") > MAX_CHUNK:
        self.receive_buffer = None
        self.disconnect_socket()


def _answer_if_awaited(self: UASocketProtocol, request_id: int, body: Any) -> None:
    if request_id in self._callbackmap:
        _call_callback(self, request_id, body)


def bound_the_decoder() -> None:
    """Sets these bounds in asyncua, for the whole process. Calling it again changes nothing.

    The library has no setting for any of them, so its methods are replaced, which a type checker cannot allow.
    """
    Buffer.read = _read_forwards  # type: ignore[method-assign]
    Buffer.copy = _copy_with_its_bound  # type: ignore[method-assign]
    ua_binary._create_uatype_array_deserializer = _bounded_array_deserializer
    ua_binary.Primitives1.Null = _Null()  # type: ignore[attr-defined]  # looked up by name; a type that is here decodes its arrays itself
    ua_binary._reshape = _reshape_as_stated
    TransportLimits.update_client_limits = _update_limits_within_ours  # type: ignore[method-assign, assignment]
    UASocketProtocol.data_received = _receive_what_can_end  # type: ignore[method-assign]
    UASocketProtocol._call_callback = _answer_if_awaited  # type: ignore[method-assign]
