"""Which pages may connect, and which host names the server accepts."""

from __future__ import annotations

import pytest

from setpoint.server.live import OriginPolicy

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://board.example", "localhost"),
    ],
)
def test_own_pages_programs_and_allowed_origins_may_connect(origin: str | None, host: str) -> None:
    policy = OriginPolicy(hosts=LOOPBACK, origins=frozenset({"https://board.example"}))
    assert policy.refuse(origin, host) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "127.0.0.1:8000"),
        ("http://127.0.0.1:9000", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000.evil.example", "127.0.0.1:8000"),
        ("null", "127.0.0.1:8000"),
        ("file://", "127.0.0.1:8000"),
        ("http://[", "127.0.0.1:8000"),
        ("http://evil.example", "evil.example"),
        (None, "evil.example"),
        (None, None),
        (None, "["),
    ],
)
def test_foreign_pages_and_foreign_names_are_refused(origin: str | None, host: str | None) -> None:
    refusal = OriginPolicy(hosts=LOOPBACK).refuse(origin, host)
    assert refusal is not None
    assert len(refusal) > 20, "it says what was received and what to do"
