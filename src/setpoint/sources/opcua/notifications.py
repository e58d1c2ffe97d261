"""Decodes the answers to Publish, by far the most frequent message.

10,000 nodes at 4 Hz are 40,000 values a second. asyncua's general decoder makes seven objects for each, which is ten
times the work (benches/opcua.py). So this message is decoded here, directly from its bytes (OPC UA Part 6, 5.2):
scalars by their layout, anything else by `setpoint.sources.opcua.variants`, one value at a time.

`decode` never guesses: bytes that it does not understand raise `BadMessageError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct, unpack_from
from typing import TypeAlias

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary

from setpoint.sources.mapping.values import Raw, shortest_single
from setpoint.sources.opcua.quality import BAD
from setpoint.sources.opcua.variants import (
    FIXED,
    FLOAT,
    BadValueError,
    Held,
    raw_value,
    read_variant,
)

DataChange: TypeAlias = tuple[int, Held, int, int]
"""Client handle, value, status code, source time stamp in units of 100 ns since 1601 (0 if there is none)."""

_PUBLISH_RESPONSE = 829
_DATA_CHANGE = 811
_STATUS_CHANGE = 820
_SERVICE_FAULT = 397
_EPOCH_DIFFERENCE_S = 11_644_473_600

_HEADER = Struct("<qIIB")
_ITEM = Struct("<IB")
_INT32 = Struct("<i")
_UINT32 = Struct("<I")
_FILETIME = Struct("<Q")


__all__ = ["BadMessageError", "DataChange", "Held", "Published", "Raw", "decode", "raw_value", "unix_seconds"]


class BadMessageError(Exception):
    """The bytes are not an answer to Publish. ``handle`` is the item whose value has no end, if any."""

    def __init__(self, message: str, handle: int | None = None) -> None:
        super().__init__(message)
        self.handle = handle


@dataclass(frozen=True, slots=True)
class Published:
    """One answer to Publish. Without data it is a keep-alive, and ``sequence`` is the number of the next message.

    ``result`` is the status code of the service; if it is bad, the rest is empty. ``closed`` is the status code of a
    subscription that the server has ended.
    """

    result: int
    subscription: int
    sequence: int
    changes: list[DataChange]
    closed: int | None = None
    has_data: bool = False


def unix_seconds(filetime: int) -> float:
    """100 ns since 1601 as Unix seconds."""
    return filetime / 10_000_000 - _EPOCH_DIFFERENCE_S


def decode(data: bytes, start: int) -> Published:
    """Decodes the message whose type id is at ``start``. Raises `BadMessageError`."""
    try:
        return _decode(data, start)
    except BadMessageError:
        raise
    except Exception as cause:
        # The library may raise anything while it decodes bytes of a machine; the answer is unreadable.
        raise BadMessageError(f"an answer to Publish breaks off or is malformed: {cause}") from cause


def _decode(data: bytes, at: int) -> Published:
    message, at = _type_id(data, at)
    if message not in (_PUBLISH_RESPONSE, _SERVICE_FAULT):
        raise BadMessageError(f"a message of type {message} is not an answer to Publish")
    _, _, result, diagnostics = _HEADER.unpack_from(data, at)
    at = _after_response_header(data, at + _HEADER.size, diagnostics)
    if message == _SERVICE_FAULT or result & BAD:
        return Published(result, 0, 0, [])
    subscription, available = unpack_from("<Ii", data, at)
    at += 8 + 4 * max(available, 0) + 1
    sequence, _, notifications = unpack_from("<Iqi", data, at)
    at += 16
    changes: list[DataChange] = []
    closed = None
    for _ in range(notifications):
        kind, at = _type_id(data, at)
        if not data[at] & 1:
            at += 1
            continue
        length = _INT32.unpack_from(data, at + 1)[0]
        at += 5
        end = at + length if length >= 0 else len(data)  # old servers leave the length of the last body out
        if kind == _DATA_CHANGE:
            # Its own bytes alone: bodies that each claim the rest of the message would be quadratic work.
            _data_changes(data[at:end], 0, changes)
        elif kind == _STATUS_CHANGE:
            closed = _UINT32.unpack_from(data, at)[0]
        at = end
    return Published(result, subscription, sequence, changes, closed, notifications > 0)


def _data_changes(data: bytes, at: int, changes: list[DataChange]) -> None:
    """The hot loop: about 1 µs for each value."""
    count = _INT32.unpack_from(data, at)[0]
    at += 4
    unpack_item, fixed, take = _ITEM.unpack_from, FIXED, changes.append
    unpack_filetime = _FILETIME.unpack_from
    for _ in range(count):
        handle, mask = unpack_item(data, at)
        at += 5
        value: Held = None
        if mask & 1:
            encoding = data[at]
            layout = fixed.get(encoding)
            if layout is not None:
                value = layout.unpack_from(data, at + 1)[0]
                if encoding == FLOAT:
                    value = shortest_single(layout.unpack_from(data, at + 1)[0])
                at += 1 + layout.size
            else:
                try:
                    value, at = read_variant(data, at)
                except BadValueError as cause:
                    raise BadMessageError(f"an answer to Publish has no end: {cause}", handle) from cause
        status = 0
        if mask & 2:
            status = _UINT32.unpack_from(data, at)[0]
            at += 4
        filetime = 0
        if mask & 4:
            filetime = unpack_filetime(data, at)[0]
            at += 8
        if mask & 0x10:
            at += 2
        if mask & 8:
            at += 8
        if mask & 0x20:
            at += 2
        take((handle, value, status, filetime))


def _type_id(data: bytes, at: int) -> tuple[int, int]:
    """A numeric node id of namespace 0; 0 for any other."""
    kind = data[at]
    if kind == 0:
        return data[at + 1], at + 2
    if kind == 1:
        _, number = unpack_from("<BH", data, at + 1)
        return number, at + 4
    if kind == 2:
        space, number = unpack_from("<HI", data, at + 1)
        return (number if space == 0 else 0), at + 7
    buffer = Buffer(data, at)
    nodeid_from_binary(buffer)
    return 0, buffer.cur_pos


def _after_response_header(data: bytes, at: int, diagnostics: int) -> int:
    """Skips diagnostics, string table and additional header, which are almost always empty."""
    if diagnostics:
        buffer = Buffer(data, at - 1)
        struct_from_binary(ua.DiagnosticInfo, buffer)
        at = buffer.cur_pos
    strings = _INT32.unpack_from(data, at)[0]
    at += 4
    for _ in range(strings):
        at += 4 + max(_INT32.unpack_from(data, at)[0], 0)
    _, at = _type_id(data, at)
    if data[at] & 3:
        at += 4 + max(_INT32.unpack_from(data, at + 1)[0], 0)
    return at + 1
