"""Checks everything that sources report, whatever library or machine it came from.

After this check, every text is valid UTF-8 and bounded, every number is finite and fits into JSON, and every value has
a type that the wire knows. An unusable value does not affect the others: it becomes None ("no reading"), the machine's
quality becomes BAD, and its ``reason`` names the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

import msgspec

from setpoint.contract.values import Quality, Value
from setpoint.core.plant.exchange import Answer, Report, WriteAnswer
from setpoint.core.plant.wording import words
from setpoint.message import Arg, Args, Message, Sentence, sentence_of

MAX_REPORTED_TEXT = 1_000
"""The most characters of a text that a machine reports. A longer text is truncated with an ellipsis."""
MAX_MESSAGE_BYTES = 4_000
"""The most bytes of a reason's code and arguments as JSON. If they are larger, only the text is kept."""
MAX_DEPTH = 8
"""How deeply messages may be nested."""
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
"""Whole numbers that JSON readers of every language can at least parse."""
_EARLIEST, _LATEST = -62_135_510_400.0, 253_402_214_399.0
"""From the year 1 to 9999, a day less on either side for the time zones: other times have no date."""


def usable_text(text: str) -> str:
    """The text as valid UTF-8 (U+FFFD for anything that cannot be encoded), without NUL, and bounded."""
    if len(text) > MAX_REPORTED_TEXT:
        text = text[:MAX_REPORTED_TEXT] + "…"
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text


def usable_words(text: str) -> str:
    """Like `usable_text`. A sentence keeps its code and arguments, if they are usable too (SAY-3)."""
    plain = usable_text(str.__str__(text))
    if not isinstance(text, Sentence):
        return plain
    try:
        message = _usable_message(text.code, text.args, MAX_DEPTH)
    except _UnusableError:
        return plain
    return plain if len(msgspec.json.encode(message)) > MAX_MESSAGE_BYTES else sentence_of(message, plain)


def _with_usable_text(text: str) -> str:
    """Cheaper than `usable_words`: the hub checks a reason's arguments only if the reason is new."""
    if not isinstance(text, Sentence):
        return usable_text(text)
    return sentence_of(Message(text.code, text.args), usable_text(str.__str__(text)))


class _UnusableError(Exception):
    """A third party's source may send anything."""


def _usable_message(code: object, args: object, depth: int) -> Message:
    if not (isinstance(code, str) and code and isinstance(args, Mapping) and depth):
        raise _UnusableError
    found: Args = {str(name): _usable_arg(each, depth) for name, each in args.items()}
    return Message(usable_text(code), found)


def _usable_arg(arg: object, depth: int) -> Arg:
    if isinstance(arg, list):
        return [_usable_part(each, depth) for each in arg]
    if isinstance(arg, int) and not isinstance(arg, bool) and _SMALLEST <= arg <= _LARGEST:
        return arg
    return _usable_part(arg, depth)


def _usable_part(arg: object, depth: int) -> str | Message:
    if isinstance(arg, str):
        return usable_text(str.__str__(arg))
    if isinstance(arg, Message):
        return _usable_message(arg.code, arg.args, depth - 1)
    raise _UnusableError


def usable_reports(reports: Iterable[Report], ts: float) -> list[Report]:
    """The reports, unchanged if nothing is wrong with them. ``ts`` is our clock, which replaces an invalid time."""
    return [report if _is_usable(report) else _repaired(report, ts) for report in reports]


def usable_answers(answers: Sequence[WriteAnswer]) -> Sequence[WriteAnswer]:
    """The answers, their messages valid and bounded."""
    return [
        each
        if each.message.__class__ is str and _is_usable_text(each.message)
        else WriteAnswer(
            each.tx_id, each.machine, each.field, Answer(each.answer), usable_words(each.message)
        )
        for each in answers
    ]


def _is_usable_text(text: str) -> bool:
    return text.isascii() and len(text) <= MAX_REPORTED_TEXT and "\0" not in text


def _is_usable(report: Report) -> bool:
    """The common case, decided without creating objects."""
    for value in report.values.values():
        kind = value.__class__
        if kind is float:
            if not isfinite(value):  # type: ignore[arg-type]  # its class says so
                return False
        elif kind is str:
            if len(value) > MAX_REPORTED_TEXT or not value.isascii() or "\0" in value:  # type: ignore[arg-type, union-attr, operator]  # the same
                return False
        elif kind is int:
            if not _SMALLEST <= value <= _LARGEST:  # type: ignore[operator]  # the same
                return False
        elif kind is not bool and value is not None:
            return False
    at, quality, reason = report.at, report.quality, report.reason
    return (
        at.__class__ is float
        and _EARLIEST <= at <= _LATEST
        and quality.__class__ is Quality
        and (not reason or _is_usable_text(reason))
    )


def _repaired(report: Report, ts: float) -> Report:
    values: dict[str, Value] = {}
    wrong: list[str] = []
    for name, value in report.values.items():
        values[name], problem = _value(value)
        if problem:
            wrong.append(words("words-value-cannot-be-used", name=name, why=problem))
    raw_quality: object = report.quality  # a third party's source may send anything
    quality = raw_quality if isinstance(raw_quality, Quality) else Quality.BAD
    reasons = [report.reason] if report.reason else []
    if wrong and quality in (Quality.GOOD, Quality.UNCERTAIN):
        quality = Quality.BAD
    return Report(
        report.machine,
        values,
        _instant(report.at, ts),
        quality,
        _with_usable_text(joined([*reasons, *wrong])),
    )


def joined(reasons: Sequence[str]) -> str:
    """Several reasons as one: ``a; b``."""
    if len(reasons) < 2:
        return reasons[0] if reasons else ""
    return words("words-one-more-reason", one=joined(reasons[:-1]), more=reasons[-1])


def _value(value: object) -> tuple[Value, str]:
    """The value in the types of the wire, or None with what is wrong with it."""
    if value is None or isinstance(value, bool):
        return value, ""
    if isinstance(value, str):
        return usable_text(str.__str__(value)), ""
    if isinstance(value, float):
        return (float(value) if isfinite(value) else None), ""
    if isinstance(value, int):
        number = int(value)
        return (number, "") if _SMALLEST <= number <= _LARGEST else (None, words("words-number-over-64-bits"))
    return None, words("words-value-of-type", kind=type(value).__name__)


def _instant(at: object, ts: float) -> float:
    if isinstance(at, int | float) and not isinstance(at, bool) and _EARLIEST <= at <= _LATEST:
        return float(at)
    return ts
