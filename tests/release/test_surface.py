"""Nothing public is removed by accident (docs/reference/stability.md)."""

from __future__ import annotations

import json

import pytest
from tests.release.surface import FILE, Surface, surface

PARTS = ("http", "wire", "python", "typescript", "plant", "command")
HOW = "see docs/reference/stability.md; then: python -m tests.release.surface"


@pytest.fixture(scope="module")
def now() -> Surface:
    return surface()


def removed(now: Surface, part: str) -> set[str]:
    known = set(json.loads(FILE.read_text("utf-8"))[part])
    assert len(known) > 20
    return known - set(now[part])


def is_field(name: str) -> bool:
    """Says whether the name is a field or a parameter: ``BatchStory.person``, ``GET /api/events ?kind``."""
    return "." in name or " ?" in name


@pytest.mark.parametrize("part", PARTS)
def test_no_route_frame_name_key_or_command_is_removed_by_accident(now: Surface, part: str) -> None:
    assert {each for each in removed(now, part) if part == "python" or not is_field(each)} == set(), HOW


@pytest.mark.full
@pytest.mark.parametrize("part", PARTS)
def test_no_field_is_removed_by_accident(now: Surface, part: str) -> None:
    assert removed(now, part) == set(), HOW
