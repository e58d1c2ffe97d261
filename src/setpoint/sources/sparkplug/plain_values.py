"""Reads a JSON payload: a value by its path, a time, a quality, an acknowledgement."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from setpoint.contract.values import Quality
from setpoint.sources.mapping.values import Raw, UnreadableError
from setpoint.sources.sparkplug.broker import MAX_PAYLOAD
from setpoint.sources.wording import words

_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")
_PATH = re.compile(r"(?:[^.\[\]]+|\[\d{1,6}\])(?:\.[^.\[\]]+|\[\d{1,6}\])*")
_LATEST_S = 253_402_300_799.0
_BEYOND = 1e30
"""A larger number is not a time in any unit. JSON allows whole numbers that are larger than any float."""
_MS, _US, _NS = 1e11, 1e14, 1e17
"""From these numbers on, a time is in milliseconds, microseconds or nanoseconds: as seconds it would be after the year
5138."""
_QUALITIES = {
    "good": Quality.GOOD, "ok": Quality.GOOD, "true": Quality.GOOD, "bad": Quality.BAD, "false": Quality.BAD,
    "uncertain": Quality.UNCERTAIN,
    "stale": Quality.STALE, "offline": Quality.OFFLINE,
}  # fmt: skip
_CODE = re.compile(r"[0-9]{1,5}")
"""A quality as a number in quotes."""
_YES = frozenset(
    ("true", "1", "yes", "ok", "okay", "good", "ack", "acknowledged", "accepted", "taken", "applied", "done", "set",
     "written", "success", "succeeded", "successful")
)  # fmt: skip
_NO = frozenset(
    ("", "false", "0", "no", "nok", "not ok", "nack", "nak", "ko", "bad", "error", "fail", "failed", "failure",
     "refused", "rejected", "denied", "declined", "invalid", "aborted", "timeout")
)  # fmt: skip
_GONE = frozenset(
    ("offline", "off", "disconnected", "disconnect", "dead", "death", "down", "gone", "lost", "unavailable",
     "unreachable")
)  # fmt: skip


def is_path(text: str) -> bool:
    """Whether a text is a path, such as ``drive.speed`` or ``values[0].v``."""
    return _PATH.fullmatch(text) is not None


def parse(payload: bytes) -> object:
    """The payload as JSON, or as the text that it is. Raises `UnreadableError` for bytes that are neither, and for JSON
    that has a name twice."""
    if len(payload) > MAX_PAYLOAD:
        raise UnreadableError(words("words-payload-beyond", most=f"{MAX_PAYLOAD:,}"))
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(words("words-payload-no-text")) from error
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return text


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object in which each name occurs once. If a name occurs twice, nobody can say which value counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UnreadableError(words("words-payload-twice", name=repr(twice[:40])))
    return found


def at(document: object, path: str) -> object:
    """The element at the path; the document itself for an empty path. Raises `UnreadableError`."""
    found = document
    for name, index in _STEP.findall(path):
        if name and isinstance(found, Mapping) and name in found:
            found = found[name]
        elif index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            raise UnreadableError(words("words-payload-nothing-at", path=path))
    return found


def value(document: object, path: str) -> Raw:
    """The value at the path. Raises `UnreadableError` if there is none, or no single one."""
    found = at(document, path)
    if found is None or isinstance(found, str | int | float | bool):
        return found
    raise UnreadableError(
        words("words-payload-no-single-value", path=path)
        if path
        else words("words-payload-no-single-value-2")
    )


def seconds(document: object, path: str) -> float:
    """The payload's own time, Unix seconds; 0 if it has none that can be read."""
    try:
        found = at(document, path) if path else None
    except UnreadableError:
        return 0.0
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 < found < _BEYOND:
        for limit, factor in ((_NS, 1e9), (_US, 1e6), (_MS, 1e3)):
            if found >= limit:
                return found / factor if found / factor < _LATEST_S else 0.0
        return float(found)
    if isinstance(found, str):
        try:
            moment = datetime.fromisoformat(found)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return 0.0
    return 0.0


def quality(document: object, path: str) -> tuple[Quality, str]:
    """The quality in the payload. An unknown word is UNCERTAIN; a missing one is GOOD."""
    try:
        found = at(document, path) if path else None
    except UnreadableError:
        return Quality.GOOD, ""
    if found is None or found is True:
        return Quality.GOOD, ""
    reason = words("words-its-quality", value=str(found)[:40])
    if found is False:
        return Quality.BAD, reason
    if isinstance(found, str) and _CODE.fullmatch(found.strip()):
        found = int(found)
    if isinstance(found, int | float):  # by the bits of OPC
        judged = Quality.GOOD if found >= 192 else Quality.UNCERTAIN if found >= 64 else Quality.BAD
    else:
        judged = _QUALITIES.get(str(found).casefold(), Quality.UNCERTAIN)
    return judged, "" if judged is Quality.GOOD else reason


def verdict(found: object) -> bool | None:
    """True if a value means yes: true, 1 or a word for it. False if it means no: false, 0, null or a word for it. None
    otherwise."""
    if found is None:
        return False
    if isinstance(found, str):
        word = found.strip().casefold()
        return True if word in _YES else False if word in _NO else None
    return bool(found) if isinstance(found, int | float) and found in (0, 1) else None


def is_gone(found: object) -> bool:
    """Whether the value by which a machine says that it is there says that it is gone."""
    return verdict(found) is False or (isinstance(found, str) and found.strip().casefold() in _GONE)


def filled(template: object, raw: Raw, tx_id: str) -> object:
    """The payload of a target: a text that is exactly ``{value}`` or ``{tx}`` is replaced."""
    if template == "{value}":
        return raw
    if template == "{tx}":
        return tx_id
    if isinstance(template, Mapping):
        return {str(key): filled(each, raw, tx_id) for key, each in template.items()}
    if isinstance(template, list):
        return [filled(each, raw, tx_id) for each in template]
    return template
