"""Nothing public is removed by accident (docs/reference/stability.md)."""

from __future__ import annotations

import json

import pytest
from tests.release.surface import FILE, Surface, surface

PARTS = ("http", "wire", "python", "typescript", "plant", "command")


@pytest.fixture(scope="module")
def now() -> Surface:
    return surface()


@pytest.mark.parametrize("part", PARTS)
def test_nothing_public_is_removed_or_renamed_by_accident(now: Surface, part: str) -> None:
    known = set(json.loads(FILE.read_text("utf-8"))[part])
    assert len(known) > 20
    removed = known - set(now[part])
    assert removed == set(), "see docs/reference/stability.md; then: python -m tests.release.surface"
