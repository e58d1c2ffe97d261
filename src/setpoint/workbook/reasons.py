"""Why a target ended as it did, for the annotated copy."""

from __future__ import annotations

from setpoint.contract.http.batches import ItemResult
from setpoint.contract.live import ByKind, Outcome
from setpoint.texts import ENGLISH, has_text, said, text


def reason_of(item: ItemResult, language: str) -> str:
    """In English the sentence itself; in other languages that of its code (SAY-2), or the text of the outcome.

    An answer without a code is not translated. Twin of ``endWords`` of the board.
    """
    message, by = item.message or "", item.by
    if language == ENGLISH or not message:
        return message
    if by is not None and by.kind is ByKind.SAFETY:
        return text("end-safety", {"name": by.name or ""}, language)
    if item.outcome is Outcome.CONFLICT and by is not None and by.kind is ByKind.DEVICE:
        return text("end-device", language=language)
    if item.outcome is Outcome.FAILED and not message.startswith("Not applied"):
        return text("end-failed-why", {"message": said(item.said, message, language)}, language)
    if (translated := said(item.said, "", language)) and item.outcome is not Outcome.CONFLICT:
        return translated
    code = f"end-{item.outcome.value}"
    if by is not None and by.kind is ByKind.OPERATOR and by.name and has_text(f"{code}-by"):
        return text(f"{code}-by", {"name": by.name}, language)
    return text(code, language=language) if has_text(code) else message
