"""Why a target ended as it did, in the reader's language. Twin of ``endWords`` of the board."""

from __future__ import annotations

from setpoint.contract.http.batches import ItemResult
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import is_critical
from setpoint.message import Message
from setpoint.texts import ENGLISH, has_text, localized, text


def reason_of(item: ItemResult, language: str) -> str:
    return end_words(item.outcome.value, item.by, item.message, item.said, language)


def end_words(outcome: str, by: By | None, message: str | None, code: Message | None, language: str) -> str:
    """The server's sentence in English; in other languages the sentence of its code (SAY-2), or the text of the
    outcome.

    A machine's own answer or cause without a code is not translated.
    """
    if language == ENGLISH or not message:
        return message or ""
    if (stop := _stop_words(message, language)) is not None:
        return stop
    if by is not None and by.kind is ByKind.SAFETY:
        return text("end-safety", {"name": _status_word(by.name or "", language)}, language)
    if outcome == Outcome.CONFLICT and by is not None and by.kind is ByKind.DEVICE:
        return text("end-device", language=language)
    if outcome == Outcome.FAILED and not message.startswith("Not applied"):
        return text("end-failed-why", {"message": localized(code, message, language)}, language)
    if by is not None and by.kind is ByKind.OPERATOR and by.name and has_text(f"end-{outcome}-by"):
        return text(f"end-{outcome}-by", {"name": by.name}, language)
    if (translated := localized(code, "", language)) and outcome != Outcome.CONFLICT:
        return translated
    return text(f"end-{outcome}" if has_text(f"end-{outcome}") else f"outcome-{outcome}", language=language)


def _stop_words(message: str, language: str) -> str | None:
    """``FAULT: belt torn`` with the status in the language; None if the message is anything but that."""
    status, colon, cause = message.partition(": ")
    return f"{_status_word(status, language)}{colon}{cause}" if is_critical(status) else None


def _status_word(status: str, language: str) -> str:
    return text(f"status-{status}", language=language) if has_text(f"status-{status}") else status
