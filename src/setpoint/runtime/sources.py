"""The running sources, machine by machine, and the change to those of another plant (PLANT-2).

A source whose machines stay keeps its connection; its reports about machines that are gone are ignored. New machines
get a source of their own, even if another one of that name is at work. A source ends when none of its machines is left,
or when its settings, its secrets or the plant's fields change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from setpoint.core.plant import Machine, Plant, Report, SourceConfig, Write, WriteAnswer
from setpoint.sources.base import Described, Sink, Source
from setpoint.sources.supervision import stop_within

log = structlog.get_logger("setpoint.runtime")

MakeSource = Callable[[SourceConfig, Sequence[Machine], Plant], Source]
"""A source for these machines of the plant, not started. Raises `PlantError` or `ConfigError`."""


@dataclass(eq=False)
class Serving:
    """One source at work, and the sink with which it was started.

    ``machines`` are those whose reports count. ``described`` is the source, if it describes its machines' capabilities.
    Checking that is slow, so it is done once.
    """

    name: str
    source: Source
    machines: set[str]
    sink: Sink
    is_started: bool = False
    described: Described | None = field(init=False)
    _is_whole: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self.described = self.source if isinstance(self.source, Described) else None

    def reported(self, reports: Sequence[Report], /) -> None:
        if not self._is_whole:
            reports = [each for each in reports if each.machine in self.machines]
        if reports:
            self.sink.reported(reports)

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        self.sink.answered(answers)

    def voided(self, write: Write, /) -> str | None:
        return self.sink.voided(write)

    def keep_only(self, machines: Iterable[str]) -> None:
        self.machines.intersection_update(machines)
        self._is_whole = False

    async def start(self) -> None:
        await self.source.start(self)
        self.is_started = True
        log.info("source_started", source=self.name, machines=len(self.machines))

    async def stop(self) -> None:
        """Stops it in bounded time: a source that does not stop is abandoned, and its end is forced when the loop
        closes.
        """
        self.is_started = False
        task = asyncio.create_task(self.source.stop(), name=f"stop {self.name}")
        left = await stop_within([task], self.name, is_ending=True)
        if not left and (error := task.exception()) is not None:
            log.error("source_failed_to_stop", source=self.name, exc_info=error)


class Sources:
    """``made``: the sources by name, each for its machines of the plant; ``make`` makes those of another plant."""

    def __init__(
        self, plant: Plant, made: Mapping[str, Source], sink: Sink, make: MakeSource | None = None
    ) -> None:
        self._plant = plant
        self._sink = sink
        self._make = make
        keys = _keys_by_source(plant)
        self._serving = [Serving(name, source, keys.get(name, set()), sink) for name, source in made.items()]
        self._by_machine: dict[str, Serving] = {}
        self._index()

    def of(self, machine: str) -> Serving | None:
        """The source that serves the machine, if there is one."""
        return self._by_machine.get(machine)

    async def start(self) -> None:
        for each in self._serving:
            await each.start()

    async def stop(self) -> None:
        await asyncio.gather(*(each.stop() for each in self._serving))

    def prepare(self, plant: Plant) -> list[Serving]:
        """The sources that this plant needs in addition to those at work, not started.

        Changes nothing. Raises `PlantError` or `ConfigError` for invalid settings.
        """
        if self._make is None:
            return []
        kept = {key for each in self._serving for key in self._kept(each, plant)}
        prepared = []
        for config in plant.sources:
            machines = [each for each in plant.machines.values() if each.source == config.name]
            missing = [each for each in machines if each.key not in kept]
            if missing:
                source = self._make(config, missing, plant)
                prepared.append(Serving(config.name, source, {each.key for each in missing}, self._sink))
        return prepared

    def all(self) -> list[Source]:
        return [each.source for each in self._serving]

    def take(self, plant: Plant, prepared: Sequence[Serving]) -> list[asyncio.Future[None]]:
        """From now on only reports of this plant's machines count; the returned work stops and starts sources."""
        ending = []
        for each in self._serving:
            kept = self._kept(each, plant)
            if kept != each.machines:
                each.keep_only(kept)
            if not kept:
                ending.append(each)
        self._serving = [each for each in self._serving if each.machines] + list(prepared)
        self._plant = plant
        self._index()
        names = dict.fromkeys(each.name for each in (*ending, *prepared))
        return [
            asyncio.ensure_future(
                _change(
                    [each for each in ending if each.name == name],
                    [each for each in prepared if each.name == name],
                )
            )
            for name in names
        ]

    def _kept(self, serving: Serving, plant: Plant) -> set[str]:
        """The machines that the source continues to serve."""
        before, after = self._plant, plant
        if _config(before, serving.name) != _config(after, serving.name) or before.fields != after.fields:
            return set()
        return {
            key
            for key in serving.machines
            if (now := after.machines.get(key)) is not None
            and now.source == serving.name
            and now.settings == before.machines[key].settings
        }

    def _index(self) -> None:
        self._by_machine = {key: each for each in self._serving for key in each.machines}


async def _change(ending: Iterable[Serving], beginning: Iterable[Serving]) -> None:
    """A peer that accepts only one connection gets the new one after the old one has ended."""
    for each in ending:
        await each.stop()
    for each in beginning:
        await each.start()


def _config(plant: Plant, name: str) -> SourceConfig | None:
    return next((each for each in plant.sources if each.name == name), None)


def _keys_by_source(plant: Plant) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for machine in plant.machines.values():
        keys.setdefault(machine.source, set()).add(machine.key)
    return keys
