"""Decides which addresses a webhook may reach: those of the internet, and of the private networks in its settings.

A name in a URL can lead to anything, and to something else a moment later. So the name is looked up once for each
attempt, every answer must be allowed, and the connection goes to that very address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name. Raises `OSError`."""
_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses of the internet. It leaves out the forms that stand for an IPv4 address (``::7f00:1``,
``64:ff9b:1::/48``) and for sites (``fec0::/10``). Python counts some of these as global.
"""
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("2002::/16", "3fff::/20", "192.88.99.0/24")))
"""6to4, which stands for an IPv4 address, its relays, and addresses for documentation."""


class ForbiddenAddressError(Exception):
    """The message is for people."""


async def look_up(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


async def allowed_address(
    host: str, port: int, allow: Sequence[Network], *, is_encrypted: bool, lookup: Lookup = look_up
) -> str:
    """The address to connect to. Raises `ForbiddenAddressError` or `OSError`. Without TLS, only the networks in
    ``allow`` may be reached."""
    found = [_parsed(each) for each in await lookup(host, port)]
    for address in found:
        is_named = any(address in network for network in allow if network.version == address.version)
        if not (is_named or (is_encrypted and is_public(address))):
            raise ForbiddenAddressError(
                f"{host} leads to {address}, which may not be reached"
                + ("" if is_encrypted else " without TLS")
                + f'; if it should, add a network to the webhook: allow = ["{address}"]'
            )
    if not found:
        raise ForbiddenAddressError(f"{host} has no address")
    return str(found[0])


def is_public(address: Address) -> bool:
    if address.version == 6 and address not in _UNICAST:
        return False
    is_excepted = any(address in network for network in _NOT_PUBLIC if network.version == address.version)
    return address.is_global and not address.is_multicast and not is_excepted


def _parsed(text: str) -> Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
