"""Views: the plant for everybody with the right to see the same lines.

A view has its own plant topic and its own epoch. A position of one view means nothing in another, and the epoch makes
clients notice (SEQ-5). The epoch is made of the lines alone, so that every gateway has the same one. It does not reveal
whether there are more lines, or how many views there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Generic

from setpoint.core.hub.effects import HubLimits, S
from setpoint.core.hub.plant_topic import PlantTopic
from setpoint.core.hub.state import MachineState
from setpoint.core.hub.topic import DetailTopic
from setpoint.core.plant import WHOLE_PLANT, Person, Plant, Role, line_kpis

MAX_VIEWS = 64
"""The number of views that are kept for people who come back, because rights can change without end. The view of the
whole plant is kept beside them, because its epoch is the hub's own and must not begin again."""

_NUMBERS = 2**32
"""A forgotten view comes back in the same epoch, so its plant topic counts from a multiple of this number. No topic
counts that far, so a position of one view is never taken for that of another (SEQ-5)."""


@dataclass(frozen=True, slots=True, eq=False)
class View(Generic[S]):
    """The plant for everybody who may see ``lines``, with an ``epoch`` of its own."""

    lines: frozenset[str]
    epoch: str
    plant: PlantTopic[S]


def epoch_of(epoch: str, lines: frozenset[str] | None) -> str:
    """The epoch of a view of these lines, None for the whole plant: the same at the hub and at every gateway."""
    if lines is None:
        return epoch
    named = "\0".join((epoch, *sorted(lines)))
    return f"{epoch}.{hashlib.sha256(named.encode()).hexdigest()[:12]}"


class Views(Generic[S]):
    def __init__(
        self,
        plant: Plant,
        epoch: str,
        states: Mapping[str, MachineState],
        line_topics: Mapping[str, DetailTopic[S]],
        limits: HubLimits,
    ) -> None:
        self._plant = plant
        self.epoch = epoch
        self._states = states
        self._line_topics = line_topics
        self._limits = limits
        self._views: dict[frozenset[str] | None, View[S]] = {}
        """By lines; None for those who see the whole plant, whatever lines it has."""
        self._forgotten = 0

    def of(self, person: Person) -> View[S]:
        """The view of a person; the same object for the same rights, as long as it is kept."""
        lines = frozenset(line for line in self._line_topics if person.may_see(line))
        key = None if person.sees_whole_plant else lines
        found = self._views.pop(key, None) or self._new(key, lines)
        self._views[key] = found
        self._forget()
        return found

    def _new(self, key: frozenset[str] | None, lines: frozenset[str]) -> View[S]:
        plant: PlantTopic[S] = PlantTopic(
            {topic.name: topic for line, topic in self._line_topics.items() if line in lines},
            (state for state in self._states.values() if state.line in lines),
            line_kpis(self._plant),
            history_deltas=self._limits.history_deltas,
            history_bytes=self._limits.history_bytes,
        )
        plant.seq = self._forgotten * _NUMBERS
        return View(lines, epoch_of(self.epoch, key), plant)

    def of_lines(self, lines: frozenset[str] | None) -> View[S]:
        """Returns the view of people who may see these lines. None means the whole plant."""
        seen = {WHOLE_PLANT: Role.VIEWER} if lines is None else dict.fromkeys(lines, Role.VIEWER)
        return self.of(Person("", seen))

    def _forget(self) -> None:
        """Forgets the views that were asked for longest ago, except those with subscribers. A session keeps its view; a
        later session for the same lines gets a new one, with other numbers (SEQ-5)."""
        while len(self._views) > MAX_VIEWS + 1:
            unused = (
                key
                for key, view in islice(self._views.items(), len(self._views) - 1)
                if key is not None and not view.plant.is_active
            )
            if (oldest := next(unused, None)) is None:
                return
            del self._views[oldest]
            self._forgotten += 1
