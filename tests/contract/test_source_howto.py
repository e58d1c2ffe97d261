"""The example source of docs/howto/write-a-source.md passes the suite that the page recommends."""

from __future__ import annotations

import asyncio
import inspect
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.documentation.blocks import blocks

from setpoint.contract.values import Value
from setpoint.core.plant import parse_plant
from setpoint.errors import PlantError
from setpoint.sources import base
from setpoint.sources.base import Source
from setpoint.testing import SourceContract, SourceRig


class Driver:
    """A driver as a third party may write it. A frozen driver answers when it thaws."""

    def __init__(self, _port: str) -> None:
        self.values: dict[str, Value] = {"weight": 12.5, "target": 10.0}
        self.runs = asyncio.Event()
        self.runs.set()

    async def read(self) -> dict[str, Value]:
        await self.runs.wait()
        return dict(self.values)

    async def set(self, field: str, value: Value) -> None:
        if field not in self.values:
            raise KeyError(f"the scale has no {field}")
        if not isinstance(value, int | float) or value > 100:
            raise ValueError(f"the scale takes 100 at most, but got {value}")
        await asyncio.shield(self._land(field, value))

    async def _land(self, field: str, value: Value) -> None:
        await self.runs.wait()
        self.values[field] = value


_PAGE = "docs/howto/write-a-source.md"


def _run(program: str, **names: Any) -> dict[str, Any]:
    exec(compile(f"from __future__ import annotations\n{program}", _PAGE, "exec"), names)
    return names


def _example() -> dict[str, Any]:
    return _run(blocks(_PAGE, "python")[1], Driver=Driver)


class _Rig:
    machines: Sequence[str] = ("m_1", "m_2")
    field = "target"
    good: Value = 20.0
    other: Value = 30.0
    bad: Value = 200.0
    can = frozenset(("freeze",))

    def __init__(self) -> None:
        self._example = _example()
        self._drivers = {machine: Driver("") for machine in self.machines}

    def source(self) -> Source:
        source: Source = self._example["ScaleSource"](self._drivers)
        return source

    async def freeze(self) -> None:
        for driver in self._drivers.values():
            driver.runs.clear()

    async def thaw(self) -> None:
        for driver in self._drivers.values():
            driver.runs.set()

    async def assert_stop(self, machine: str) -> None:
        raise AssertionError(f"{machine} is a scale, which has no stops")

    async def clear_stop(self, machine: str) -> None:
        raise AssertionError(f"{machine} is a scale, which has no stops")


class TestTheExampleOfTheHowTo(SourceContract):
    @pytest.fixture
    async def rig(self) -> SourceRig:
        return _Rig()


def _methods(kind: type) -> dict[str, list[str]]:
    return {
        name: list(inspect.signature(each).parameters)
        for name, each in vars(kind).items()
        if inspect.isfunction(each) and not name.startswith("_")
    }


@pytest.mark.parametrize("kind", [base.Source, base.Probing, base.Described])
def test_the_page_shows_the_interface_as_it_is(kind: type) -> None:
    protocol = _run(blocks(_PAGE, "python")[0], Protocol=Protocol)[kind.__name__]
    assert _methods(protocol) == _methods(kind)
    assert [name for name in vars(protocol) if isinstance(vars(protocol)[name], property)] == [
        name for name in vars(kind) if isinstance(vars(kind)[name], property)
    ]


def test_the_rig_that_the_page_shows_has_all_that_the_suite_asks_of_one() -> None:
    names = _run(blocks(_PAGE, "python")[2])
    assert issubclass(names["TestScale"], SourceContract)
    needed = {*SourceRig.__annotations__, *_methods(SourceRig)}
    assert {name for name in needed if not hasattr(names["ScaleRig"], name)} == set()


def test_the_plant_file_of_the_page_makes_the_source_that_its_entry_point_names() -> None:
    package, file, tests = blocks(_PAGE, "toml")
    assert tomllib.loads(tests)["tool"]["pytest"]["ini_options"]["asyncio_mode"] == "auto"
    points = tomllib.loads(package)["project"]["entry-points"]["setpoint.sources"]
    plant = parse_plant(file)
    [config] = plant.sources
    make = _example()[points[config.kind].partition(":")[2]]
    machines = list(plant.machines.values())
    assert set(_methods(base.Source)) <= set(dir(make(config, machines, plant, {}, Path())))
    with pytest.raises(PlantError, match="port: is missing"):
        make(config, list(parse_plant(file.replace("port", "path")).machines.values()), plant, {}, Path())
