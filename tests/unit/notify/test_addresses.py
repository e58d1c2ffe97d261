"""Which addresses a webhook may reach (server-side request forgery)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest

from setpoint.notify.addresses import ForbiddenAddressError, Network, allowed_address

NEAR: list[Network] = [ipaddress.ip_network("10.20.0.0/16")]


async def address_of(*found: str, allow: Sequence[Network] = (), is_encrypted: bool = True) -> str:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return found

    return await allowed_address("mes.example", 443, allow, is_encrypted=is_encrypted, lookup=lookup)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
async def test_an_address_of_the_internet_is_reached(address: str) -> None:
    assert await address_of(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.20.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of clouds
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",  # IPv4 in IPv6, in every way
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "fec0::1",
        "3fff::1",
        "ff0e::1",
        "4000::1",
        "192.88.99.1",
        "198.18.0.1",
        "240.0.0.1",
    ],
)
async def test_an_address_inside_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="may not be reached"):
        await address_of(address)


async def test_one_address_inside_among_others_is_enough_to_refuse() -> None:
    with pytest.raises(ForbiddenAddressError, match=r"192\.168\.1\.1"):
        await address_of("93.184.216.34", "192.168.1.1")


@pytest.mark.parametrize("is_encrypted", [True, False])
async def test_a_private_network_that_is_allowed_is_reached(is_encrypted: bool) -> None:
    assert await address_of("10.20.3.4", allow=NEAR, is_encrypted=is_encrypted) == "10.20.3.4"
    with pytest.raises(ForbiddenAddressError):
        await address_of("10.21.3.4", allow=NEAR, is_encrypted=is_encrypted)


async def test_without_tls_the_internet_is_not_reached() -> None:
    with pytest.raises(ForbiddenAddressError, match="without TLS"):
        await address_of("93.184.216.34", allow=NEAR, is_encrypted=False)
