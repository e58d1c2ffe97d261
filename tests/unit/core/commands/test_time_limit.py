"""No late commands: after its time limit, nothing of a batch leaves, whatever was suspended (CMD-8)."""

from __future__ import annotations

import pytest
from tests.unit.core.commands.shell import ANNA, BERT, Shell, tx

from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.live import Outcome
from setpoint.contract.values import Value
from setpoint.core.commands import Arrival, Dispatch
from setpoint.core.commands.request import digest, read_request
from setpoint.core.commands.time_limit import GIVEN_UP_FOR_MS, MAX_GIVEN_UP, GivenUp
from setpoint.core.plant import FieldType, Line, Machine, Plant
from setpoint.errors import RequestError

SPEED = "targetSpeed"
TARGET: dict[str, dict[str, Value]] = {"m_401": {SPEED: 150}}
CANCELLED = [Outcome.CANCELLED]

pytestmark = pytest.mark.rule("CMD-8")


@pytest.fixture
def shell() -> Shell:
    return Shell().ready()


def refuse_submit(shell: Shell, number: int = 1, **options: object) -> RequestError:
    with pytest.raises(RequestError) as caught:
        shell.submit(number, TARGET, **options)  # type: ignore[arg-type]  # keys of `submit`
    return caught.value


def large_plant() -> Plant:
    machines = tuple(Machine(f"m_{number}", "01") for number in range(401, 401 + 1_200))
    return Plant("large", (Line("01", machines),))


# On arrival


def test_a_batch_that_is_read_after_its_not_after_is_refused_and_nothing_is_recorded(shell: Shell) -> None:
    refusal = refuse_submit(shell, not_after=shell.ts - 0.001)
    assert refusal.code == "too-late"
    assert "nothing was sent" in refusal.message
    assert (shell.log, shell.writes, shell.commands.batch(tx(1))) == ([], [], None)


@pytest.mark.parametrize("set_ahead_s", [-3_600, 0])
def test_a_batch_that_was_answered_as_too_late_does_not_leave_when_it_comes_again(
    shell: Shell, set_ahead_s: int
) -> None:
    """A request may arrive twice, and the clock may be set in between."""
    not_after = shell.ts - 1
    refuse_submit(shell, not_after=not_after)
    shell.set_ahead_s = set_ahead_s
    shell.wait(31_000)
    error = refuse_submit(shell, not_after=not_after if set_ahead_s else None)
    assert (error.code, shell.writes) == ("too-late", [])
    assert "it came again" in error.message


def test_somebody_elses_batch_of_that_tx_id_is_not_refused_and_it_is_forgotten_in_time() -> None:
    given_up = GivenUp()
    given_up.note("anna", tx(1), 0)
    assert given_up.has("anna", tx(1), GIVEN_UP_FOR_MS - 1)
    assert not given_up.has("bert", tx(1), 1)
    assert not given_up.has("anna", tx(1), GIVEN_UP_FOR_MS)
    for number in range(MAX_GIVEN_UP):
        given_up.note("bert", tx(number), 1)
    assert not given_up.has("anna", tx(1), 1), "only a bounded number is remembered"


def test_a_batch_that_was_answered_before_it_was_stored_stays_too_late_even_if_storing_failed(
    shell: Shell,
) -> None:
    shell.is_storing = False
    shell.submit(1, TARGET)
    shell.wait(3_000)
    assert shell.refusals[tx(1)].code == "too-late"
    shell.commands.not_recorded(tx(1))
    assert refuse_submit(shell).code == "too-late"


def test_a_batch_that_is_read_in_time_leaves(shell: Shell) -> None:
    shell.submit(1, TARGET, not_after=shell.ts + 0.001)
    assert shell.written() == [("m_401", SPEED, 150)]


def test_a_batch_without_not_after_counts_from_its_arrival(shell: Shell) -> None:
    arrival = Arrival(shell.now_ms, shell.ts)
    shell.wait(2_999)
    shell.submit(1, TARGET, arrival=arrival)
    shell.wait(1)
    assert refuse_submit(shell, 2, arrival=arrival).code == "too-late"
    assert [write.tx_id for write in shell.writes] == [tx(1)]


