"""Why a target ended, in another language than the server's."""

from __future__ import annotations

import pytest

from setpoint.contract.live import By, ByKind
from setpoint.workbook.reasons import end_words

STOP = By(ByKind.SAFETY, "EMERGENCY_STOP")


@pytest.mark.parametrize("by", [STOP, None], ids=["with who", "without who"])
@pytest.mark.parametrize(
    ("message", "german"),
    [
        ("EMERGENCY_STOP", "NOT-HALT"),
        ("EMERGENCY_STOP: guard door: open", "NOT-HALT: guard door: open"),
        ("FAULT: belt torn", "STÖRUNG: belt torn"),
    ],
)
def test_a_blocked_target_names_the_stop_and_its_cause(by: By | None, message: str, german: str) -> None:
    assert end_words("blocked", by, message, None, "de") == german
    assert end_words("blocked", by, message, None, "en") == message


def test_a_voided_target_names_the_stop_as_people_say_it() -> None:
    assert end_words("cancelled", STOP, "voided by EMERGENCY_STOP", None, "de") == "Verworfen durch NOT-HALT"


def test_a_sentence_that_begins_with_another_word_is_no_stop() -> None:
    assert end_words("blocked", None, "IDLE: waits", None, "de").startswith("Nicht übernommen")
