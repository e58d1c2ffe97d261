"""Ends targets for machines and fields that a new plant no longer has (PLANT-2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

import msgspec

from setpoint.core.commands.dispatcher import REMOVED
from setpoint.core.commands.inflight import set_points_after
from setpoint.core.commands.under_way import UnderWay
from setpoint.core.commands.unit_of_work import UnitOfWork
from setpoint.core.commands.write_state import Removed
from setpoint.core.plant import Plant
from setpoint.core.plant.wording import words

_REMOVED_LATE = words("words-plant-lost-it-late")


def take_plant(under_way: UnderWay, plant: Plant, gone: Collection[str], work: UnitOfWork) -> None:
    """``plant`` is the plant from now on. Machines that are ``gone`` may come back under their name.

    Targets that had left end ``unknown``, the others ``cancelled``. Those of a batch that is not stored yet end when
    it is.
    """
    under_way.plant = plant
    under_way.set_points, ended = set_points_after(plant, under_way.set_points, gone)
    for set_point in ended:
        if set_point.reported is not msgspec.UNSET:
            under_way.remembered[set_point.machine.key, set_point.field.name] = set_point.reported
        for item in (set_point.in_flight, set_point.unconfirmed):
            if item is not None:
                work.move(item, Removed(), message=_REMOVED_LATE)
    for batch in under_way.batches.values():
        if not batch.is_recorded or not any(item.set_point.is_gone for item in batch.queue):
            continue
        queue, batch.queue = batch.queue, deque()
        for item in queue:
            if item.set_point.is_gone:
                work.move(item, Removed(), message=REMOVED)
            else:
                batch.queue.append(item)
    for key in gone:
        under_way.stops.pop(key, None)