def test_a_not_after_in_the_far_future_counts_as_three_seconds_from_the_arrival(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, TARGET, not_after=shell.ts + 86_400)
    shell.wait(3_001)
    shell.store()
    assert shell.writes == []


def test_time_in_which_the_process_was_frozen_counts(shell: Shell) -> None:
    """Both clocks run on while a process is suspended."""
    arrival, not_after = Arrival(shell.now_ms, shell.ts), shell.ts + 3
    shell.wait(130_000)
    assert refuse_submit(shell, 1, arrival=arrival).code == "too-late"
    assert refuse_submit(shell, 2, not_after=not_after).code == "too-late", (
        "it waited in the socket all the time"
    )


def test_the_same_batch_again_gets_its_answer_however_late_it_is(shell: Shell) -> None:
    not_after = shell.ts + 3
    shell.submit(1, TARGET, not_after=not_after)
    shell.wait(10_000)
    shell.answers.clear()
    shell.submit(1, TARGET, not_after=not_after)
    assert shell.answers[tx(1)].results[0].outcome is Outcome.UNKNOWN


@pytest.mark.rule("CMD-2")
def test_another_not_after_does_not_make_another_batch() -> None:
    one, other = (BatchRequest(tx(1), TARGET, not_after=each) for each in (5.0, None))
    assert digest(one, "anna") == digest(other, "anna")


@pytest.mark.parametrize("wrong", ["-1", "1e300", "253402300801", '"soon"', "[]"])
def test_a_not_after_that_is_not_an_instant_is_refused_with_its_place(wrong: str) -> None:
    body = f'{{"txId": "{tx(1)}", "updates": {{"m_401": {{"targetSpeed": 150}}}}, "notAfter": {wrong}}}'
    with pytest.raises(RequestError, match="notAfter") as caught:
        read_request(body.encode())
    assert caught.value.code == "invalid-batch"


# After recording


def test_a_batch_whose_record_took_too_long_ends_cancelled_and_is_answered_too_late(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, TARGET, not_after=shell.ts + 1)
    shell.wait(1_000)
    shell.is_storing = True
    shell.store()
    assert shell.writes == []
    assert shell.outcomes(1) == CANCELLED
    [item] = shell.batches[tx(1)].items
    assert (item.outcome, item.message) == (
        Outcome.CANCELLED,
        "too late: its time was over before it could be sent",
    )
    assert shell.refusals[tx(1)].code == "too-late"
    assert shell.log == ["record", "outcomes", "echo", "refuse"], "it is recorded before it is sent"


@pytest.mark.rule("CMD-3")
def test_a_batch_that_is_still_not_stored_after_three_seconds_is_answered_at_once(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, TARGET)
    shell.wait(3_000)
    assert shell.refusals[tx(1)].code == "too-late"
    shell.is_storing = True
    shell.store()
    assert (shell.writes, shell.outcomes(1), shell.answers) == ([], CANCELLED, {})


def test_a_target_that_was_refused_keeps_its_reason_in_a_batch_that_was_answered_as_too_late(
    shell: Shell,
) -> None:
    shell.submit(1, TARGET, BERT)
    shell.is_storing = False
    shell.submit(2, {"m_401": {SPEED: 170}, "m_402": {SPEED: 170}}, base={"m_401": {SPEED: 0}})
    shell.wait(3_000)
    assert shell.refusals[tx(2)].code == "too-late"
    shell.is_storing = True
    shell.store()
    assert (shell.outcomes(2, "m_401"), shell.outcomes(2, "m_402")) == ([Outcome.CONFLICT], CANCELLED)
    assert [write.tx_id for write in shell.writes] == [tx(1)]


@pytest.mark.parametrize("set_ahead_s", [-3_600, -5, 5, 3_600])
def test_a_wall_clock_that_is_set_gives_a_recorded_batch_no_time_and_takes_none(
    shell: Shell, set_ahead_s: float
) -> None:
    shell.is_storing = False
    shell.submit(1, TARGET, not_after=shell.ts + 3)
    shell.submit(2, {"m_402": {SPEED: 150}})
    shell.set_ahead_s = set_ahead_s
    shell.wait(2_999)
    [first, *others] = shell.waiting
    shell.waiting = [first]
    shell.store()
    assert [write.tx_id for write in shell.writes] == [tx(1)]
    shell.waiting = others
    shell.wait(1)
    shell.store()
    assert [write.tx_id for write in shell.writes] == [tx(1)]


