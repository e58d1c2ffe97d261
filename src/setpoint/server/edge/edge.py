"""Builds the edge of a server from its settings: the parts for HTTP, ``/live`` and uvicorn.

edge = Edge(EdgeSettings(host="0.0.0.0", public_url="https://board.plant.example"))
live = LiveServer(hub, clock, auth.identify_live, origins=edge.hosts, address_of=edge.address_of)
uvicorn.Config(edge.gate(app), ws=live.protocol_class, **edge.uvicorn_options())
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import getfqdn, gethostname
from typing import Any
from urllib.parse import urlsplit

from setpoint.errors import ConfigError
from setpoint.message import sentence
from setpoint.server.edge.certificate import Certificate
from setpoint.server.edge.gate import App, Gate, GateLimits
from setpoint.server.edge.hosts import Hosts
from setpoint.server.edge.listener import ListenerLimits, listener
from setpoint.server.edge.proxies import Proxies


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """``public_url``: how people reach the server if that is not ``host``: behind a proxy, or by a name.

    ``allowed_hosts``: further names it answers to. ``trusted_proxies``: addresses whose headers about the caller count.
    ``tls_cert``, ``tls_key``: PEM files; both or neither.
    """

    host: str = "127.0.0.1"
    public_url: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    gate: GateLimits = field(default_factory=GateLimits)
    listener: ListenerLimits = field(default_factory=ListenerLimits)


class Edge:
    """Raises `ConfigError` for invalid settings."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._settings = settings
        public = _public(settings.public_url)
        names = {*settings.allowed_hosts, settings.host, gethostname(), getfqdn(), *filter(None, (public,))}
        self.hosts = Hosts(names)
        self.proxies = Proxies(settings.trusted_proxies)
        self.certificate: Certificate | None = None
        if (settings.tls_cert is None) != (settings.tls_key is None):
            raise ConfigError(
                sentence(
                    "words-tls-takes-certificate-its-key-give",
                    "TLS takes a certificate and its key; give --tls-cert and --tls-key",
                )
            )
        if settings.tls_cert is not None and settings.tls_key is not None:
            self.certificate = Certificate(settings.tls_cert, settings.tls_key)

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the server over TLS. Then cookies are for TLS only, and browsers insist on it."""
        return self.certificate is not None or (self._settings.public_url or "").startswith("https://")

    async def watch(self) -> None:
        """Takes over a certificate that is renewed. Runs until cancelled; without a certificate it ends at once."""
        if self.certificate is not None:
            await self.certificate.watch()

    def gate(self, app: App) -> Gate:
        return Gate(
            app, hosts=self.hosts, proxies=self.proxies, limits=self._settings.gate, is_secure=self.is_secure
        )

    def address_of(self, peer: str, headers: Mapping[str, str]) -> str:
        """The caller's address, from a connection's peer and a request's headers (lower-case names)."""
        return self.proxies.origin(peer, forwarded_for=headers.get("x-forwarded-for", "")).address

    def uvicorn_options(self) -> dict[str, Any]:
        """Options for ``uvicorn.Config(**…)``.

        They turn off its own reading of proxies' headers, which trusts every loopback peer.
        """
        certificate = self.certificate
        return {
            "http": listener(self._settings.listener, self.proxies),
            "proxy_headers": False,
            "server_header": False,
            "timeout_keep_alive": 30,
            "ssl_context_factory": (lambda *_: certificate.context) if certificate else None,
        }


def _public(url: str | None) -> str | None:
    """The host name of a public URL."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        name = parts.hostname
    except ValueError:
        name = None
    else:
        if parts.scheme not in ("http", "https") or parts.path not in ("", "/") or parts.query:
            name = None
    if not name:
        raise ConfigError(
            sentence(
                "words-public-url-like-https-board-plant",
                "expected a public URL without a path, like https://board.plant.example, but got {url}",
                url=repr(url),
            )
        )
    return name
