"""If no birth certificate comes, the check names what the broker has instead."""

from __future__ import annotations

import pytest

from setpoint.sources.sparkplug.probe import _MAX_SEEN, _SeenPlaces


def seen_places(*places: tuple[str, str, str]) -> _SeenPlaces:
    found = _SeenPlaces()
    for place in places:
        found.add(place, "DDATA")
    return found


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (("Hall 7", "Line01", "Press1"), "check group: the broker has Hall 1, Hall 2"),
        (("Hall 1", "Line09", ""), "check node: the group Hall 1 has Line01, Line03"),
        (("Hall 1", "Line01", "Press9"), "check device: the node has Press1, Press2"),
        (
            ("Hall 1", "Line03", "Press9"),
            "no birth certificate of device Press9 of Hall 1/Line03 came within 5 s",
        ),
        (
            ("Hall 1", "Line01", "Press1"),
            "no birth certificate of device Press1 of Hall 1/Line01 came within 5 s",
        ),
    ],
)
def test_the_first_unknown_name_is_reported_with_the_existing_names(
    place: tuple[str, str, str], message: str
) -> None:
    found = seen_places(
        ("Hall 1", "Line01", "Press1"), ("Hall 1", "Line01", "Press2"), ("Hall 1", "Line03", ""),
        ("Hall 2", "Line01", ""), ("Hall 1", "Line01", "Press1"),
    )  # fmt: skip
    assert found.missing(*place).endswith(message)


def test_without_messages_the_check_names_the_broker_and_the_nodes() -> None:
    assert "is it the right broker, and are its nodes on?" in _SeenPlaces().missing("Hall 7", "Line01", "")


def test_a_host_is_no_node() -> None:
    found = _SeenPlaces()
    found.add(("Hall 7", "Line01", ""), "NCMD")  # our own request, for example
    assert not found.places


def test_a_broker_of_any_size_is_named_in_one_line() -> None:
    found = seen_places(*((f"Group {number} {'x' * 500}", "node", "") for number in range(_MAX_SEEN + 100)))
    assert len(found.places) == _MAX_SEEN
    message = found.missing("Hall 7", "Line01", "")
    assert len(message) < 700
    assert message.endswith(", …")