@pytest.mark.parametrize("set_ahead_s", [-86_400, -3_600, 3_600, 86_400])
def test_a_client_that_knows_the_clock_from_before_it_was_set_is_neither_late_nor_early(
    shell: Shell, set_ahead_s: float
) -> None:
    known_ts = shell.ts
    shell.commands.note_time(shell.now_ms, shell.ts)
    shell.set_ahead_s = set_ahead_s
    shell.now_ms += 2_000
    shell.submit(1, TARGET, not_after=known_ts + 2 + 3)
    assert shell.written() == [("m_401", SPEED, 150)]
    shell.now_ms += 3_000
    assert refuse_submit(shell, 2, not_after=known_ts + 2 + 3).code == "too-late"
    shell.submit(3, TARGET, not_after=shell.ts + 3)
    assert len(shell.writes) == 2, "a client with the new setting uses it"


def test_a_clock_that_was_set_by_little_leaves_a_batch_the_less_time(shell: Shell) -> None:
    known_ts = shell.ts
    shell.commands.note_time(shell.now_ms, shell.ts)
    shell.set_ahead_s = 5
    assert refuse_submit(shell, not_after=known_ts + 3).code == "too-late"


def test_a_batch_that_was_given_up_long_ago_does_not_leave_because_the_clock_was_set_back(
    shell: Shell,
) -> None:
    known_ts = shell.ts
    shell.commands.note_time(shell.now_ms, shell.ts)
    shell.now_ms += 61_500
    shell.set_ahead_s = -230
    assert refuse_submit(shell, not_after=known_ts + 0.1).code == "too-late"


def test_a_setting_of_the_clock_is_forgotten_after_half_a_minute(shell: Shell) -> None:
    known_ts = shell.ts
    shell.commands.note_time(shell.now_ms, shell.ts)
    shell.set_ahead_s = 3_600
    shell.commands.note_time(shell.now_ms, shell.ts)
    shell.now_ms += 30_000
    assert refuse_submit(shell, not_after=known_ts + 30 + 3).code == "too-late"


def test_a_target_refused_at_admission_keeps_its_own_outcome(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}, "m_402": {SPEED: 9_999}})
    shell.now_ms += 3_000
    shell.is_storing = True
    shell.store()
    assert [item.outcome for item in shell.batches[tx(1)].items] == [Outcome.CANCELLED, Outcome.REJECTED]


# Large batches, in parts


def test_a_large_batch_leaves_completely_if_each_part_leaves_in_time() -> None:
    plant = large_plant()
    assert plant.fields_by_name[SPEED].type is FieldType.NUMBER
    shell = Shell(plant).ready()
    shell.is_busy = True
    shell.submit(1, {key: {SPEED: 150} for key in plant.machines}, not_after=shell.ts + 1)
    for _ in range(2):
        shell.wait(2_999)
        shell.play(shell.commands.dispatch(shell.more.pop(), shell.now_ms, shell.ts))
    assert len(shell.writes) == 1_200


def test_a_server_that_froze_between_two_parts_does_not_send_the_rest_later() -> None:
    plant = large_plant()
    shell = Shell(plant).ready()
    shell.is_busy = True
    shell.submit(1, {key: {SPEED: 150} for key in plant.machines})
    shell.now_ms += 130_000
    shell.play(shell.commands.dispatch(shell.more.pop(), shell.now_ms, shell.ts))
    assert len(shell.writes) == 500
    ended = [item.outcome for item in shell.batches[tx(1)].items]
    assert ended.count(Outcome.CANCELLED) == 700
    shell.wait(10_000)
    answer = shell.answers[tx(1)]
    assert sum(result.outcome is Outcome.CANCELLED for result in answer.results) == 700
    assert tx(1) not in shell.refusals, "some of it had left"


def test_the_writes_carry_the_limit_so_that_none_leaves_after_it(shell: Shell) -> None:
    [_] = shell.commands.submit(BatchRequest(tx(1), TARGET), ANNA, 0, 1_000.0)
    [_, dispatch] = shell.commands.recorded(tx(1), 10, 1_000.01)
    assert isinstance(dispatch, Dispatch)
    assert dispatch.limit_ms == 3_000
