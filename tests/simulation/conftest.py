"""Runs the garbage collector seldom while schedules play. That is faster, because a world is dropped as a whole."""

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
