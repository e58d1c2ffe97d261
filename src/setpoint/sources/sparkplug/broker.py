"""How to reach an MQTT broker: its settings in the plant file, and its secrets.

    broker = "mqtts://broker.plant.local:8883"    # or mqtt:// without encryption
    ca = "pki/plant-ca.pem"                       # where the broker's certificate is not from a public authority
    certificate = "pki/setpoint.pem"              # ours, if the broker wants one
    private_key = "pki/setpoint.key"
    client_id = "setpoint"                        # where the broker's rights go by it; else one is made up
    keepalive_s = 10
    plain_password = true                         # to send a password without encryption

``username`` and ``password`` come from the secrets.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from setpoint.errors import ConfigError
from setpoint.sources.settings import SettingsReader
from setpoint.sources.wording import words, wrong

BROKER_KEYS = ("broker", "ca", "certificate", "private_key", "client_id", "keepalive_s", "plain_password")
MAX_PAYLOAD = 4 * 1024 * 1024
"""A larger payload is not read: its values are BAD, with that reason."""
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Paths are absolute. ``client_id`` empty: one is made up for each connection."""

    host: str = ""
    port: int = 1883
    is_encrypted: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    client_id: str = ""
    keepalive_s: int = 10
    may_send_plain_password: bool = False

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.is_encrypted else 'mqtt'}://{host}:{self.port}"

    def tls(self) -> ssl.SSLContext | None:
        """The TLS settings of the connection; None if it is not encrypted. Raises `ConfigError` for files that cannot
        be used.
        """
        if not self.is_encrypted:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.private_key, password=_no_password)
        except (OSError, ValueError) as error:  # SSLError is an OSError
            files = ", ".join(str(each) for each in (self.ca, self.certificate, self.private_key) if each)
            raise ConfigError(
                words(
                    "words-certificates-cannot-be-used-look-at", address=self.address, why=error, files=files
                )
            ) from error
        return context

    def login(self, secrets: Mapping[str, str]) -> tuple[str | None, str | None]:
        """User and password. Raises `ConfigError` instead of sending a password that others could read."""
        user, password = secrets.get("username"), secrets.get("password")
        may_send = self.is_encrypted or self.may_send_plain_password or self.host in _LOCAL
        if password and not may_send:
            raise ConfigError(words("words-not-encrypted-so-everybody-on-network", address=self.address))
        if password and not user:
            raise ConfigError(words("words-secrets-have-password-no-username-add", address=self.address))
        return user, password


def read_broker(reader: SettingsReader, raw: Mapping[str, object], directory: Path) -> BrokerSettings:
    """The broker of a source; mistakes go to the reader."""
    remedy = words("words-give-broker-s-address-such-broker")
    text = reader.text(raw, "broker", needed=remedy)
    host, port, scheme = _split(text)
    if text and not host:
        reader.say("broker", wrong(text), words("words-user-password-belong-into-secrets", remedy=remedy))
    paths = {key: reader.text(raw, key) for key in ("ca", "certificate", "private_key")}
    if bool(paths["certificate"]) != bool(paths["private_key"]):
        missing = "private_key" if paths["certificate"] else "certificate"
        reader.say(missing, words("words-missing"), words("words-give-certificate-private-key-together"))
    if scheme == "mqtt" and any(paths.values()):
        reader.say(
            "broker", words("words-not-encrypted-there-are-certificates"), words("words-write-broker-mqtts")
        )
    found = {key: (directory / path).absolute() if path else None for key, path in paths.items()}
    return BrokerSettings(
        host,
        port,
        scheme == "mqtts",
        found["ca"],
        found["certificate"],
        found["private_key"],
        reader.text(raw, "client_id"),
        reader.whole(raw, "keepalive_s", 10, lowest=5, highest=65_535),
        reader.flag(raw, "plain_password"),
    )


def _split(text: str) -> tuple[str, int, str]:
    """Host, port and scheme; an empty host if the text is not the address of a broker."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "", 0, ""
    is_address = parts.scheme in _PORTS and parts.path in ("", "/") and not (parts.query or parts.fragment)
    if not is_address or parts.username or parts.password or not parts.hostname:
        return "", 0, ""
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme


def _no_password() -> bytes:
    """An empty passphrase, so that OpenSSL does not ask for one on the terminal."""
    return b""
