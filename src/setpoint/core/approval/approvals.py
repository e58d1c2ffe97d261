"""The second person: batches that wait until somebody else has confirmed them.

A field of the plant may have ``needs_second_person``. A batch that contains such a field waits, and so does a proposal
(CMD-9): it is not recorded as a batch, and nothing leaves. After ten minutes it is forgotten, also if the server
restarts in between. Another person who may change all of its machines confirms it. Only then does it begin, with every
check made again. A program cannot confirm. Nobody can confirm their own batch, not even from another browser or with a
token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from setpoint.contract.http.batches import BatchKind, BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.commands.fact import Fact, fact
from setpoint.core.commands.withdrawal import account_of, forbidden, may_withdraw
from setpoint.core.plant import Person, Plant
from setpoint.errors import RequestError

HELD_FOR_S = 600.0
MAX_HELD = 200
MAX_HELD_EACH = 20
"""The limit of one account, so that nobody takes all places."""


@dataclass(frozen=True, slots=True)
class PendingApproval:
    """A batch that waits. ``person`` asked for it; ``until`` is Unix seconds.

    ``base`` holds its base revs: those that the person saw or, if the request had none, those at its arrival. If a
    field moves while the batch waits, it is a conflict (PRE-1).
    """

    request: BatchRequest
    person: Person
    kind: BatchKind
    follows: str | None
    at: float
    until: float
    base: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    due_ms: int = field(default=0, compare=False)
    """When it expires, on the monotonic clock of this run. Setting the wall clock does not change it."""

    def upon_base(self) -> BatchRequest:
        """The request with the base revs, as it begins."""
        return msgspec.structs.replace(
            self.request, base={machine: dict(revs) for machine, revs in self.base.items()}
        )


class Approvals:
    """The batches that wait. The shell stores what `hold` keeps, and gives it back with `take_up` after a restart."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._fields = _guarded(plant)
        self._held: dict[str, PendingApproval] = {}
        self._over: set[str] = set()
        """Batches that have expired but may still be stored."""

    def change_plant(self, plant: Plant, gone: Collection[str]) -> list[PendingApproval]:
        """Changes the plant. Returns the batches that name a machine that is gone; they no longer wait."""
        self._plant = plant
        self._fields = _guarded(plant)
        ended = [each for each in self._held.values() if not each.request.updates.keys().isdisjoint(gone)]
        for held in ended:
            self.drop(held)
        return ended

    def is_needed(self, request: BatchRequest) -> bool:
        """Whether this is a proposal, or a batch that contains a field with ``needs_second_person``."""
        return request.propose or (
            bool(self._fields) and any(not self._fields.isdisjoint(each) for each in request.updates.values())
        )

    def take_up(self, left: Iterable[PendingApproval], now_ms: int, ts: float) -> None:
        """Lets batches of an earlier run wait for the rest of their time, and never longer than a new one."""
        for held in left:
            if held.until <= ts:
                self._over.add(held.request.tx_id)
                continue
            left_ms = round(min(held.until - ts, HELD_FOR_S) * 1000)
            self.wait_again(replace(held, due_ms=now_ms + left_ms))

    def wait_again(self, held: PendingApproval) -> None:
        """Puts a batch back because its end could not be stored."""
        self._held[held.request.tx_id] = held

    def take_over(self) -> tuple[str, ...]:
        """Takes the txIds of expired batches. The caller removes their records."""
        over, self._over = tuple(sorted(self._over)), set()
        return over

    def not_removed(self, over: Iterable[str]) -> None:
        """Takes the txIds back, except of batches that wait again, so that `take_over` returns them once more."""
        self._over.update(tx_id for tx_id in over if tx_id not in self._held)

    def is_held(self, tx_id: str, now_ms: int) -> bool:
        self._forget(now_ms)
        return tx_id in self._held

    def drop(self, held: PendingApproval) -> bool:
        """Removes a batch that could not be stored and that nobody knows of. False if it no longer waits."""
        return self._held.pop(held.request.tx_id, None) is not None

    def hold(
        self,
        request: BatchRequest,
        person: Person,
        now_ms: int,
        ts: float,
        *,
        kind: BatchKind,
        follows: str | None,
        base: Mapping[str, Mapping[str, int]] | None = None,
    ) -> PendingApproval:
        """Keeps the batch. A repeated request gets the batch that already waits.

        Raises `RequestError`: 403 for machines that the person may not change, 422 for a txId that another batch holds,
        429 if too many batches wait.
        """
        self._forget(now_ms)
        # Its time begins with the confirmation (CMD-8).
        request = msgspec.structs.replace(request, not_after=None)
        if not self._may_change_all(request, person):
            raise RequestError(
                "a batch that needs a second person takes only machines that you may change; leave out the others",
                code=ProblemCode.FORBIDDEN,
            )
        earlier = self._held.get(request.tx_id)
        if earlier is not None and (earlier.person.name, earlier.request) != (person.name, request):
            raise RequestError("this txId is held for another batch", code=ProblemCode.TX_ID_REUSED)
        if earlier is None:
            account = account_of(person.name)
            if sum(account_of(each.person.name) == account for each in self._held.values()) >= MAX_HELD_EACH:
                raise RequestError(
                    f"{MAX_HELD_EACH} batches of yours wait for a second person already; have some confirmed first",
                    code=ProblemCode.TOO_MANY_HELD,
                    arguments={"most": MAX_HELD_EACH},
                )
            if len(self._held) >= MAX_HELD:
                raise RequestError(
                    f"{MAX_HELD} batches wait for a second person already; have some confirmed first",
                    code=ProblemCode.TOO_MANY_HELD,
                    arguments={"most": MAX_HELD},
                )
            earlier = self._held[request.tx_id] = PendingApproval(
                request,
                person,
                kind,
                follows,
                ts,
                ts + HELD_FOR_S,
                base or request.base,
                now_ms + round(HELD_FOR_S * 1000),
            )
        return earlier

    def refusal(self, held: PendingApproval) -> RequestError:
        """The answer for the author: 409 ``needs-second-person``."""
        updates = held.request.updates.values()
        names = ", ".join(sorted({name for each in updates for name in each} & self._fields))
        return RequestError(
            f"{names or 'a proposal'} needs a second person: nothing was sent yet. Somebody else has ten minutes to"
            " confirm it",
            code=ProblemCode.NEEDS_SECOND_PERSON,
            arguments={"fields": names} if names else None,
        )

    def waiting(self, person: Person, now_ms: int) -> list[PendingApproval]:
        """The batches that this person gave or may confirm, oldest first."""
        self._forget(now_ms)
        return [
            each
            for each in self._held.values()
            if account_of(each.person.name) == account_of(person.name)
            or self._may_change_all(each.request, person)
        ]

    def to_withdraw(self, tx_id: str, person: Person, now_ms: int) -> PendingApproval | None:
        """The batch that waits under this txId, if the person may know of it. Raises `RequestError` 403."""
        for held in self.waiting(person, now_ms):
            if held.request.tx_id == tx_id:
                found = (self._plant.machines.get(key) for key in held.request.updates)
                lines = (machine.line for machine in found if machine is not None)
                if not may_withdraw(person, held.person.name, lines):
                    raise forbidden(tx_id)
                return held
        return None

    def confirm(self, tx_id: str, person: Person, now_ms: int) -> PendingApproval:
        """Removes the batch as confirmed. Raises `RequestError` 403 or 404."""
        held = self._known(tx_id, person, now_ms)
        if account_of(held.person.name) == account_of(person.name):
            raise RequestError(
                "a second person is somebody else; ask a colleague", code=ProblemCode.SAME_PERSON
            )
        if "/" in person.name:
            raise RequestError("people confirm, programs do not", code=ProblemCode.FORBIDDEN)
        del self._held[tx_id]
        return held

    def withdraw(self, tx_id: str, person: Person, now_ms: int) -> PendingApproval:
        """Removes the batch, refused by another person or taken back by its author. Raises `RequestError` 404."""
        held = self._known(tx_id, person, now_ms)
        del self._held[tx_id]
        return held

    def _known(self, tx_id: str, person: Person, now_ms: int) -> PendingApproval:
        for each in self.waiting(person, now_ms):
            if each.request.tx_id == tx_id:
                return each
        raise RequestError(
            f"no batch {tx_id[:64]!r} waits for a second person; it was settled, or ten minutes have passed",
            code=ProblemCode.UNKNOWN_BATCH,
        )

    def _may_change_all(self, request: BatchRequest, person: Person) -> bool:
        machines = (self._plant.machines.get(key) for key in request.updates)
        return all(machine is not None and person.may_change(machine.line) for machine in machines)

    def _forget(self, now_ms: int) -> None:
        for tx_id in [key for key, each in self._held.items() if each.due_ms <= now_ms]:
            del self._held[tx_id]
            self._over.add(tx_id)


def _guarded(plant: Plant) -> frozenset[str]:
    return frozenset(field.name for field in plant.fields if field.needs_second_person)


def held_fact(what: str, held: PendingApproval, person: Person, ts: float) -> Fact:
    """The audit's fact about what ``person`` did with a batch that waits."""
    payload = {
        "event": what,
        "txId": held.request.tx_id,
        "person": person.name,
        "askedBy": held.person.name,
        "updates": held.request.updates,
        "reason": held.request.reason,
    }
    return fact(ts, "second-person", person.name, payload)
