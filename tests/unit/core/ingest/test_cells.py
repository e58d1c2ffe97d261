"""Numbers and texts as people and both languages see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.core.ingest.cast import read_number
from setpoint.core.ingest.cells import listed, number_text, shown, tidy


@pytest.mark.rule("XL-9")
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (150.0, "150"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1 / 3, "0.3333333333333333"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (float("inf"), "Infinity"),
    ],
)
def test_a_number_is_written_as_javascript_writes_it(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number(number: float) -> None:
    assert float(number_text(number)) == number == tidy(number)


@given(st.integers(0, 10**12), st.sampled_from(" '’.,"), st.sampled_from(".,"), st.integers(0, 99))
def test_thousands_marks_do_not_change_a_number(whole: int, mark: str, point: str, cents: int) -> None:
    if mark == point:
        return
    grouped = f"{whole:,}".replace(",", mark)
    assert read_number(f"{grouped}{point}{cents:02}") == float(f"{whole}.{cents:02}")


def test_texts_are_shown_on_one_line_and_short() -> None:
    assert shown("a\r\n\tb") == "“a b”"
    assert shown("x" * 41) == f"“{'x' * 40}…”"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
