"""Whatever a source sends, the rest of the system gets only texts in UTF-8, finite numbers and known types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.contract.values import Quality
from setpoint.core.plant import (
    Answer,
    Report,
    WriteAnswer,
    usable_answers,
    usable_reports,
    usable_text,
    usable_words,
)
from setpoint.core.plant.intake import MAX_DEPTH, MAX_REPORTED_TEXT
from setpoint.message import Message, Sentence, message_of, sentence, sentence_of
from setpoint.texts import in_language

_ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers()),
    st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)), st.datetimes(), st.decimals(),
)  # fmt: skip


def _take(**values: Any) -> Report:
    [report] = usable_reports([Report("m_401", values, 1.0)], 99.0)
    return report


@given(st.dictionaries(st.text(max_size=5), _ANYTHING, max_size=4), _ANYTHING, _ANYTHING, st.text())
def test_whatever_comes_can_be_encoded_and_every_field_is_still_there(
    values: dict[str, Any], at: Any, quality: Any, reason: str
) -> None:
    [report] = usable_reports([Report("m_401", values, at, quality, reason)], 99.0)
    assert report.values.keys() == values.keys()
    json.dumps([dict(report.values), report.at, report.reason], allow_nan=False, ensure_ascii=False).encode(
        "utf-8"
    )
    assert isinstance(report.quality, Quality)
    assert isinstance(report.at, float)


def test_a_report_with_nothing_wrong_is_passed_on_as_it_is() -> None:
    report = Report("m_401", {"speed": 1.5, "parts": 3, "mode": "RUN", "temp": None, "on": True}, 1.0)
    assert usable_reports([report], 99.0)[0] is report


@pytest.mark.parametrize(
    ("text", "usable"),
    [("\udcff", "\ufffd"), ("a\ud83d\ude00", "a😀"), ("Störung", "Störung"), ("a\0b", "a\ufffdb")],
)
def test_text_becomes_valid_utf_8(text: str, usable: str) -> None:
    assert usable_text(text) == usable
    assert _take(cause=text).values["cause"] == usable


def test_a_text_without_end_is_cut() -> None:
    cause = _take(cause="x" * 100_000).values["cause"]
    assert isinstance(cause, str)
    assert len(cause) == MAX_REPORTED_TEXT + 1


@pytest.mark.parametrize("at", [1e300, -1e300, 1e14, 253_402_300_800.0, -62_135_596_800.0])
def test_a_time_without_a_date_is_replaced_by_the_servers(at: float) -> None:
    [report] = usable_reports([Report("m_401", {"speed": 1.0}, at)], 7.0)
    assert report.at == 7.0


@pytest.mark.parametrize("at", [-11_644_473_600.0, 0.0, 253_370_764_800.0])
def test_a_time_of_any_year_with_a_date_is_kept(at: float) -> None:
    [report] = usable_reports([Report("m_401", {"speed": 1.0}, at)], 7.0)
    assert report.at == at


def test_nan_and_infinities_are_no_reading_and_the_machine_stays_good() -> None:
    report = _take(speed=float("nan"), temp=float("inf"))
    assert report.values == {"speed": None, "temp": None}
    assert report.quality is Quality.GOOD


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize("value", [[1, 2], b"bytes", datetime.now(UTC), 2**70])
def test_a_value_that_cannot_be_used_makes_the_machine_bad_with_the_reason_and_keeps_its_neighbours(
    value: object,
) -> None:
    report = _take(speed=142.0, status=value)
    assert report.values == {"speed": 142.0, "status": None}
    assert report.quality is Quality.BAD
    assert report.reason.startswith("status cannot be used: got a ")


def test_an_answer_of_a_server_becomes_valid_too() -> None:
    [answer] = usable_answers([WriteAnswer("t", "m_401", "speed", Answer.REFUSED, "nein\udcfc")])
    assert answer == WriteAnswer("t", "m_401", "speed", Answer.REFUSED, "nein\ufffd")


def _nested(depth: int) -> Message:
    return Message("x", {"why": _nested(depth - 1)} if depth > 1 else {})


@pytest.mark.rule("SAY-3")
@pytest.mark.parametrize(
    ("args", "usable"),
    [
        ({"a": "nein\udcfc\0", "b": 3}, {"a": "nein\ufffd\ufffd", "b": 3}),
        ({"a": "x" * 2_000}, {"a": "x" * MAX_REPORTED_TEXT + "…"}),
        ({"a": ["b", Message("c", {"d": "\0"})]}, {"a": ["b", Message("c", {"d": "\ufffd"})]}),
        ({"a": sentence("b", "c")}, {"a": "c"}),
        ({"why": _nested(MAX_DEPTH - 1)}, {"why": _nested(MAX_DEPTH - 1)}),
        ({"why": _nested(MAX_DEPTH)}, None),
        ({str(number): "x" * 900 for number in range(5)}, None),
        ({"a": 2**70}, None),
        ({"a": True}, None),
        ({"a": object()}, None),
        ([], None),
    ],
)
def test_the_arguments_of_a_reason_are_checked_like_its_text(args: Any, usable: Any) -> None:
    refusal = sentence_of(Message("words-x", args), "because\0")
    [answer] = usable_answers([WriteAnswer("t", "m_401", "speed", Answer.REFUSED, refusal)])
    assert answer.message == "because\ufffd"
    assert message_of(answer.message) == (None if usable is None else Message("words-x", usable))


@pytest.mark.rule("SAY-3")
def test_a_sentence_that_a_third_party_made_without_a_code_is_a_text() -> None:
    assert type(usable_words(Sentence("because"))) is str
    assert message_of(Sentence("because")) is None


@pytest.mark.rule("SAY-1")
def test_a_report_in_doubt_says_each_of_its_reasons_by_its_code() -> None:
    reason = sentence("words-metric-no-value", "the metric has no value")
    [report] = usable_reports([Report("m_401", {"speed": 2**70}, 1.0, Quality.UNCERTAIN, reason)], 99.0)
    assert report.reason == "the metric has no value; speed cannot be used: got a number of over 64 bits"
    german = in_language(report.reason, "de")
    assert (
        german
        == "die Metrik hat keinen Wert; speed ist nicht verwendbar: gekommen ist eine Zahl von über 64 Bit"
    )


def test_a_reason_has_a_limit_in_plain_letters_too() -> None:
    [report] = usable_reports([Report("m_401", {}, 1.0, Quality.BAD, "x" * 5_000)], 99.0)
    assert report.reason == "x" * MAX_REPORTED_TEXT + "…"
