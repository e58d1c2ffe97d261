"""Who may withdraw a batch, and what was withdrawn before it came (CMD-7).

A withdrawal can overtake the batch that it means: the POST is still on its way, or is being sent again. Its txId is
then refused for ten minutes, to whom it could have been meant: a stranger's withdrawal, of a txId that they guessed or
of a batch that they may not know of, stands in nobody else's way, and is answered in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable

from setpoint.core.commands.request import DONE, BatchAnswer, BatchRequest, ItemResult
from setpoint.core.plant import Person, Plant, Role
from setpoint.core.protocol import By, ByKind, Outcome
from setpoint.errors import RequestError

WITHDRAWN_FOR_S = 600.0
MAX_WITHDRAWN = 1_000


def account_of(name: str) -> str:
    """The account behind a person's name, or behind that of a person's program."""
    return name.partition("/")[0]


def may_withdraw(person: Person, asked_by: str, lines: Iterable[str]) -> bool:
    """Who asked for it, by whatever way they came, and an engineer of every line that it touches."""
    if account_of(person.name) == account_of(asked_by):
        return True
    touched = set(lines)
    return bool(touched) and all((person.role_on(line) or Role.VIEWER) >= Role.ENGINEER for line in touched)


class EarlyWithdrawals:
    """What was withdrawn before it came, by txId. Forgotten by a restart, which every POST under way ends with."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._people: dict[str, tuple[Person, float]] = {}

    def check(self, tx_id: str, person: Person, ts: float) -> None:
        """Raises `RequestError`: 403 for who could not have asked for anything, 429 where too many are remembered."""
        if not any(person.may_change(line.id) for line in self._plant.lines):
            raise forbidden(tx_id)
        for each in [key for key, (_, until) in self._people.items() if until <= ts]:
            del self._people[each]
        if tx_id not in self._people and len(self._people) >= MAX_WITHDRAWN:
            raise RequestError(
                f"{MAX_WITHDRAWN} batches were withdrawn before they came already; withdraw this one when it is there",
                status=429,
                code="too-many-withdrawn",
            )

    def remember(self, tx_id: str, person: Person, ts: float) -> None:
        self._people.setdefault(tx_id, (person, ts + WITHDRAWN_FOR_S))

    def refuse(self, tx_id: str, asked_by: Person, machines: Iterable[str], ts: float) -> None:
        """Raises `RequestError` 409 ``withdrawn`` for a batch that was withdrawn before it came."""
        person, until = self._people.get(tx_id, (None, 0.0))
        if person is None or until <= ts:
            return
        found = (self._plant.machines.get(key) for key in machines)
        if may_withdraw(person, asked_by.name, (machine.line for machine in found if machine is not None)):
            raise RequestError(
                f"this batch was withdrawn by {person.name} before it came; nothing was sent. To send it after all, "
                "give it a new txId",
                status=409,
                code="withdrawn",
            )


def withdrawn_words(person: Person) -> str:
    return f"withdrawn by {person.name}"


def withdrawn_answer(request: BatchRequest, person: Person) -> BatchAnswer:
    """The answer for a batch of which nothing had begun."""
    by, message = By(ByKind.OPERATOR, person.name), withdrawn_words(person)
    results = [
        ItemResult(machine, field, Outcome.CANCELLED, value, message=message, by=by)
        for machine, updates in request.updates.items()
        for field, value in updates.items()
    ]
    return BatchAnswer(request.tx_id, DONE, results)


def forbidden(tx_id: str) -> RequestError:
    return RequestError(
        f"batch {tx_id} is withdrawn by who asked for it, or by an engineer of all its machines",
        status=403,
        code="forbidden",
    )
