"""Decides which addresses count as one: somebody on IPv6 has a whole /64, and could use another address each time."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

_PREFIX = 64


@lru_cache(maxsize=4_096)
def counted_as(address: str) -> str:
    """The name under which connections and tries from this address are counted: an IPv6 address counts as its /64, and
    one that stands for an IPv4 address as that address.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _PREFIX), strict=False))
