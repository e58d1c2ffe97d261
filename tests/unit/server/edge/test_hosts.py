"""The server's own host names, and which pages are its own."""

from __future__ import annotations

import pytest

from setpoint.server.edge.hosts import Hosts, is_own_origin

HOSTS = Hosts(["board.plant.example", "*.lines.example", "Hall7."])


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8000",
        "127.0.0.1",
        "[::1]:8000",
        "10.1.2.3:80",
        "board.plant.example",
        "BOARD.plant.example.:443",
        "a.lines.example",
        "hall7",
    ],
)
def test_the_server_answers_to_its_names_and_to_any_address(host: str) -> None:
    assert HOSTS.answers_to(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evilboard.plant.example",
        "lines.example",
        "board.plant.example.evil.example",
        "localhost@evil.example",
        "localhost:8000:9",
        "127.0.0.1.evil.example",
        "a b",
        "127.0.0.1\r\nX: y",
        "[::1",
    ],
)
def test_the_server_does_not_answer_to_other_names(host: str) -> None:
    assert not HOSTS.answers_to(host)
    assert HOSTS.refuse(None, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://Board.example", "board.example"),
        ("https://board.example", "board.example:443"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_a_page_of_this_server_has_its_own_origin(origin: str, host: str) -> None:
    assert is_own_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "127.0.0.1:8000"),
        ("http://127.0.0.1:8001", "127.0.0.1:8000"),
        ("null", "127.0.0.1:8000"),
        ("", "127.0.0.1:8000"),
        ("file://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1", "[::1]:8000"),
        ("http://127.0.0.1:99999", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000@evil.example", "127.0.0.1:8000"),
    ],
)
def test_other_pages_have_a_foreign_origin(origin: str, host: str) -> None:
    assert not is_own_origin(origin, host)
