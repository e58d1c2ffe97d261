"""Names: one function in each direction (ID-1), and lenient reading of a workbook's cell (ID-2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.contract.topics import (
    DASHBOARD,
    TopicKind,
    entity_key,
    fold,
    line_topic,
    machine_id,
    read_machine_id,
    topic_kind,
)
from setpoint.errors import MisuseError

numbers = st.from_regex(r"[0-9]{1,12}", fullmatch=True)


@pytest.mark.rule("ID-1")
@given(numbers)
def test_a_machine_id_and_its_entity_key_lead_back_to_each_other(number: str) -> None:
    assert entity_key(f"m:{number}") == f"m_{number}"
    assert machine_id(entity_key(f"m:{number}")) == f"m:{number}"


@pytest.mark.rule("ID-1")
@pytest.mark.parametrize("text", ["m_402", "M:402", "402", "m:", "m:4-x", "m:402 ", "", "m:١٢"])
def test_a_text_that_is_not_a_machine_id_is_refused(text: str) -> None:
    with pytest.raises(MisuseError, match="such as m:402, but got"):
        entity_key(text)


@pytest.mark.rule("ID-1")
def test_the_three_levels_of_topics_are_distinguished_by_name() -> None:
    assert topic_kind(DASHBOARD) is TopicKind.PLANT
    assert topic_kind(line_topic("01")) is TopicKind.LINE
    assert topic_kind("m:402") is TopicKind.MACHINE
    assert [topic_kind(name) for name in ("dashboard", "line:", "line:a b", "m_402", "")] == [None] * 5


@pytest.mark.rule("ID-2")
@pytest.mark.parametrize("cell", ["m:402", " m:402", "m:402\u00a0", "\ufeffm:402"])
def test_a_trimmed_id_is_exact(cell: str) -> None:
    found = read_machine_id(cell)
    assert found is not None
    assert (found.id, found.is_exact) == ("m:402", True)


@pytest.mark.rule("ID-2")
@pytest.mark.parametrize("cell", ["M:402", "m_402", "402", 402, 402.0, "M 402", "m\u2011402", "m402"])
def test_other_spellings_are_read_with_a_warning(cell: str | float) -> None:
    found = read_machine_id(cell)
    assert found is not None
    assert (found.id, found.is_exact) == ("m:402", False)


@pytest.mark.rule("ID-2")
@pytest.mark.parametrize(
    "cell", ["", "press", "1E5", "40.2", 40.2, -1, True, float("nan"), float("inf"), "m:", "m::402"]
)
def test_a_text_that_names_no_machine_gives_none(cell: str | float) -> None:
    assert read_machine_id(cell) is None


@pytest.mark.rule("ID-2")
def test_leading_zeros_are_kept() -> None:
    assert read_machine_id("m:007") != read_machine_id("m:7")
    found = read_machine_id("007")
    assert found is not None
    assert found.id == "m:007"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
