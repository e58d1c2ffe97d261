"""Certificates of Setpoint and of servers: makes, reads and checks them, with a remedy if one is not valid.

Setpoint trusts only the server certificate whose file the plant file names; there is no trust on first use. The channel
is encrypted for that certificate's key, so that nobody else can answer in place of the server.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from setpoint.errors import ConfigError, SourceError
from setpoint.sources.wording import words

KEY_BITS = 2048
"""The smallest key for Basic256Sha256 and Aes256_Sha256_RsaPss, and small enough for small controllers."""

DEFAULT_DAYS = 3 * 365


@dataclass(frozen=True, slots=True)
class Certificate:
    """The parts of a certificate that OPC UA and people need."""

    der: bytes
    subject: str
    application_uri: str
    not_before: datetime
    not_after: datetime

    @property
    def fingerprint(self) -> str:
        """SHA-256, as controllers and UaExpert show it."""
        return certificate_fingerprint(self.der)

    def problem(self, now: datetime) -> str | None:
        """Why it cannot be used now; None if it can."""
        if now > self.not_after:
            return words("words-expired-on", day=f"{self.not_after:%Y-%m-%d}")
        if now < self.not_before:
            return words("words-not-valid-before", time=f"{self.not_before:%Y-%m-%d %H:%M}")
        return None


def certificate_fingerprint(der: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize().hex(":").upper()


def make_certificate(
    folder: Path,
    *,
    name: str = "setpoint",
    days: int = DEFAULT_DAYS,
    password: str | None = None,
    now: datetime | None = None,
) -> tuple[Path, Path]:
    """Writes ``NAME.der`` and ``NAME.pem`` (the private key, readable only by its owner) and returns both paths.

    Raises `ConfigError` if they exist already, because every server would have to trust the new key again.
    """
    certificate_file, key_file = folder / f"{name}.der", folder / f"{name}.pem"
    for path in (certificate_file, key_file):
        if path.exists():
            raise ConfigError(words("words-exists-already-every-server-trusts-would", path=path))
    host = socket.gethostname()
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Setpoint on {host}"[:64])])
    begin = now or datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - timedelta(hours=1))
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(f"urn:{host}:setpoint"), x509.DNSName(host)]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_KEY_USAGE, critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        certificate_file.write_bytes(certificate.public_bytes(Encoding.DER))
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    except OSError as error:
        raise ConfigError(
            words("words-cannot-be-written-give-another-folder", folder=folder, why=error.strerror)
        ) from error
    return certificate_file, key_file


_KEY_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=True,
    data_encipherment=True,
    key_agreement=False,
    key_cert_sign=True,  # self-signed: OPC UA stacks that build a chain of one look for it
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def read_certificate(path: Path) -> Certificate:
    """A certificate from a DER or PEM file. Raises `ConfigError` if the file is not a certificate."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            words("words-certificate-cannot-be-read-make-ours", path=path, why=error.strerror)
        ) from error
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            found = x509.load_pem_x509_certificate(content)
        else:
            found = x509.load_der_x509_certificate(content)
        return _described(found)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(words("words-not-certificate-give-der-pem-file", path=path)) from error


def read_private_key(path: Path, certificate: Path, *, password: str | None = None) -> rsa.RSAPrivateKey:
    """The RSA key of a certificate, from a PEM or DER file. Raises `ConfigError` for any other file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            words(
                "words-private-key-cannot-be-read-give",
                path=path,
                why=error.strerror,
                certificate=certificate,
            )
        ) from error
    load = load_pem_private_key if content.lstrip().startswith(b"-----BEGIN") else load_der_private_key
    try:
        key = load(content, password.encode() if password else None)
    # A missing or unneeded password is a TypeError.
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(words("words-private-key-cannot-be-used-its", path=path, why=error)) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigError(words("words-private-key-not-rsa-key-which", path=path))
    ours = x509.load_der_x509_certificate(read_certificate(certificate).der).public_key()
    if _bytes_of(key.public_key()) != _bytes_of(ours):
        raise ConfigError(words("words-private-key-does-not-belong-give", path=path, certificate=certificate))
    return key


def _bytes_of(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate_from_der(der: bytes, endpoint: str) -> Certificate:
    """The first certificate in the DER bytes that a server sent; in a chain, the server's own comes first.

    Raises `SourceError` if the bytes are not a certificate.
    """
    length = int.from_bytes(der[2:4], "big") + 4
    try:
        return _described(x509.load_der_x509_certificate(der[:length]))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SourceError(
            words("words-certificate-cannot-be-read-have-server", endpoint=endpoint, why=error)
        ) from error


def _described(found: x509.Certificate) -> Certificate:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except x509.ExtensionNotFound:
        uris = []
    return Certificate(
        found.public_bytes(Encoding.DER),
        found.subject.rfc4514_string(),
        uris[0] if uris else "",
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )
