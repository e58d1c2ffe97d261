"""How a target ended, in the language of the command line."""

from __future__ import annotations

from setpoint.cli.language import language
from setpoint.contract.live import By
from setpoint.message import Message
from setpoint.workbook import reasons


def end_words(outcome: str, by: By | None, message: str | None, code: Message | None) -> str:
    return reasons.end_words(outcome, by, message, code, language())
