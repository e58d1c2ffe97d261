"""Two bounds that asyncua's decoder lacks. Without them, a few bytes from a server occupy the process for ever.

The library builds an array with as many elements as its length claims, and stops where the bytes end. That is a bound
only if every element takes bytes. Two kinds of elements do not: values of the type Null, and texts with a negative
length, which move the decoder backwards. OPC UA Part 6 knows neither: a Null is never the type of an array (5.2.2.16),
and the only negative length is -1 (5.2.2.4).
"""

from __future__ import annotations

from typing import Any

from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua import ua_binary
from asyncua.ua.uaerrors import UaError

_read = Buffer.read


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


def bound_the_decoder() -> None:
    """Sets both bounds in asyncua, for the whole process. Calling it again changes nothing."""
    Buffer.read = _read_forwards  # type: ignore[method-assign]
    ua_binary.Primitives1.Null = _Null()  # type: ignore[attr-defined]  # looked up by name; a type that is here decodes its arrays itself
