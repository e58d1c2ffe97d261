"""The payloads of Sparkplug B (chapter 6 of the specification): read into plain metrics, written as commands.

A metric's value is read by its data type from the birth certificate; later messages may leave the type out.
Historical metrics, templates, data sets, arrays and files are skipped.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from google.protobuf.message import DecodeError

from setpoint.contract.values import Quality
from setpoint.sources.mapping.values import (
    CannotCastError,
    Raw,
    UnreadableError,
    as_boolean,
    as_floating,
    as_text,
    as_whole,
    shortest_single,
)
from setpoint.sources.sparkplug.broker import MAX_PAYLOAD
from setpoint.sources.sparkplug.sparkplug_b_pb2 import Payload
from setpoint.sources.wording import words

TYPES = (
    "Unknown", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float", "Double", "Boolean",
    "String", "DateTime", "Text", "UUID", "DataSet", "Bytes", "File", "Template", "PropertySet", "PropertySetList",
    "Int8Array", "Int16Array", "Int32Array", "Int64Array", "UInt8Array", "UInt16Array", "UInt32Array", "UInt64Array",
    "FloatArray", "DoubleArray", "BooleanArray", "StringArray", "DateTimeArray",
)  # fmt: skip
"""By their number (6.4.16)."""
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
_UNSIGNED = {5: 8, 6: 16, 7: 32, 8: 64}
_FLOAT, _DOUBLE, _BOOLEAN, _DATE_TIME = 9, 10, 11, 13
_TEXTS = frozenset((12, 14, 15))
_UNSHOWN = {
    "bytes_value": "Bytes", "dataset_value": "DataSet", "template_value": "Template", "extension_value": "Extension"
}  # fmt: skip
"""The kind of value in a message, by its number in the definition."""
_GOOD = (Quality.GOOD, "")
_LATEST_MS = 253_402_300_799_000
"""The end of the year 9999. A later time cannot be represented."""
MAX_METRICS = 100_000
MAX_RATIO = 100
"""A compressed payload may unpack to this many times its own size (or to `SMALL`), but never to more than
`MAX_PAYLOAD`."""
SMALL = 64 * 1024
_QUALITIES = {"good": 192, "bad": 0, "uncertain": 64, "stale": 500}
_COMPRESSED = "SPBV1.0_COMPRESSED"


class GarbledError(Exception):
    """Bytes that are not a Sparkplug B payload; the text is for people."""


Metric = Payload.Metric
"""The library's own type. Messages carry thousands of metrics a second, so nothing is copied before it is needed."""


class Message(NamedTuple):
    """``at_ms`` is when it was sent, by its sender's clock; it counts for metrics that give no time of their own."""

    seq: int | None
    at_ms: int
    metrics: Sequence[Metric]


def read(data: bytes) -> Message:
    """Raises `GarbledError`. A compressed payload is unpacked first."""
    if len(data) > MAX_PAYLOAD:
        raise GarbledError(f"the payload has more than {MAX_PAYLOAD:,} bytes, so it is not read")
    payload = _parsed(data)
    if payload.uuid == _COMPRESSED:
        payload = _parsed(_inflated(payload.body))
    metrics = payload.metrics
    if len(metrics) > MAX_METRICS:
        raise GarbledError(f"the payload has {len(metrics)} metrics, {MAX_METRICS} at most are read")
    return Message(payload.seq if payload.HasField("seq") else None, payload.timestamp, metrics)


def name_of(metric: Metric) -> str:
    return text_of(metric.name)


def alias_of(metric: Metric) -> int | None:
    return metric.alias if metric.HasField("alias") else None


def seconds_of(metric: Metric, sent_at_ms: int) -> float:
    """Its own time, or its message's, in Unix seconds; 0 if there is none or it is impossible."""
    ms = metric.timestamp or sent_at_ms
    return ms / 1000.0 if ms <= _LATEST_MS else 0.0


def value_of(metric: Metric, datatype: int) -> Raw:
    """The value by its type; None for null.

    Raises `UnreadableError` for a value that cannot be shown. ``datatype`` 0: not given.
    """
    if metric.is_null:
        return None
    which = metric.WhichOneof("value")
    if which is None:
        raise UnreadableError(words("words-metric-no-value"))
    held = getattr(metric, which)
    kind = held.__class__
    if kind is float:
        return shortest_single(held) if which == "float_value" else held
    if kind is int:
        return _whole(held, datatype, narrow=which == "int_value")
    if which in _UNSHOWN:
        raise UnreadableError(words("words-cannot-be-shown", what=_UNSHOWN[which]))
    return text_of(held) if isinstance(held, str | bytes) else held


def quality_of(metric: Metric) -> tuple[Quality, str]:
    """The property ``Quality`` (6.4.14): 192 good, 0 bad, 500 stale; other codes by their OPC bits.

    Some nodes write it as a fraction or as a word; an unreadable one is UNCERTAIN.
    """
    if not metric.HasField("properties"):
        return _GOOD
    properties = metric.properties
    for key, held in zip(properties.keys, properties.values, strict=False):
        which = held.WhichOneof("value")
        if text_of(key).casefold() == "quality" and which is not None and not held.is_null:
            return _judged(getattr(held, which))
    return _GOOD


