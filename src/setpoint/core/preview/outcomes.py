"""How outcomes are counted (PRE-4). Twin of `frontend/src/preview/outcomes.ts`.

Unknown and open are separate groups; they never count as not applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.store import Phase, Target


class Group(StrEnum):
    """The outcomes, in the order in which they are shown."""

    OPEN = "open"
    APPLIED = "applied"
    NOT_APPLIED = "not-applied"
    UNKNOWN = "unknown"
    NOT_SENT = "not-sent"


GROUPS = tuple(Group)
"""In the order in which they are shown."""

_OF_OUTCOME: Mapping[str, Group] = {
    "pending": Group.OPEN,
    "accepted": Group.OPEN,
    "applied": Group.APPLIED,
    "diverged": Group.NOT_APPLIED,
    "blocked": Group.NOT_APPLIED,
    "conflict": Group.NOT_APPLIED,
    "rejected": Group.NOT_APPLIED,
    "failed": Group.NOT_APPLIED,
    "cancelled": Group.NOT_APPLIED,
    "superseded": Group.NOT_APPLIED,
    "unknown": Group.UNKNOWN,
}

_OF_PHASE: Mapping[Phase, Group] = {
    Phase.OPTIMISTIC: Group.OPEN,
    Phase.INFLIGHT: Group.OPEN,
    Phase.CONFIRMED: Group.OPEN,
    Phase.RECONCILED: Group.APPLIED,
    Phase.CONFLICT: Group.NOT_APPLIED,
    Phase.FAILED: Group.NOT_APPLIED,
    Phase.CANCELLED: Group.NOT_APPLIED,
    Phase.SUPERSEDED: Group.NOT_APPLIED,
    Phase.UNKNOWN: Group.UNKNOWN,
}

_MAY_SETTLE_LATER = (Phase.FAILED, Phase.CANCELLED, Phase.SUPERSEDED, Phase.UNKNOWN)
"""Phases that the client concluded by itself. If the server has announced an outcome since, that counts instead."""

_NEVER_LEFT = (Outcome.BLOCKED, Outcome.CONFLICT, Outcome.REJECTED, Outcome.CANCELLED, Outcome.SUPERSEDED)


class Counts(msgspec.Struct, frozen=True, rename="camel"):
    """How many targets are in which group."""

    open: int = 0
    applied: int = 0
    not_applied: int = 0
    unknown: int = 0
    not_sent: int = 0


class Withdrawal(msgspec.Struct, frozen=True, rename="camel"):
    """The result of a withdrawal: targets that will reach no machine, and those that had been handed over."""

    withdrawn: int
    handed_over: int


class Ended(Protocol):
    """The part of an answer's item that a withdrawal needs."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def by(self) -> By | None: ...


def group_of(outcome: str) -> Group:
    """The group of an outcome; unknown for an outcome of a newer server."""
    return _OF_OUTCOME.get(outcome, Group.UNKNOWN)


def group_of_target(target: Target) -> Group:
    """The group of a target that this client follows."""
    if target.outcome is not None and target.phase in _MAY_SETTLE_LATER:
        return group_of(target.outcome)
    return _OF_PHASE[target.phase]


def count_outcomes(outcomes: Mapping[str, int], *, not_sent: int = 0) -> Counts:
    """The groups of outcomes that are counted one by one, as the list of batches has them."""
    counts = dict.fromkeys(GROUPS, 0)
    for outcome, count in outcomes.items():
        counts[group_of(outcome)] += count
    counts[Group.NOT_SENT] = not_sent
    return _counts(counts)


def count_targets(targets: Iterable[Target], *, not_sent: int = 0) -> Counts:
    """The groups of targets that this client follows."""
    counts = dict.fromkeys(GROUPS, 0)
    for target in targets:
        counts[group_of_target(target)] += 1
    counts[Group.NOT_SENT] = not_sent
    return _counts(counts)


def withdrawal_of(results: Iterable[Ended]) -> Withdrawal:
    """The result of a withdrawal. Targets that a stop cancelled were not withdrawn, and had not left either."""
    withdrawn = handed_over = 0
    for result in results:
        if result.outcome not in _NEVER_LEFT:
            handed_over += 1
        elif result.outcome is Outcome.CANCELLED and (result.by is None or result.by.kind is ByKind.OPERATOR):
            withdrawn += 1
    return Withdrawal(withdrawn, handed_over)


def _counts(counts: Mapping[Group, int]) -> Counts:
    return Counts(
        counts[Group.OPEN],
        counts[Group.APPLIED],
        counts[Group.NOT_APPLIED],
        counts[Group.UNKNOWN],
        counts[Group.NOT_SENT],
    )
