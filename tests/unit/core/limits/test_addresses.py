"""Which addresses count as the same client."""

from __future__ import annotations

import pytest

from setpoint.core.limits import counted_as


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.5", "10.0.0.5"),
        ("::ffff:10.0.0.5", "10.0.0.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a unix socket", "a unix socket"),
    ],
)
def test_an_ipv6_address_counts_as_its_network_because_its_owner_has_all_of_it(
    address: str, expected: str
) -> None:
    assert counted_as(address) == expected
