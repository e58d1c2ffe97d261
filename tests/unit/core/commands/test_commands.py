"""Batches, from the request to the outcome of each item."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from tests.unit.core.commands.shell import ANNA, BERT, ON_LINE_01, Shell, tx

from setpoint.contract.http.batches import BatchKind, BatchRequest
from setpoint.contract.http.machines import EventKind, FieldRev
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import Quality
from setpoint.core.commands import AnswerReady, Commands, Echo, RecordBatch, RecordOutcomes
from setpoint.core.commands.inflight import Batch
from setpoint.core.events.factory import EventFactory
from setpoint.core.plant import STANDARD_FIELDS, Answer, Person, Report, Role, WriteAnswer, demo_plant
from setpoint.core.plant.wording import words
from setpoint.errors import RequestError
from setpoint.message import Message
from setpoint.texts import localized

SPEED = "targetSpeed"


@pytest.fixture
def shell() -> Shell:
    return Shell().ready()


# Order of effects


@pytest.mark.rule("CMD-1")
def test_nothing_leaves_before_the_batch_is_stored(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}})
    assert shell.writes == []
    shell.store()
    assert shell.written() == [("m_401", SPEED, 150)]
    assert shell.log[:2] == ["record", "dispatch"]


@pytest.mark.rule("CMD-1")
def test_an_outcome_is_recorded_then_echoed_then_answered(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.answer(1, "m_401", SPEED)
    shell.log.clear()
    shell.report("m_401", targetSpeed=150)
    assert shell.log == ["outcomes", "echo", "answer"]


@pytest.mark.rule("CMD-1")
def test_permission_is_checked_before_interlock_and_interlock_before_the_base(shell: Shell) -> None:
    shell.stop("m_411")
    shell.stop("m_401")
    stale = {"m_401": {SPEED: 0}, "m_411": {SPEED: 0}}
    shell.submit(1, {"m_401": {SPEED: 150}, "m_411": {SPEED: 150}}, ON_LINE_01, base=stale)
    results = {result.machine: result for result in shell.answers[tx(1)].results}
    assert results["m_411"].outcome is Outcome.REJECTED
    assert results["m_411"].message == "needs operator on line 02"
    assert results["m_401"].outcome is Outcome.BLOCKED


@pytest.mark.rule("CMD-1")
def test_a_batch_that_could_not_be_stored_leaves_nothing_behind(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.waiting[:] = shell.commands.not_recorded(tx(1))
    shell.is_storing = True
    shell.wait(10_000)
    assert shell.writes == []
    assert shell.echoes == []
    assert shell.answers == {}
    assert shell.revs == {"m_401": {SPEED: 1}}, "without the rev nobody could ever write to the field again"
    shell.submit(1, {"m_401": {SPEED: 150}})
    assert shell.written() == [("m_401", SPEED, 150)]


@pytest.mark.rule("CMD-1", "CMD-3")
def test_no_results_are_sent_before_they_are_stored(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.wait(2_999)
    assert [effect for effect in shell.waiting if isinstance(effect, AnswerReady)] == []
    found = shell.commands.batch(tx(1))
    assert found is not None
    assert [(item.outcome, item.rev) for item in found.items] == [(Outcome.PENDING, None)]
    shell.is_storing = True
    shell.store()
    shell.wait(1)
    assert shell.answers[tx(1)].results[0].outcome is Outcome.PENDING


@pytest.mark.rule("CMD-1", "CMD-3")
def test_an_immediate_refusal_is_not_answered_before_it_is_stored(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 3001}})
    found = shell.commands.batch(tx(1))
    assert found is not None
    (item,) = found.items
    assert (item.asked, item.outcome, item.message) == (3001, Outcome.PENDING, None)
    shell.store()
    assert shell.outcomes(1) == [Outcome.REJECTED]


@pytest.mark.rule("CMD-1")
def test_a_large_batch_leaves_in_parts_and_each_item_once() -> None:
    shell = Shell(demo_plant(machines=1200)).ready()
    shell.submit(1, {machine: {SPEED: 150} for machine in shell.plant.machines})
    assert shell.log == ["record", "dispatch", "more", "dispatch", "more", "dispatch"]
    assert [write.machine for write in shell.writes] == list(shell.plant.machines)


# Repeated requests


@pytest.mark.rule("CMD-2")
def test_the_same_batch_again_gets_the_stored_answer_and_is_not_sent_again(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=150)
    first = shell.answers.pop(tx(1))
    shell.submit(1, {"m_401": {SPEED: 150}})
    assert shell.answers[tx(1)] == first
    assert len(shell.writes) == 1


@pytest.mark.rule("CMD-2")
def test_the_same_batch_from_storage_gets_the_stored_answer(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=150)
    stored = shell.batches[tx(1)]
    shell.wait(120_000)
    assert not shell.commands.knows(tx(1))
    request = BatchRequest(tx(1), {"m_401": {SPEED: 150}})
    (ready,) = shell.commands.submit(request, ANNA, shell.now_ms, shell.ts, stored=stored)
    assert ready == AnswerReady(tx(1), shell.answers[tx(1)])


@pytest.mark.rule("CMD-2")
@pytest.mark.parametrize("is_settled", [True, False])
def test_a_tx_id_with_another_body_or_by_another_person_is_refused(shell: Shell, is_settled: bool) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    if is_settled:
        shell.report("m_401", targetSpeed=150)
    for updates, person in (({"m_401": {SPEED: 151}}, ANNA), ({"m_401": {SPEED: 150}}, BERT)):
        with pytest.raises(RequestError) as refused:
            shell.submit(1, updates, person)
        assert refused.value.code == "tx-id-reused"


@pytest.mark.rule("CMD-2", "CMD-3")
def test_a_batch_that_is_asked_again_before_its_end_at_restart_is_stored_ends_once(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    restarted = Shell(commands=Commands(shell.plant, shell.machines))
    restarted.batches = dict(shell.batches)
    restarted.is_storing = False
    restarted.play(restarted.commands.restored([shell.batches[tx(1)]], 0, shell.ts))
    restarted.submit(1, {"m_401": {SPEED: 150}})
    restarted.report("m_401", targetSpeed=150)
    restarted.store()
    assert restarted.outcomes(1) == [Outcome.UNKNOWN, Outcome.APPLIED]
    assert restarted.answers[tx(1)].results[0].outcome is Outcome.UNKNOWN


@pytest.mark.rule("CMD-2")
def test_a_batch_that_is_still_running_says_so(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    with pytest.raises(RequestError) as refused:
        shell.submit(1, {"m_401": {SPEED: 150}})
    assert refused.value.code == "in-progress"


@pytest.mark.rule("CMD-1", "CMD-2")
def test_a_stored_batch_whose_run_is_over_becomes_unknown_and_is_not_sent_again(shell: Shell) -> None:
    request = BatchRequest(tx(1), {"m_401": {SPEED: 150}})
    recorded = shell.commands.submit(request, ANNA, 0, 0.0)[0]
    assert isinstance(recorded, RecordBatch)
    later = Shell().ready()
    later.batches[tx(1)] = recorded.batch
    later.play(later.commands.submit(request, ANNA, 0, 0.0, stored=recorded.batch))
    assert [result.outcome for result in later.answers[tx(1)].results] == [Outcome.UNKNOWN]
    assert later.writes == []
    assert later.batches[tx(1)].items[0].outcome is Outcome.UNKNOWN


# Outcomes of items


@pytest.mark.rule("CMD-3")
def test_a_machine_that_takes_and_reports_the_target_has_applied_it(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.answer(1, "m_401", SPEED)
    assert shell.outcomes(1) == []
    shell.report("m_401", targetSpeed=150)
    (echo,) = shell.echoes
    assert (echo.outcome, echo.value, echo.rev, echo.by) == (
        Outcome.APPLIED,
        150,
        1,
        By(ByKind.OPERATOR, "anna"),
    )
    assert shell.answers[tx(1)].status == "done"


@pytest.mark.rule("CMD-3", "TX-3")
def test_a_report_that_overtakes_the_answer_settles_the_item_and_the_answer_changes_nothing(
    shell: Shell,
) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=150)
    shell.answer(1, "m_401", SPEED, Answer.REFUSED)
    assert shell.outcomes(1) == [Outcome.APPLIED]


@pytest.mark.rule("CMD-3")
def test_a_machine_that_reports_150_0_for_150_has_applied_it(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=150.0000001)
    assert shell.outcomes(1) == [Outcome.APPLIED]


@pytest.mark.rule("CMD-3")
def test_a_machine_that_refuses_has_failed_the_item(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.answer(1, "m_401", SPEED, Answer.REFUSED, "manual mode")
    (result,) = shell.answers[tx(1)].results
    assert (result.outcome, result.message) == (Outcome.FAILED, "manual mode")


@pytest.mark.rule("CMD-3")
def test_the_answer_comes_within_3_s_with_what_is_known_by_then(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150, "mode": "IDLE"}})
    shell.answer(1, "m_401", SPEED)
    shell.wait(2_999)
    assert shell.answers == {}
    shell.wait(1)
    answer = shell.answers[tx(1)]
    assert answer.status == "in-progress"
    assert [result.outcome for result in answer.results] == [Outcome.ACCEPTED, Outcome.PENDING]


@pytest.mark.rule("CMD-3")
def test_a_machine_that_reports_another_value_for_5_s_diverges(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.answer(1, "m_401", SPEED)
    shell.report("m_401", targetSpeed=140)
    shell.wait(4_999)
    assert shell.outcomes(1) == []
    shell.wait(1)
    (echo,) = shell.echoes
    assert (echo.outcome, echo.value, echo.message) == (Outcome.DIVERGED, 140, "the machine reports 140")
    assert shell.events == []


@pytest.mark.rule("CMD-3")
def test_a_report_that_was_on_its_way_before_the_write_does_not_settle_it(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.answer(1, "m_401", SPEED)
    shell.report("m_401", targetSpeed=100)
    shell.report("m_401", targetSpeed=150)
    assert shell.outcomes(1) == [Outcome.APPLIED]


@pytest.mark.rule("CMD-3")
@pytest.mark.parametrize("is_taken", [True, False])
def test_silence_for_5_s_is_unknown_and_never_failed(shell: Shell, is_taken: bool) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    if is_taken:
        shell.answer(1, "m_401", SPEED)
    shell.wait(5_000)
    (echo,) = shell.echoes
    assert echo.outcome is Outcome.UNKNOWN
    assert echo.message is not None
    assert ("accepted it" in echo.message) is is_taken


@pytest.mark.rule("CMD-3")
def test_values_that_the_machine_itself_doubts_settle_nothing(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    for report in (
        Report("m_401", {SPEED: 150}, 0.0, Quality.UNCERTAIN),
        Report("m_401", {SPEED: None}, 0.0),
    ):
        shell.play(shell.commands.reported([report], 0, 0.0))
    assert shell.echoes == []


@pytest.mark.rule("CMD-3", "LOCK-2")
def test_a_newer_target_for_a_field_supersedes_the_one_under_way(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_401": {SPEED: 160}}, BERT)
    (echo,) = shell.echoes
    assert (echo.outcome, echo.by) == (Outcome.SUPERSEDED, By(ByKind.OPERATOR, "bert"))
    shell.report("m_401", targetSpeed=150)
    shell.report("m_401", targetSpeed=160)
    assert shell.outcomes(2) == [Outcome.APPLIED]
    assert shell.outcomes(1) == [Outcome.SUPERSEDED]
    assert shell.events == []


def test_a_target_whose_recording_took_longer_than_a_newer_ones_does_not_leave_after_it(shell: Shell) -> None:
    older = shell.commands.submit(BatchRequest(tx(1), {"m_401": {SPEED: 150}}), ANNA, 0, shell.ts)
    shell.submit(2, {"m_401": {SPEED: 160}}, BERT)
    shell.play(older)
    assert shell.written() == [("m_401", SPEED, 160)]
    assert shell.outcomes(1) == [Outcome.SUPERSEDED]


@pytest.mark.rule("PRE-1", "CMD-6")
def test_a_target_does_not_leave_over_what_the_machine_changed_since_it_was_accepted(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    shell.report("m_401", targetSpeed=80)
    shell.is_storing = True
    shell.store()
    assert shell.writes == []
    [item] = shell.batches[tx(1)].items
    assert (item.outcome, item.by, item.rev, item.reported) == (
        Outcome.CONFLICT,
        By(ByKind.DEVICE, "m:401"),
        2,
        80,
    )
    shell.submit(2, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 2}})
    assert shell.written() == [("m_401", SPEED, 150)]


@pytest.mark.rule("PRE-1", "SAFE-3")
def test_a_batch_that_waits_for_a_second_person_keeps_the_revs_of_its_arrival(shell: Shell) -> None:
    request = BatchRequest(tx(1), {"m_401": {SPEED: 150}, "m_402": {SPEED: 150}})
    base = shell.commands.base_of(request)
    assert base == {"m_401": {SPEED: 0}, "m_402": {SPEED: 0}}
    shell.stop("m_401")
    shell.clear("m_401")
    shell.submit(1, request.updates, base=base)
    assert shell.written() == [("m_402", SPEED, 150)]
    assert shell.outcomes(1) == [Outcome.CONFLICT]


@pytest.mark.rule("TX-4")
def test_a_target_that_changes_nothing_is_applied_when_it_is_taken(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 100}})
    shell.report("m_401", targetSpeed=100)
    assert shell.outcomes(1) == []
    shell.answer(1, "m_401", SPEED)
    assert shell.outcomes(1) == [Outcome.APPLIED]


@pytest.mark.rule("TOL-1", "CMD-3")
@pytest.mark.parametrize(
    ("tolerance", "target", "reported", "expected"),
    [
        (None, 1.2, 1.0, Outcome.DIVERGED),
        (None, 10.4, 10, Outcome.DIVERGED),
        (None, 1.2, 1.2000000476837158, Outcome.APPLIED),
        (None, 150, 150.0, Outcome.APPLIED),
        (0.5, 1.2, 1.0, Outcome.APPLIED),
        (0.5, 1.2, 1.8, Outcome.DIVERGED),
    ],
)
def test_applied_means_that_the_machine_reports_the_target_and_not_that_a_screen_shows_it(
    tolerance: float | None, target: float, reported: float, expected: Outcome
) -> None:
    fields = tuple(
        replace(field, tolerance=tolerance, decimals=0) if field.name == SPEED else field
        for field in STANDARD_FIELDS
    )
    shell = Shell(replace(demo_plant(), fields=fields)).ready()
    shell.submit(1, {"m_401": {SPEED: target}})
    shell.answer(1, "m_401", SPEED)
    shell.report("m_401", targetSpeed=reported)
    shell.wait(5_000)
    assert shell.outcomes(1) == [expected]


@pytest.mark.rule("TX-4")
def test_a_target_that_changes_nothing_can_be_refused(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 100}})
    shell.report("m_401", targetSpeed=100)
    shell.answer(1, "m_401", SPEED, Answer.REFUSED)
    assert shell.outcomes(1) == [Outcome.FAILED]


@pytest.mark.rule("TX-4")
def test_a_target_back_to_the_earlier_value_waits_for_the_target_that_is_still_under_way(
    shell: Shell,
) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_401": {SPEED: 100}})
    shell.answer(2, "m_401", SPEED)
    assert shell.outcomes(2) == []
    shell.report("m_401", targetSpeed=150)
    shell.report("m_401", targetSpeed=100)
    assert shell.outcomes(2) == [Outcome.APPLIED]


@pytest.mark.rule("TX-4")
def test_a_target_back_to_the_earlier_value_is_applied_at_last_if_nothing_is_reported_in_between(
    shell: Shell,
) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_401": {SPEED: 100}})
    shell.answer(2, "m_401", SPEED)
    shell.wait(5_000)
    assert shell.outcomes(2) == [Outcome.APPLIED]


# Refusals and conflicts


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        ({"m_999": {SPEED: 1}}, "there is no machine 'm_999' in this plant"),
        ({"m_401": {"speed": 1}}, "speed is measured by the machine and cannot be set"),
        (
            {"m_401": {"spede": 1}},
            "there is no field 'spede'; the fields that can be set are targetSpeed, mode",
        ),
        ({"m_401": {SPEED: 3001}}, "targetSpeed takes a number from 0 to 3000 rpm, not 3001"),
        ({"m_401": {SPEED: float("nan")}}, "targetSpeed takes a number from 0 to 3000 rpm, not nan"),
        ({"m_401": {SPEED: True}}, "targetSpeed takes a number from 0 to 3000 rpm, not True"),
        ({"m_401": {"mode": "OFF"}}, "mode takes one of RUN, IDLE, MAINTENANCE, not 'OFF'"),
    ],
)
def test_a_mistake_in_one_item_rejects_that_item_and_says_why(
    shell: Shell, updates: dict[str, dict[str, float]], message: str
) -> None:
    shell.submit(1, {**updates, "m_403": {SPEED: 150}})
    first, last = shell.batches[tx(1)].items
    assert (first.outcome, first.message) == (Outcome.REJECTED, message)
    assert last.outcome is Outcome.PENDING
    assert shell.written() == [("m_403", SPEED, 150)]


def test_a_machine_that_a_person_may_not_see_is_refused_like_one_that_does_not_exist(shell: Shell) -> None:
    shell.stop("m_421")
    shell.submit(1, {"m_421": {SPEED: 150}, "m_999": {SPEED: 150}}, ON_LINE_01)
    hidden, missing = shell.answers[tx(1)].results
    assert str(hidden).replace("m_421", "m_999") == str(missing)
    assert [echo for echo in shell.echoes if echo.tx_id == tx(1)] == []


def test_a_field_that_needs_a_reason_is_not_set_without_one() -> None:
    fields = tuple(replace(field, needs_reason=field.name == SPEED) for field in STANDARD_FIELDS)
    shell = Shell(replace(demo_plant(), fields=fields)).ready()
    shell.submit(1, {"m_401": {SPEED: 150}}, reason="  ")
    (result,) = shell.answers[tx(1)].results
    assert (result.outcome, result.message) == (Outcome.REJECTED, "targetSpeed needs a reason")
    shell.submit(2, {"m_401": {SPEED: 150}}, reason="shift change")
    assert len(shell.writes) == 1


def test_a_field_that_needs_a_second_person_is_not_set_by_one() -> None:
    fields = tuple(replace(field, needs_second_person=field.name == SPEED) for field in STANDARD_FIELDS)
    shell = Shell(replace(demo_plant(), fields=fields)).ready()
    shell.submit(1, {"m_401": {SPEED: 150, "mode": "IDLE"}}, reason="shift change")
    assert shell.outcomes(1) == [Outcome.REJECTED]
    assert shell.written() == [("m_401", "mode", "IDLE")]


@pytest.mark.rule("CMD-3")
def test_a_target_that_is_refused_at_once_goes_out_on_the_stream_when_it_is_recorded(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 3001}})
    assert shell.outcomes(1) == [Outcome.REJECTED]
    assert shell.log.index("record") < shell.log.index("echo")


@pytest.mark.rule("CONF-1")
def test_a_base_that_has_moved_is_a_conflict_with_value_rev_and_name(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 155}})
    shell.submit(2, {"m_401": {SPEED: 150}}, BERT, base={"m_401": {SPEED: 0}})
    (result,) = shell.answers[tx(2)].results
    assert (result.outcome, result.value, result.rev) == (Outcome.CONFLICT, 155, 1)
    assert result.by == By(ByKind.OPERATOR, "anna")
    shell.submit(3, {"m_401": {SPEED: 150}}, BERT, base={"m_401": {SPEED: 1}})
    assert len(shell.writes) == 2


def test_the_second_of_two_batches_with_one_base_is_the_conflict_even_while_the_first_is_being_stored(
    shell: Shell,
) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 155}}, base={"m_401": {SPEED: 0}})
    shell.submit(2, {"m_401": {SPEED: 150}}, BERT, base={"m_401": {SPEED: 0}})
    shell.store()
    assert shell.outcomes(2) == [Outcome.CONFLICT]
    assert shell.written() == [("m_401", SPEED, 155)]


@pytest.mark.rule("CONF-1", "LOCK-2")
def test_two_targets_of_one_person_with_one_base_are_no_conflict_and_the_newer_counts(
    shell: Shell,
) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    shell.submit(2, {"m_401": {SPEED: 160}}, base={"m_401": {SPEED: 0}})
    shell.report("m_401", targetSpeed=160)
    assert (shell.outcomes(1), shell.outcomes(2)) == ([Outcome.SUPERSEDED], [Outcome.APPLIED])


@pytest.mark.rule("CONF-1", "SAFE-3")
@pytest.mark.parametrize("between", ["another person", "the machine", "a stop"])
def test_a_change_between_two_targets_of_one_person_is_a_conflict_for_the_second(
    shell: Shell, between: str
) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    shell.report("m_401", targetSpeed=150)
    if between == "another person":
        shell.submit(2, {"m_401": {SPEED: 170}}, BERT)
        shell.report("m_401", targetSpeed=170)
        shell.submit(3, {"m_401": {SPEED: 170}})
    elif between == "the machine":
        shell.report("m_401", targetSpeed=99)
    else:
        shell.stop("m_401")
        shell.clear("m_401")
    shell.submit(4, {"m_401": {SPEED: 160}}, base={"m_401": {SPEED: 0}})
    assert shell.outcomes(4) == [Outcome.CONFLICT]


@pytest.mark.rule("CONF-1")
def test_an_undo_has_the_base_that_it_names_even_after_a_later_target_of_the_same_person(
    shell: Shell,
) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_401": {SPEED: 160}})
    request = BatchRequest(tx(3), {"m_401": {SPEED: 100}}, {"m_401": {SPEED: 1}})
    shell.play(shell.commands.submit(request, ANNA, 0, shell.ts, kind=BatchKind.UNDO, follows=tx(1)))
    assert shell.outcomes(3) == [Outcome.CONFLICT]


@pytest.mark.rule("CONF-1")
def test_the_last_target_of_a_person_before_a_restart_is_still_known_as_theirs(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_401": {SPEED: 160}})
    restarted = Shell(
        commands=Commands(shell.plant, shell.machines, revs=[shell.commands.rev("m_401", SPEED)])
    )
    restarted.submit(3, {"m_401": {SPEED: 170}}, base={"m_401": {SPEED: 0}})
    restarted.submit(4, {"m_401": {SPEED: 170}}, base={"m_401": {SPEED: 1}})
    assert restarted.outcomes(3) == [Outcome.CONFLICT]
    assert restarted.written() == [("m_401", SPEED, 170)]


@pytest.mark.rule("CMD-4")
def test_all_or_nothing_refuses_every_item_if_one_is_refused(shell: Shell) -> None:
    with pytest.raises(RequestError) as refused:
        shell.submit(1, {"m_401": {SPEED: 150}, "m_402": {SPEED: 3001}}, atomic=True)
    assert refused.value.code == "atomic-refused"
    results = refused.value.detail.results  # type: ignore[attr-defined]  # detail is `object` by its interface
    assert [result.outcome for result in results] == [Outcome.CANCELLED, Outcome.REJECTED]
    assert (shell.writes, shell.batches, shell.revs) == ([], {}, {})
    shell.submit(1, {"m_401": {SPEED: 150}, "m_402": {SPEED: 160}}, atomic=True)
    assert len(shell.writes) == 2


# Stops


@pytest.mark.rule("SAFE-3")
@pytest.mark.parametrize("status", ["EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK"])
def test_a_machine_that_is_stopped_is_blocked_and_the_answer_says_since_when_and_by_what(
    shell: Shell, status: str
) -> None:
    shell.now_ms = 5_000
    shell.stop("m_401", status)
    shell.submit(1, {"m_401": {SPEED: 150}})
    (result,) = shell.answers[tx(1)].results
    assert (result.outcome, result.since, result.by) == (Outcome.BLOCKED, shell.ts, By(ByKind.SAFETY, status))
    assert result.message == f"{status}: door 3"
    assert shell.writes == []


@pytest.mark.rule("SAFE-2", "SAFE-3")
@pytest.mark.parametrize("is_over", [False, True])
def test_a_stop_between_acceptance_and_dispatch_cancels_even_when_it_is_over_by_then(
    shell: Shell, is_over: bool
) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}, "m_402": {SPEED: 150}})
    shell.stop("m_401")
    if is_over:
        shell.clear("m_401")
    shell.is_storing = True
    shell.store()
    assert shell.written() == [("m_402", SPEED, 150)]
    (echo,) = [echo for echo in shell.echoes if echo.tx_id == tx(1)]
    assert (echo.outcome, echo.message) == (Outcome.CANCELLED, "voided by EMERGENCY_STOP")
    assert echo.by == By(ByKind.SAFETY, "EMERGENCY_STOP")


@pytest.mark.rule("SAFE-2")
def test_clients_that_were_away_get_a_stop_as_an_outcome_of_every_field(shell: Shell) -> None:
    shell.stop("m_401")
    shell.clear("m_401")
    echoes = [(echo.tx_id, echo.outcome, echo.rev, echo.by) for echo in shell.echoes]
    by = By(ByKind.SAFETY, "EMERGENCY_STOP")
    assert echoes == [
        ("safety:m_401:targetSpeed:1", Outcome.CANCELLED, 1, by),
        ("safety:m_401:mode:1", Outcome.CANCELLED, 1, by),
    ]


@pytest.mark.rule("SAFE-2", "SEQ-5")
@pytest.mark.parametrize(("hours", "expected"), [(1, [SPEED]), (25, [])])
def test_a_stop_of_an_earlier_run_is_reported_again_for_a_day(
    shell: Shell, hours: int, expected: list[str]
) -> None:
    shell.stop("m_401")
    commands = Commands(shell.plant, shell.machines, revs=[shell.commands.rev("m_401", SPEED)])
    (*effects,) = commands.restored([], 0, shell.ts + hours * 3600)
    assert [
        echo.field for effect in effects if isinstance(effect, Echo) for echo in effect.outcomes
    ] == expected


@pytest.mark.rule("SAFE-3")
def test_the_check_is_repeated_at_dispatch_with_the_live_record(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.machines["m_401"]["status"] = "FAULT"
    shell.is_storing = True
    shell.store()
    assert (shell.writes, shell.outcomes(1)) == ([], [Outcome.CANCELLED])


@pytest.mark.rule("SAFE-3")
def test_a_stop_between_the_parts_of_a_large_batch_keeps_back_what_has_not_left() -> None:
    shell = Shell(demo_plant(machines=600)).ready()
    last = list(shell.plant.machines)[-1]
    request = BatchRequest(tx(1), {machine: {SPEED: 150} for machine in shell.plant.machines})
    shell.commands.submit(request, ANNA, 0, 0.0)
    shell.commands.recorded(tx(1), 0, 0.0)
    shell.commands.asserted(last, "EMERGENCY_STOP", None, 0, 0.0)
    effects = shell.commands.dispatch(tx(1), 0, 0.0)
    settled = [item for effect in effects if isinstance(effect, RecordOutcomes) for item in effect.items]
    assert [(item.machine, item.outcome) for item in settled] == [(last, Outcome.CANCELLED)]


@pytest.mark.rule("SAFE-3", "CONF-1")
def test_a_stop_raises_the_revs_so_that_a_batch_prepared_before_it_does_not_pass_after_it(
    shell: Shell,
) -> None:
    shell.stop("m_401")
    shell.clear("m_401")
    assert shell.revs["m_401"] == {SPEED: 1, "mode": 1}
    shell.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    (result,) = shell.answers[tx(1)].results
    assert (result.outcome, result.by) == (Outcome.CONFLICT, By(ByKind.SAFETY, "EMERGENCY_STOP"))


@pytest.mark.rule("SAFE-4")
@pytest.mark.parametrize("quality", ["UNCERTAIN", "STALE", "BAD", "OFFLINE", "NEVER_SEEN"])
def test_a_machine_that_is_not_good_is_not_written_to(shell: Shell, quality: str) -> None:
    shell.machines["m_401"].update(quality=quality, seen=7.5)
    shell.submit(1, {"m_401": {SPEED: 150}})
    (result,) = shell.answers[tx(1)].results
    assert (result.outcome, result.since) == (Outcome.BLOCKED, 7.5)
    assert quality in str(result.message)


@pytest.mark.rule("SAFE-4")
def test_a_machine_that_is_lost_before_dispatch_is_not_written_to(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.machines["m_401"]["quality"] = "OFFLINE"
    shell.is_storing = True
    shell.store()
    assert (shell.writes, shell.outcomes(1)) == ([], [Outcome.BLOCKED])


@pytest.mark.rule("SAFE-4")
def test_losing_contact_does_not_lift_a_stop(shell: Shell) -> None:
    shell.stop("m_401")
    shell.machines["m_401"]["quality"] = "OFFLINE"
    shell.submit(1, {"m_401": {SPEED: 150}})
    (result,) = shell.answers[tx(1)].results
    assert result.by == By(ByKind.SAFETY, "EMERGENCY_STOP")


def test_stops_are_recorded_from_their_assertion_to_their_end(shell: Shell) -> None:
    shell.stop("m_401")
    shell.clear("m_401")
    assert [(event.kind, event.status, event.line) for event in shell.events] == [
        (EventKind.ASSERTED, "EMERGENCY_STOP", "01"),
        (EventKind.CLEARED, "EMERGENCY_STOP", "01"),
    ]
    assert shell.events[0].cause == "door 3"


# Changes by the machine, and late reports


@pytest.mark.rule("CMD-5")
def test_commands_never_write_the_hubs_records() -> None:
    shell = Shell()
    before = {key: dict(record) for key, record in shell.machines.items()}
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.play(shell.commands.reported([Report("m_401", {SPEED: 150}, 0.0)], 0, 0.0))
    shell.wait(60_000)
    assert shell.machines == before


@pytest.mark.rule("CMD-6")
def test_a_set_point_that_nobody_asked_for_is_recorded_and_shown_as_a_change_by_the_device(
    shell: Shell,
) -> None:
    shell.report("m_401", targetSpeed=120)
    (echo,) = shell.echoes
    assert echo.tx_id == "device:m_401:targetSpeed:1"
    assert (echo.outcome, echo.rev, echo.value) == (Outcome.APPLIED, 1, 120)
    assert echo.by == By(ByKind.DEVICE, "m:401")
    (event,) = shell.events
    assert (event.kind, event.before, event.value) == (EventKind.DEVICE_CHANGE, 100, 120)
    shell.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    assert shell.outcomes(1) == [Outcome.CONFLICT]


@pytest.mark.rule("CMD-6")
def test_the_first_value_that_a_machine_ever_reports_is_not_a_change() -> None:
    shell = Shell().ready()
    assert (shell.echoes, shell.events) == ([], [])


@pytest.mark.rule("CMD-6")
def test_a_change_at_the_machine_while_a_target_is_refused_is_the_devices(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=120)
    shell.answer(1, "m_401", SPEED, Answer.REFUSED)
    assert [(echo.tx_id[:6], echo.outcome) for echo in shell.echoes] == [
        ("000000", Outcome.FAILED),
        ("device", Outcome.APPLIED),
    ]


@pytest.mark.rule("CMD-6", "LOCK-3")
def test_a_report_that_matches_an_unknown_item_settles_it_as_a_late_landing(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.wait(60_000)
    shell.report("m_401", targetSpeed=150)
    shell.report("m_401", targetSpeed=150)
    assert shell.outcomes(1) == [Outcome.UNKNOWN, Outcome.APPLIED]
    assert [event.kind for event in shell.events] == [EventKind.LATE_LANDING]
    assert shell.batches[tx(1)].items[0].message == "took effect late"


@pytest.mark.rule("CMD-6")
def test_an_item_that_is_answered_as_unknown_waits_as_long_for_its_effect(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.answer(1, "m_401", SPEED, Answer.UNKNOWN, "connection lost")
    shell.wait(590_000)
    shell.report("m_401", targetSpeed=150)
    assert shell.outcomes(1) == [Outcome.UNKNOWN, Outcome.APPLIED]


@pytest.mark.rule("CMD-6")
@pytest.mark.parametrize("is_unknown", [True, False])
def test_a_landing_after_a_stop_raises_a_warning(shell: Shell, is_unknown: bool) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    if is_unknown:
        shell.wait(5_000)
    shell.stop("m_401")
    shell.report("m_401", targetSpeed=150)
    warning = shell.events[-1]
    assert (warning.kind, warning.status, warning.tx_id) == (EventKind.STOP_BETWEEN, "EMERGENCY_STOP", tx(1))


@pytest.mark.rule("CMD-3")
def test_a_late_refusal_settles_an_unknown_item(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.wait(5_000)
    shell.answer(1, "m_401", SPEED, Answer.REFUSED)
    shell.report("m_401", targetSpeed=150)
    assert shell.outcomes(1) == [Outcome.UNKNOWN, Outcome.FAILED]


@pytest.mark.rule("CMD-6")
def test_after_a_newer_target_or_ten_minutes_an_unknown_item_stays_unknown(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_402": {SPEED: 150}})
    shell.wait(5_000)
    shell.submit(3, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=150)
    assert (shell.outcomes(1), shell.outcomes(3)) == ([Outcome.UNKNOWN], [Outcome.APPLIED])
    shell.wait(605_000)
    shell.report("m_402", targetSpeed=150)
    assert shell.outcomes(2, "m_402") == [Outcome.UNKNOWN]
    assert shell.echoes[-1].by == By(ByKind.DEVICE, "m:402")


# Restart


@pytest.mark.rule("CMD-1")
def test_after_a_restart_what_had_no_outcome_is_unknown_and_nothing_is_sent_again(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}, "m_402": {SPEED: 150}, "m_403": {SPEED: 3001}})
    shell.report("m_401", targetSpeed=150)
    after = Shell()
    after.batches = dict(shell.batches)
    after.play(after.commands.restored(shell.batches.values(), 0, after.ts))
    assert [item.outcome for item in after.batches[tx(1)].items] == [
        Outcome.APPLIED,
        Outcome.UNKNOWN,
        Outcome.REJECTED,
    ]
    assert after.writes == []
    after.ready()
    after.report("m_402", targetSpeed=150)
    assert after.outcomes(1, "m_402") == [Outcome.UNKNOWN, Outcome.APPLIED]


@pytest.mark.rule("SAFE-3")
def test_revs_go_on_after_a_restart(shell: Shell) -> None:
    commands = Commands(shell.plant, shell.machines, revs=[FieldRev("m_401", SPEED, 17, 17)])
    after = Shell(commands=commands)
    after.machines.update(shell.machines)
    assert commands.revs() == {"m_401": {SPEED: 17}}
    after.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 17}})
    assert after.batches[tx(1)].items[0].rev == 18
    assert after.revs == {"m_401": {SPEED: 18}}


def test_answers_without_a_request_are_ignored(shell: Shell) -> None:
    answers = [
        WriteAnswer(tx(9), "m_401", SPEED, Answer.TAKEN),
        WriteAnswer(tx(9), "m_1", "x", Answer.REFUSED),
    ]
    assert shell.commands.answered(answers, 0, 0.0) == []


def test_a_settled_batch_is_let_go_after_a_minute(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 3001}})
    shell.submit(2, {"m_401": {SPEED: 150}})
    shell.report("m_401", targetSpeed=150)
    shell.wait(59_999)
    assert shell.commands.batch(tx(2)) == shell.batches[tx(2)]
    shell.wait(1)
    assert not shell.commands.knows(tx(1))
    assert not shell.commands.knows(tx(2))
    assert shell.commands.next_due_ms() is None


def test_a_viewer_changes_nothing(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}}, Person("vera", {"*": Role.VIEWER}))
    assert shell.outcomes(1) == [Outcome.REJECTED]
    assert shell.writes == []


# Memory


def live_batches() -> list[Batch]:
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, Batch)]


@pytest.mark.rule("CMD-2")
def test_the_number_of_open_targets_is_limited_and_a_refused_batch_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("setpoint.core.commands.commands.MAX_TARGETS", 3)
    shell = Shell().ready()
    shell.submit(1, {"m_401": {"targetSpeed": 200}, "m_402": {"targetSpeed": 200}})
    with pytest.raises(RequestError, match="in a minute") as refused:
        shell.submit(2, {"m_403": {"targetSpeed": 200}, "m_411": {"targetSpeed": 200}})
    assert refused.value.code == "too-much-under-way"
    assert shell.commands.rev("m_403", "targetSpeed").rev == 0
    shell.submit(3, {"m_403": {"targetSpeed": 200}})
    for number, machine in ((1, "m_401"), (1, "m_402"), (3, "m_403")):
        shell.answer(number, machine, "targetSpeed")
        shell.report(machine, targetSpeed=200)
    shell.wait(61_000)
    shell.submit(2, {"m_403": {"targetSpeed": 300}, "m_411": {"targetSpeed": 200}})
    assert [write.machine for write in shell.writes[-2:]] == ["m_403", "m_411"]


@pytest.mark.rule("CMD-6")
def test_only_the_last_of_several_lost_targets_is_remembered() -> None:
    earlier = live_batches()
    shell = Shell().ready()
    for number in range(1, 51):
        shell.submit(number, {"m_401": {"targetSpeed": 200 + number}})
        shell.wait(5_000)
    assert [echo.outcome for echo in shell.echoes[-1:]] == [Outcome.UNKNOWN]
    shell.wait(61_000)
    assert [batch.header.tx_id for batch in live_batches() if batch not in earlier] == [tx(50)]
    shell.report("m_401", targetSpeed=250)
    assert shell.echoes[-1].outcome is Outcome.APPLIED


@pytest.mark.rule("CMD-1")
def test_after_a_restart_the_newest_target_waits_to_land_though_a_wall_clock_went_back(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_401": {SPEED: 160}})
    restarted = Shell(commands=Commands(shell.plant, shell.machines))
    restarted.batches.update(shell.batches)
    restarted.play(restarted.commands.restored([shell.batches[tx(2)], shell.batches[tx(1)]], 0, restarted.ts))
    restarted.report("m_401", targetSpeed=160)
    assert restarted.outcomes(2)[-1] is Outcome.APPLIED


@pytest.mark.rule("SAY-1", "CMD-3")
def test_a_refusal_has_the_code_and_the_arguments_of_its_reason_everywhere(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    reason = words("words-field-needs-reason", field=SPEED)
    shell.answer(1, "m_401", SPEED, Answer.REFUSED, reason)
    code = Message("words-field-needs-reason", {"field": SPEED})
    [result] = shell.answers[tx(1)].results
    [echo] = [each for each in shell.echoes if each.tx_id == tx(1)]
    for record in (result, echo, shell.batches[tx(1)].items[0]):
        assert (record.outcome, record.message, record.said) == (Outcome.FAILED, str(reason), code)
        assert type(record.message) is str, "msgspec encodes no other"
    [refused] = EventFactory().stored([RecordOutcomes(shell.batches[tx(1)].items)])
    assert (refused.message, refused.said) == (str(reason), code)


@pytest.mark.rule("SAY-1")
def test_refusals_of_the_server_have_codes_too(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 9_000, "mode": "DANCE", "nothing": 1}})
    messages = [localized(each.said, "", "de") for each in shell.answers[tx(1)].results]
    assert messages == [
        "targetSpeed nimmt eine Zahl von 0 bis 3000 rpm, nicht 9000",
        "mode nimmt RUN, IDLE, MAINTENANCE, nicht 'DANCE'",
        "es gibt kein Feld 'nothing'; setzen kann man targetSpeed, mode",
    ]
