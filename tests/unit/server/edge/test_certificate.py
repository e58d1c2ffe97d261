"""Renewing a certificate while the server runs."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs
from tests.contract.certificates import self_signed

from setpoint.errors import ConfigError
from setpoint.server.edge.certificate import Certificate


async def presented_certificate(context: ssl.SSLContext) -> bytes | None:
    """Returns the certificate that a new connection gets."""
    server = await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        port = server.sockets[0].getsockname()[1]
        _, out = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        try:
            found = out.get_extra_info("ssl_object").getpeercert(binary_form=True)
            return found if isinstance(found, bytes) else None
        finally:
            out.close()


def der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


async def test_new_connections_get_a_certificate_that_was_renewed(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "board")
    served = Certificate(certificate, key)
    assert await presented_certificate(served.context) == der(certificate)
    newer, newer_key = self_signed(tmp_path, "newer")
    newer.replace(certificate)
    newer_key.replace(key)
    with capture_logs() as logs:
        served.look()
        served.look()
    assert [each["event"] for each in logs] == ["certificate_renewed"]
    assert await presented_certificate(served.context) == der(certificate)


async def test_a_renewal_that_is_not_complete_leaves_the_former_certificate_and_is_taken_when_it_is(
    tmp_path: Path,
) -> None:
    certificate, key = self_signed(tmp_path, "board")
    former = der(certificate)
    served = Certificate(certificate, key)
    newer, newer_key = self_signed(tmp_path, "newer")
    for step in (lambda: newer.replace(certificate), key.unlink):
        step()
        with capture_logs() as logs:
            served.look()
            served.look()
        assert [each["event"] for each in logs] == ["certificate_not_renewed"], "once for each change"
        assert await presented_certificate(served.context) == former
    newer_key.replace(key)
    served.look()
    assert await presented_certificate(served.context) == der(certificate) != former


def test_a_key_that_others_can_read_is_named_in_the_log(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "board")
    key.chmod(0o644)
    with capture_logs() as logs:
        Certificate(certificate, key)
    assert [(each["event"], each["path"]) for each in logs] == [("others_can_read", str(key))]
    key.chmod(0o640)
    with capture_logs() as logs:
        Certificate(certificate, key)
    assert logs == [], "a group may exist for certificates"


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "board")
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    key.write_bytes(
        loaded.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    )
    with pytest.raises(ConfigError, match="protected by a passphrase"):
        Certificate(certificate, key)
