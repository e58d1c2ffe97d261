"""The server trusts only named proxies, and only about what they saw themselves."""

from __future__ import annotations

import pytest

from setpoint.errors import ConfigError
from setpoint.server.edge.proxies import Origin, Proxies

PROXIES = Proxies(["10.0.0.5", "10.1.0.0/16"])


def test_only_named_proxies_are_believed() -> None:
    assert Proxies().origin("127.0.0.1", forwarded_for="1.2.3.4", forwarded_proto="https") == Origin(
        "127.0.0.1", False
    )
    assert PROXIES.origin("10.0.0.6", forwarded_for="1.2.3.4") == Origin("10.0.0.6", False)


@pytest.mark.parametrize(
    ("forwarded_for", "address"),
    [
        ("", "10.0.0.5"),
        ("1.2.3.4", "1.2.3.4"),
        ("9.9.9.9, 1.2.3.4", "1.2.3.4"),
        ("9.9.9.9, 1.2.3.4, 10.1.2.3", "1.2.3.4"),
        ("nonsense, 10.1.2.3", "10.1.2.3"),
        ("10.1.9.9", "10.1.9.9"),
        ("::1", "::1"),
        ("9.9.9.9, 1.2.3.4:51234", "1.2.3.4"),
        ("1.2.3.4:51234, 10.1.2.3:443", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("1.2.3.4, ::ffff:10.1.2.3", "1.2.3.4"),
        ("1.2.3.4, 9.9.9.9:port", "10.0.0.5"),
        ("1.2.3.4, [::1", "10.0.0.5"),
    ],
)
def test_the_caller_is_the_first_from_the_right_that_is_not_a_named_proxy(
    forwarded_for: str, address: str
) -> None:
    assert PROXIES.origin("10.0.0.5", forwarded_for=forwarded_for).address == address


def test_the_nearest_proxy_decides_the_scheme() -> None:
    assert PROXIES.origin("10.0.0.5", forwarded_proto="https").is_secure
    assert not PROXIES.origin("10.0.0.5", forwarded_proto="https,http").is_secure
    assert PROXIES.origin("10.0.0.5", is_secure=True).is_secure


def test_a_text_that_is_not_an_address_cannot_be_a_proxy() -> None:
    with pytest.raises(ConfigError, match="the address of a trusted proxy"):
        Proxies(["proxy.example"])
