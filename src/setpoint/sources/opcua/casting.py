"""A target in the words of its node: cast to the node's own type, or refused (`setpoint.sources.mapping.values`)."""

from __future__ import annotations

from asyncua import ua

from setpoint.sources.mapping.values import (
    CannotCastError,
    Raw,
    as_boolean,
    as_floating,
    as_text,
    as_whole,
    to_raw,
)
from setpoint.sources.wording import words

__all__ = ["CannotCastError", "cast", "to_raw"]

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
_TEXTS = (ua.VariantType.String, ua.VariantType.LocalizedText)


def cast(raw: Raw, kind: ua.VariantType) -> Raw:
    """The value in the node's type. Raises `CannotCastError` instead of rounding, cutting or wrapping."""
    of = words("words-node-s-type", kind=kind.name)
    if kind is ua.VariantType.Boolean:
        return as_boolean(raw, of)
    if kind in _TEXTS:
        return as_text(raw, of)
    if kind in (ua.VariantType.Float, ua.VariantType.Double):
        return as_floating(raw, of, is_single=kind is ua.VariantType.Float)
    if kind in _INTEGERS:
        return as_whole(raw, of, *_INTEGERS[kind])
    raise CannotCastError(words("words-cannot-set-node-s-type", kind=kind.name))
