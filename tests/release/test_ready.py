"""Conditions that block a release."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.release.ready import faults_of_changelog, faults_of_versions

ROOT = Path(__file__).parents[2]
GOOD = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-11-29

### Upgrade

- Start it.

## [0.1.0] - 2026-11-28
"""


def test_all_packages_have_one_version() -> None:
    assert faults_of_versions(ROOT) == []


def test_a_changelog_that_describes_the_version_passes() -> None:
    assert faults_of_changelog(GOOD, "0.2.0") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD.replace("## [0.2.0]", "- a thing\n\n## [0.2.0]"), "under [Unreleased]"),
        (GOOD.replace("0.2.0", "0.3.0"), "no section [0.2.0]"),
        (GOOD.replace(" - 2026-11-29", ""), "needs its date"),
        (GOOD.replace("### Upgrade", "### Added"), "needs a part Upgrade"),
    ],
)
def test_a_changelog_that_does_not_describe_the_version_is_refused(text: str, expected: str) -> None:
    [fault] = faults_of_changelog(text, "0.2.0")
    assert expected in fault
