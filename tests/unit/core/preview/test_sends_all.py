"""What is sent without a preview: every target that changes something, with the oldest relevant rev (PRE-1)."""

from __future__ import annotations

import pytest

from setpoint.contract.values import Record
from setpoint.core.plant import Plant, demo_plant
from setpoint.core.preview import Asked, Known, Preview, look, tick

PLANT: Plant = demo_plant()
SPEED = "targetSpeed"
RUNNING: Record = {"status": "RUNNING", "quality": "GOOD", SPEED: 100, "mode": "RUN"}


def preview_of(request: Asked, *, rev: int) -> Preview:
    known = Known(PLANT, {"m_401": RUNNING, "m_402": RUNNING}, {"m_401": {SPEED: rev}, "m_402": {SPEED: rev}})
    return look(Preview(request), known)


@pytest.mark.rule("PRE-1")
def test_a_target_goes_out_with_the_rev_that_was_shown_and_what_changes_nothing_does_not() -> None:
    preview = preview_of(Asked({"m_401": {SPEED: 150}, "m_402": {SPEED: 100}}), rev=3)
    assert preview.sends_all == ({"m_401": {SPEED: 150}}, {"m_401": {SPEED: 3}})


@pytest.mark.rule("PRE-1")
def test_the_rev_of_a_template_counts_before_the_one_that_was_shown() -> None:
    preview = preview_of(Asked({"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 2}}), rev=3)
    assert preview.sends_all == ({"m_401": {SPEED: 150}}, {"m_401": {SPEED: 2}})


@pytest.mark.rule("PRE-1", "PRE-5")
def test_an_undo_of_a_field_that_somebody_wrote_since_goes_out_with_the_rev_of_its_batch() -> None:
    preview = preview_of(Asked({"m_401": {SPEED: 150}}, undoes={"m_401": {SPEED: 2}}), rev=3)
    assert preview.sends_all == ({"m_401": {SPEED: 150}}, {"m_401": {SPEED: 2}})


def test_machines_and_fields_that_the_plant_does_not_have_are_no_rows_and_cannot_be_ticked() -> None:
    known = Known(PLANT, {}, {})
    preview = look(Preview(Asked({"m_999": {SPEED: 1}, "m_401": {"colour": "red"}})), known)
    assert preview.rows == ()
    assert tick(preview, ["m_999 colour"], is_in=True, known=known).rows == ()
