"""Decides who may withdraw a batch, and remembers withdrawals that arrived before their batch (CMD-7).

A withdrawal can arrive before its batch, if the POST is still on its way or is sent again. Then the txId is refused for
ten minutes, but only for a batch that this person could have withdrawn. A stranger who guesses a txId, or withdraws a
batch that they may not see, does not affect anybody else, and gets the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from setpoint.contract.http.batches import DONE, BatchAnswer, BatchRequest, ItemResult
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.plant import Person, Plant, Role
from setpoint.core.plant.wording import words
from setpoint.errors import RequestError
from setpoint.message import Sentence, message_of

WITHDRAWN_FOR_S = 600.0
MAX_WITHDRAWN = 100
"""How many are remembered for one account."""


def account_of(name: str) -> str:
    """The account behind a person's name, or behind that of a person's program."""
    return name.partition("/")[0]


def may_withdraw(person: Person, asked_by: str, lines: Iterable[str]) -> bool:
    """Whether the person may withdraw it: its author, signed in by any means, or an engineer of every line that it
    touches.
    """
    if account_of(person.name) == account_of(asked_by):
        return True
    touched = set(lines)
    return bool(touched) and all((person.role_on(line) or Role.VIEWER) >= Role.ENGINEER for line in touched)


class _Early(NamedTuple):
    """One person's withdrawal of a batch that has not arrived, and when it is forgotten (Unix seconds)."""

    person: Person
    until: float


class EarlyWithdrawals:
    """Withdrawals that arrived before their batch, by txId and person: nobody's withdrawal counts for another person.

    A restart forgets them, because it also ends every POST that is under way.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._by_tx_id: dict[str, dict[str, _Early]] = {}
        self._counts: Counter[str] = Counter()
        """How many each account has, so that no account uses up the memory."""

    def change_plant(self, plant: Plant) -> None:
        self._plant = plant

    def check(self, tx_id: str, person: Person, ts: float) -> None:
        """Raises `RequestError`: 403 if the person may not withdraw anything, 429 if too many of their withdrawals are
        remembered.
        """
        if not any(person.may_change(line.id) for line in self._plant.lines):
            raise forbidden(tx_id)
        if self.is_remembered(tx_id, person, ts):
            return
        if self._counts[account_of(person.name)] >= MAX_WITHDRAWN:
            self._forget(ts)
        if self._counts[account_of(person.name)] >= MAX_WITHDRAWN:
            raise RequestError(
                f"you withdrew {MAX_WITHDRAWN} batches before they came already; withdraw this one when it is there",
                code=ProblemCode.TOO_MANY_WITHDRAWN,
                arguments={"most": MAX_WITHDRAWN},
            )

    def remember(self, tx_id: str, person: Person, ts: float) -> None:
        """A second withdrawal changes nothing within the ten minutes of the first; after them it is a new one."""
        if self.is_remembered(tx_id, person, ts):
            return
        early = self._by_tx_id.setdefault(tx_id, {})
        self._counts[account_of(person.name)] += person.name not in early
        early[person.name] = _Early(person, ts + WITHDRAWN_FOR_S)

    def is_remembered(self, tx_id: str, person: Person, ts: float) -> bool:
        found = self._by_tx_id.get(tx_id, {}).get(person.name)
        return found is not None and found.until > ts

    def refuse(self, tx_id: str, asked_by: Person, machines: Iterable[str], ts: float) -> None:
        """Raises `RequestError` 409 ``withdrawn`` for a batch that was withdrawn before it arrived."""
        early = self._by_tx_id.get(tx_id)
        if early is None:
            return
        found = (self._plant.machines.get(key) for key in machines)
        lines = {machine.line for machine in found if machine is not None}
        for person, until in early.values():
            if until > ts and may_withdraw(person, asked_by.name, lines):
                raise RequestError(
                    f"this batch was withdrawn by {person.name} before it came; nothing was sent. To send it after "
                    "all, give it a new txId",
                    code=ProblemCode.WITHDRAWN,
                    arguments={"name": person.name},
                )

    def _forget(self, ts: float) -> None:
        for tx_id, early in list(self._by_tx_id.items()):
            for name in [name for name, each in early.items() if each.until <= ts]:
                del early[name]
                self._counts[account_of(name)] -= 1
            if not early:
                del self._by_tx_id[tx_id]


def withdrawn_words(person: Person) -> Sentence:
    return words("words-withdrawn-by", name=person.name)


def withdrawn_answer(request: BatchRequest, person: Person) -> BatchAnswer:
    """The answer for a batch that had not begun."""
    by, message = By(ByKind.OPERATOR, person.name), withdrawn_words(person)
    results = [
        ItemResult(
            machine, field, Outcome.CANCELLED, value, message=str(message), by=by, said=message_of(message)
        )
        for machine, updates in request.updates.items()
        for field, value in updates.items()
    ]
    return BatchAnswer(request.tx_id, DONE, results)


def forbidden(tx_id: str) -> RequestError:
    return RequestError(
        f"batch {tx_id} is withdrawn by who asked for it, or by an engineer of all its machines",
        code=ProblemCode.FORBIDDEN,
    )
