"""What holds for every test: the examples of property tests, the marker ``full``, and who runs which file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.examples import load_profile

_FULL = Path(__file__).parent / "full"

load_profile()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in tests/full has the marker ``full``: `make test` leaves it out."""
    for item in items:
        if _FULL in item.path.parents:
            item.add_marker(pytest.mark.full)
