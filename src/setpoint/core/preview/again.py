"""An undo or a retry of an earlier batch, as targets to preview. Twin of `frontend/src/preview/again.ts`.

It contains only what the person may see (PRE-5). Machines outside their plant are left out, and so are fields that
cannot be set any more.
"""

from __future__ import annotations

from collections.abc import Callable, Container

import msgspec

from setpoint.contract.http.batches import BatchStory, ItemResult
from setpoint.contract.live import Outcome
from setpoint.contract.values import Value
from setpoint.core.commands.again import RETRIED, UNDONE
from setpoint.core.plant import Plant
from setpoint.core.preview.types import Asked


def undo_of(story: BatchStory, plant: Plant) -> Asked:
    """The values before a batch. A field that others have written since is in conflict; a stop since is not."""
    asked = _asked(story, plant, UNDONE, lambda item: item.before)
    undoes: dict[str, dict[str, int]] = {}
    for item in story.results:
        if item.field in asked.targets.get(item.machine, {}):
            undoes.setdefault(item.machine, {})[item.field] = item.rev or 0
    return msgspec.structs.replace(asked, undoes=undoes)


def retry_of(story: BatchStory, plant: Plant) -> Asked:
    """The targets of a batch that did not take effect."""
    return _asked(story, plant, RETRIED, lambda item: item.asked)


def _asked(
    story: BatchStory,
    plant: Plant,
    outcomes: Container[Outcome],
    value: Callable[[ItemResult], Value | msgspec.UnsetType],
) -> Asked:
    writable = {field.name for field in plant.writable}
    targets: dict[str, dict[str, Value]] = {}
    for item in story.results:
        wanted = value(item)
        if item.outcome not in outcomes or wanted is None or wanted is msgspec.UNSET:
            continue
        if item.machine in plant.machines and item.field in writable:
            targets.setdefault(item.machine, {})[item.field] = wanted
    return Asked(targets)
