"""Schedules are played faster while garbage is looked for seldom: their worlds are thrown away whole."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from tests.simulation.schedule import collect_seldom


@pytest.fixture(scope="package", autouse=True)
def seldom() -> Iterator[None]:
    usual = gc.get_threshold()
    collect_seldom()
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()
