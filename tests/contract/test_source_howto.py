"""The source that docs/howto/write-a-source.md shows passes the suite that it points to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from setpoint.contract.values import Value
from setpoint.sources.base import Source
from setpoint.testing import SourceContract, SourceRig

_HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "write-a-source.md"


class Driver:
    """What a third party's driver may look like; a frozen one answers when it thaws."""

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
            raise ValueError(f"the scale takes 100 at most, {value} came")
        await asyncio.shield(self._land(field, value))

    async def _land(self, field: str, value: Value) -> None:
        await self.runs.wait()
        self.values[field] = value


class _Rig:
    machines: Sequence[str] = ("m_1", "m_2")
    field = "target"
    good: Value = 20.0
    other: Value = 30.0
    bad: Value = 200.0
    can = frozenset(("freeze",))

    def __init__(self) -> None:
        block = re.search(
            r"<!-- this block is run by .*? -->\n```python\n(.*?)```", _HOWTO.read_text(), re.DOTALL
        )
        assert block is not None
        self._example: dict[str, Any] = {"Driver": Driver}
        exec(compile(block[1], str(_HOWTO), "exec"), self._example)
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
