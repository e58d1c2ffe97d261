"""What an outcome means for our own target: how it ends, and the message. Twin of ``store/machine/outcomes.ts``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from setpoint.contract.live import By, ByKind, Outcome, TxOutcome
from setpoint.core.store.types import NoticeKind, Phase, Result
from setpoint.message import Message

ENDING: Mapping[Outcome, Phase] = {
    Outcome.APPLIED: Phase.RECONCILED,
    Outcome.DIVERGED: Phase.FAILED,
    Outcome.BLOCKED: Phase.FAILED,
    Outcome.CONFLICT: Phase.CONFLICT,
    Outcome.REJECTED: Phase.FAILED,
    Outcome.FAILED: Phase.FAILED,
    Outcome.CANCELLED: Phase.CANCELLED,
    Outcome.SUPERSEDED: Phase.SUPERSEDED,
    Outcome.UNKNOWN: Phase.UNKNOWN,
}
"""The phase in which each final outcome of the server ends a target."""
REFUSALS = frozenset((Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED, Outcome.FAILED))
LANDED = frozenset((Outcome.APPLIED, Outcome.DIVERGED))

UNKNOWN_WORDS = "No confirmation after 10 s. The machine may still take it."
WORDS: Mapping[Outcome, str] = {
    Outcome.APPLIED: "Applied",
    Outcome.DIVERGED: "Not applied: the machine reports another value",
    Outcome.BLOCKED: "Not applied: blocked",
    Outcome.REJECTED: "Not applied: refused by the server",
    Outcome.FAILED: "Not applied: refused by the machine",
    Outcome.CANCELLED: "Cancelled before it reached the machine",
    Outcome.SUPERSEDED: "Replaced by a newer target",
    Outcome.UNKNOWN: UNKNOWN_WORDS,
}

LATE_ENDS: Mapping[Outcome, NoticeKind] = {
    Outcome.APPLIED: NoticeKind.LATE,
    Outcome.CONFLICT: NoticeKind.CONFLICT,
    Outcome.CANCELLED: NoticeKind.CANCELLED,
    Outcome.SUPERSEDED: NoticeKind.SUPERSEDED,
}
"""Any other outcome is a failure."""


ServerOutcome: TypeAlias = TxOutcome | Result
"""The server's outcome of one target: from the stream, or from the answer to a batch."""


def late_end(outcome: Outcome) -> NoticeKind:
    """The message for an outcome that arrived after we had given up."""
    return LATE_ENDS.get(outcome, NoticeKind.FAILED)


def words_of(result: ServerOutcome, user: str | None) -> str:
    """The message of an outcome. ``user`` is the person who sees it."""
    if result.outcome is Outcome.CONFLICT:
        return updated_by(result.by, user)
    if result.outcome is Outcome.CANCELLED and result.by is not None and result.by.kind is ByKind.SAFETY:
        return f"Voided by {result.by.name}"
    return result.message or WORDS[result.outcome]


def coded_message(result: ServerOutcome) -> Message | None:
    """The code and arguments of the message; None if the store makes its own message (`words_of`)."""
    if result.outcome is Outcome.CONFLICT:
        return None
    is_stop = result.by is not None and result.by.kind is ByKind.SAFETY
    return None if result.outcome is Outcome.CANCELLED and is_stop else result.said


def updated_by(by: By | None, user: str | None) -> str:
    """The message of a change by another person, by the same person in another window, by the machine itself, or by a
    stop (CONF-2)."""
    if by is not None and by.kind is ByKind.DEVICE:
        return "Updated at the machine"
    if by is None or not by.name:
        return "Updated by another operator"
    if by.kind is ByKind.SAFETY:
        return f"Voided by {by.name}"
    return (
        "Updated by you in another window" if user == by.name else f"Updated by another operator: {by.name}"
    )
