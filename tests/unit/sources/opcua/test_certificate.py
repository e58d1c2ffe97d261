"""Our certificate: only its owner can read it, the command describes it, and the source checks it before use."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from setpoint.errors import ConfigError
from setpoint.sources.opcua.certificate import make_certificate, read_certificate


def test_a_certificate_is_made_with_an_application_uri_and_a_key_for_its_owner_only(tmp_path: Path) -> None:
    certificate_file, key_file = make_certificate(tmp_path / "pki", days=10)
    certificate = read_certificate(certificate_file)
    assert certificate.application_uri.startswith("urn:")
    assert certificate.application_uri.endswith(":setpoint")
    assert certificate.problem(datetime.now(UTC)) is None
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert len(certificate.fingerprint) == 32 * 3 - 1


def test_a_key_that_servers_trust_is_never_written_over(tmp_path: Path) -> None:
    certificate_file, _ = make_certificate(tmp_path)
    before = certificate_file.read_bytes()
    with pytest.raises(ConfigError, match="exists already"):
        make_certificate(tmp_path)
    assert certificate_file.read_bytes() == before


def test_a_certificate_outside_of_its_time_says_so(tmp_path: Path) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    certificate_file, _ = make_certificate(tmp_path, days=30, now=now)
    certificate = read_certificate(certificate_file)
    assert certificate.problem(now) is None
    assert str(certificate.problem(now + timedelta(days=31))) == "expired on 2026-07-01"
    assert "is a clock wrong?" in str(certificate.problem(now - timedelta(days=1)))


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b"hello", "is not a certificate")]
)
def test_a_file_that_is_not_a_certificate_is_explained(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "x.der"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_certificate(path)