def command(metrics: Iterable[tuple[str | int, int, Raw]], at_ms: int) -> bytes:
    """The payload of an NCMD or a DCMD: name or alias, data type and value of each metric (already cast)."""
    payload = Payload(timestamp=at_ms)
    for key, datatype, value in metrics:
        metric = payload.metrics.add()
        if isinstance(key, int):
            metric.alias = key
        else:
            metric.name = key
        metric.timestamp = at_ms
        metric.datatype = datatype
        _put(metric, datatype, value)
    return payload.SerializeToString()


def cast(raw: Raw, datatype: int) -> Raw:
    """A target in the metric's type. Raises `CannotCastError` instead of rounding, cutting or wrapping."""
    of = words("words-metric-s-type", kind=type_name(datatype))
    if datatype in _SIGNED:
        edge = 1 << _SIGNED[datatype] - 1
        return as_whole(raw, of, -edge, edge - 1)
    if datatype in _UNSIGNED:
        return as_whole(raw, of, 0, (1 << _UNSIGNED[datatype]) - 1)
    if datatype in (_FLOAT, _DOUBLE):
        return as_floating(raw, of, is_single=datatype == _FLOAT)
    if datatype == _BOOLEAN:
        return as_boolean(raw, of)
    if datatype in _TEXTS:
        return as_text(raw, of)
    raise CannotCastError(words("words-cannot-set-metric-s-type", kind=type_name(datatype)))


def type_name(datatype: int) -> str:
    return TYPES[datatype] if 0 <= datatype < len(TYPES) else f"type {datatype}"


def text_of(text: str | bytes) -> str:
    """The text. The library passes bytes if a text is not UTF-8."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _parsed(data: bytes) -> Payload:
    try:
        return Payload.FromString(data)
    except DecodeError as error:
        raise GarbledError("the payload is no Sparkplug B") from error


def _inflated(body: bytes) -> bytes:
    """Unpacks DEFLATE or GZIP, which some clients use beyond the specification; the size is bounded."""
    inflating = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    most = min(max(MAX_RATIO * len(body), SMALL), MAX_PAYLOAD)
    try:
        found = inflating.decompress(body, most)
    except zlib.error as error:
        raise GarbledError("the payload says that it is compressed and is not") from error
    if inflating.unconsumed_tail or not inflating.eof:
        raise GarbledError(f"the compressed payload breaks off or is larger than {most:,} bytes")
    return found


def _put(metric: Metric, datatype: int, value: Raw) -> None:
    if isinstance(value, bool):
        metric.boolean_value = value
    elif isinstance(value, str):
        metric.string_value = value
    elif datatype == _FLOAT and value is not None:
        metric.float_value = value
    elif isinstance(value, float):
        metric.double_value = value
    elif value is not None and datatype in (4, 8):
        metric.long_value = value & 0xFFFF_FFFF_FFFF_FFFF
    elif value is not None:
        metric.int_value = value & 0xFFFF_FFFF


def _whole(held: int, datatype: int, *, narrow: bool) -> Raw:
    """An integer by its type. Negative ones arrive in 8 to 64 bits, and may be filled up with ones to a greater width.

    Raises `UnreadableError` for bits that the type does not have: without them, it would be another number. If the type
    is not one of whole numbers, nobody knows whether the highest bit is a sign (``narrow``: the number came in 32
    bits).
    """
    bits = _SIGNED.get(datatype)
    if bits is not None:
        for width in (bits, 16, 32, 64):
            found = held - (1 << width) if width >= bits and held >> (width - 1) == 1 else held
            if -(1 << bits - 1) <= found < 1 << bits - 1:
                return found
        raise _beyond(held, datatype)
    most = _UNSIGNED.get(datatype, 64 if datatype == _DATE_TIME else 31 if narrow else 63)
    if held >> most:
        raise _beyond(held, datatype)
    return _instant(held) if datatype == _DATE_TIME else held


def _beyond(held: int, datatype: int) -> UnreadableError:
    return UnreadableError(words("words-beyond-type", value=held, kind=type_name(datatype)))


def _instant(ms: int) -> str:
    if ms > _LATEST_MS:
        raise UnreadableError(words("words-no-time", value=ms))
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


def _judged(code: object) -> tuple[Quality, str]:
    reason = words("words-its-quality", value=str(code)[:40])
    if isinstance(code, str | bytes):
        reason = words("words-its-quality", value=text_of(code)[:40])
        word = text_of(code).strip().casefold()
        code = int(word) if word.isdecimal() and len(word) < 10 else _QUALITIES.get(word)
    if not isinstance(code, int | float) or isinstance(code, bool):
        return Quality.UNCERTAIN, reason
    if code == 500:
        return Quality.STALE, reason
    if code >= 192:
        return _GOOD
    return (Quality.UNCERTAIN if code >= 64 else Quality.BAD), reason
