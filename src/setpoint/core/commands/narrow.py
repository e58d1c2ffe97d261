"""Reduces a record to what a person may see: the only place that does this (PRE-5).

If a person may not see a line, its machines do not exist for them. They get the same bytes as if that were true, so
nothing shows that something was left out.

- An item belongs to the line of its machine. An item without a machine (its ``line`` is empty) is visible to the person
  who sent it and to people who see the whole plant. To others it would reveal which names are not machines.
- The workbook of a batch (its name, hash and rows) is visible to the same people, because it may have rows of other
  lines.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from setpoint.contract.http.batches import BatchAnswer, BatchSummary, ItemResult
from setpoint.contract.live import Outcome
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.plant import Person, Plant
from setpoint.core.plant.wording import words
from setpoint.message import message_of


def narrowed(batch: BatchRecord, viewer: Person) -> BatchRecord | None:
    """The batch as the viewer may see it; None if it does not exist for them."""
    if viewer.sees_whole_plant:
        return batch
    is_own = batch.person == viewer.name
    items = tuple(item for item in batch.items if _may_know(item, viewer, is_own=is_own))
    if not items and not is_own:
        return None
    return msgspec.structs.replace(batch, items=items, source=batch.source if is_own else None)


def _may_know(item: ItemRecord, viewer: Person, *, is_own: bool) -> bool:
    return viewer.may_see(item.line) if item.line else is_own


def narrowed_summary(summary: BatchSummary, viewer: Person) -> BatchSummary:
    """A batch in a list. Its counts are narrowed by the query that made them (`BatchQuery.lines`)."""
    if viewer.sees_whole_plant or summary.person == viewer.name:
        return summary
    return msgspec.structs.replace(summary, source=None)


def narrowed_answer(
    answer: BatchAnswer, targets: Mapping[str, Mapping[str, object]], viewer: Person, plant: Plant
) -> BatchAnswer:
    """An answer with the present rights of the person: a machine that they may no longer see is answered as unknown.

    ``targets``: the targets, by machine and field.
    """
    if viewer.sees_whole_plant:
        return answer

    def narrowed(result: ItemResult) -> ItemResult:
        machine = plant.machines.get(result.machine)
        if machine is None or viewer.may_see(machine.line):
            return result
        return unknown_machine(result, targets.get(result.machine, {}).get(result.field))

    return msgspec.structs.replace(answer, results=[narrowed(result) for result in answer.results])


def unknown_machine(result: ItemResult, target: object) -> ItemResult:
    """The result for a machine that the plant does not have."""
    message = no_machine(result.machine)
    return ItemResult(
        result.machine,
        result.field,
        Outcome.REJECTED,
        target if isinstance(target, str | int | float | bool) else None,
        message=str(message),
        said=message_of(message),
    )


def no_machine(machine: str) -> str:
    return words("words-no-such-machine", machine=repr(machine))
