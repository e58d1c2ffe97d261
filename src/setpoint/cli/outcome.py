"""How a target ended, in the language of the command line. The board's ``format/said.ts`` has the same rule."""

from __future__ import annotations

from setpoint.cli.language import language, t
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.texts import ENGLISH, has_text


def end_words(outcome: str, by: By | None, message: str | None) -> str:
    """In English the server's sentence; in other languages the text of the outcome, with its author."""
    if language() == ENGLISH or not message:
        return message or ""
    if by is not None and by.kind is ByKind.SAFETY:
        status = f"status-{by.name}"
        return t("end-safety", name=t(status) if has_text(status) else by.name or "")
    if outcome == Outcome.CONFLICT and by is not None and by.kind is ByKind.DEVICE:
        return t("end-device")
    if outcome == Outcome.FAILED and not message.startswith("Not applied"):
        return t("end-failed-why", message=message)  # the machine's own answer is not translated
    if by is not None and by.kind is ByKind.OPERATOR and by.name and has_text(f"end-{outcome}-by"):
        return t(f"end-{outcome}-by", name=by.name)
    return t(f"end-{outcome}") if has_text(f"end-{outcome}") else t(f"outcome-{outcome}")
