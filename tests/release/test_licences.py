"""The licences of all packages that Setpoint installs are compatible with its own."""

from __future__ import annotations

import pytest
from tests.release.licences import AS_THEY_ARE, NeededPackage, is_permissive, needed_packages


def test_every_package_that_setpoint_needs_has_a_licence_that_goes_with_ours() -> None:
    found = needed_packages()
    assert len(found) > 40
    assert {each.extra for each in found} >= {"", "opcua", "mqtt", "modbus", "postgres"}
    assert [f"{each.name}: {each.licence}" for each in found if not each.is_compatible] == []


def test_needed_packages_without_a_permissive_licence_are_listed_as_used_unchanged() -> None:
    names = {each.name for each in needed_packages() if not is_permissive(each.licence)}
    assert names <= set(AS_THEY_ARE)


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-2.0", "Proprietary", "SSPL-1.0", ""]
)
def test_another_licence_is_found(licence: str) -> None:
    assert not NeededPackage("new", "1.0", licence, "").is_compatible


def test_one_of_two_licences_is_enough_and_both_are_needed_where_both_apply() -> None:
    assert is_permissive("EPL-2.0 OR BSD-3-Clause")
    assert is_permissive("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0")
    assert not is_permissive("MIT AND MPL-2.0")
