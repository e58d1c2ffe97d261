"""A field's settings for the history in the plant file: ``history = { deviation = 0.5, every = "1 s" }``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from setpoint.core.plant.values import Say
from setpoint.core.plant.wording import known, words, wrong

DAY_MS = 86_400_000
MIN_EVERY_MS, MAX_EVERY_MS = 250, 3_600_000
_UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": DAY_MS}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|min|h|d)")
_KEYS = ("deviation", "every", "keep")


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """How a field is recorded (HIST-2, HIST-3).

    ``deviation``, in the field's unit, and ``every_ms`` are for measured numbers; everything else is recorded exactly.
    ``keep_days``: points older than this are removed; None keeps them for ever.
    """

    is_recorded: bool = True
    deviation: float = 0.0
    every_ms: int = 1_000
    keep_days: int | None = None


def read_history(raw: object, where: str, say: Say) -> FieldHistory:
    """The settings that a plant file gives for a field; ``say`` gets every mistake in them."""
    if raw is None or raw is True:
        return FieldHistory()
    if raw is False:
        return FieldHistory(is_recorded=False)
    if not isinstance(raw, Mapping):
        say(where, wrong(raw), words("words-give-table-false"))
        return FieldHistory()
    for key in raw:
        if key not in _KEYS:
            say(f"{where}.{key}", words("words-not-key-known-here"), known(_KEYS))
    return FieldHistory(
        deviation=_deviation(raw.get("deviation", 0.0), f"{where}.deviation", say),
        every_ms=_duration(raw.get("every", "1 s"), f"{where}.every", say, MIN_EVERY_MS, MAX_EVERY_MS)
        or 1_000,
        keep_days=_days(raw.get("keep"), f"{where}.keep", say),
    )


def _deviation(raw: object, where: str, say: Say) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and isfinite(raw) and raw >= 0:
        return float(raw)
    say(where, wrong(raw), words("words-give-number-from-on-field-s"))
    return 0.0


def _days(raw: object, where: str, say: Say) -> int | None:
    found = None if raw is None else _duration(raw, where, say, DAY_MS, 36_500 * DAY_MS)
    return None if found is None else -(-found // DAY_MS)


def duration_ms(text: str) -> int | None:
    """Milliseconds of ``250 ms``, ``1 s``, ``5 min``, ``8h``, ``90 d``; None for a text that is not a time."""
    found = _DURATION.fullmatch(text)
    return int(float(found[1]) * _UNITS_MS[found[2]]) if found else None


def _duration(raw: object, where: str, say: Say, lowest_ms: int, highest_ms: int) -> int | None:
    found_ms = duration_ms(raw) if isinstance(raw, str) else None
    spoken_ms = -1 if found_ms is None else found_ms
    if lowest_ms <= spoken_ms <= highest_ms:
        return spoken_ms
    say(
        where,
        wrong(raw),
        words("words-give-time-from-such-s-min", value=_span_text(lowest_ms), value2=_span_text(highest_ms)),
    )
    return None


def _span_text(span_ms: int) -> str:
    unit = next(name for name in ("d", "h", "min", "s", "ms") if span_ms % _UNITS_MS[name] == 0)
    return f"{span_ms // _UNITS_MS[unit]} {unit}"
