"""Finds the address and scheme of a caller behind proxies.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` count only if the peer is a trusted proxy. They are read from the right:
each proxy appends its peer, some with its port, so the first address that is not a trusted proxy is the caller. From
anybody else, these headers are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from setpoint.errors import ConfigError
from setpoint.message import sentence

_WITH_PORT = re.compile(r"(?P<v4>[0-9.]+):[0-9]{1,5}|\[(?P<v6>[^\]]+)\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Origin:
    """The address of the client behind a request. Forwarded addresses count only from trusted proxies."""

    address: str
    is_secure: bool


class Proxies:
    """``trusted``: addresses or networks (``10.0.0.5``, ``10.0.0.0/24``). Raises `ConfigError` for anything else."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        for text in trusted:
            try:
                self._networks.append(ip_network(text.strip()))
            except ValueError as error:
                raise ConfigError(
                    sentence(
                        "words-trusted-proxy-address-network-like-came",
                        "expected the address of a trusted proxy or a network like 10.0.0.0/24, but got {value}",
                        value=repr(text),
                    )
                ) from error

    def __bool__(self) -> bool:
        return bool(self._networks)

    def trusts(self, address: str) -> bool:
        try:
            found = _read(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def origin(
        self, peer: str, *, forwarded_for: str = "", forwarded_proto: str = "", is_secure: bool = False
    ) -> Origin:
        """``forwarded_*``: the headers' values, several joined by commas; ``is_secure``: TLS ended in this process."""
        if not self.trusts(peer):
            return Origin(peer, is_secure)
        caller = peer
        for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            try:
                caller = str(_read(hop))
            except ValueError:
                break  # A trusted proxy passed on something that is not an address: everything before it is made up.
            if not self.trusts(caller):
                break
        proto = forwarded_proto.rpartition(",")[2].strip().lower()
        return Origin(caller, proto in ("https", "wss") if proto else is_secure)


def _read(text: str) -> IPv4Address | IPv6Address:
    """An address, which proxies write as ``10.0.0.5``, ``10.0.0.5:4711``, ``2001:db8::5``, ``[2001:db8::5]:4711`` and
    ``::ffff:10.0.0.5``. Raises `ValueError`.
    """
    found = _WITH_PORT.fullmatch(text)
    address = ip_address(text if found is None else found["v4"] or found["v6"])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
