"""How a target ended, in the language of the command line. The board's ``format/said.ts`` has the same rule."""

from __future__ import annotations

from setpoint.cli.language import language, t
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.message import Message
from setpoint.texts import ENGLISH, has_text, said


def end_words(outcome: str, by: By | None, message: str | None, code: Message | None) -> str:
    """In English the server's sentence; in other languages that of its code (SAY-2), or the text of the outcome."""
    if language() == ENGLISH or not message:
        return message or ""
    if by is not None and by.kind is ByKind.SAFETY:
        status = f"status-{by.name}"
        return t("end-safety", name=t(status) if has_text(status) else by.name or "")
    if outcome == Outcome.CONFLICT and by is not None and by.kind is ByKind.DEVICE:
        return t("end-device")
    if outcome == Outcome.FAILED and not message.startswith("Not applied"):
        return t("end-failed-why", message=said(code, message, language()))
    if by is not None and by.kind is ByKind.OPERATOR and by.name and has_text(f"end-{outcome}-by"):
        return t(f"end-{outcome}-by", name=by.name)
    if (translated := said(code, "", language())) and outcome != Outcome.CONFLICT:
        return translated
    return t(f"end-{outcome}") if has_text(f"end-{outcome}") else t(f"outcome-{outcome}")
