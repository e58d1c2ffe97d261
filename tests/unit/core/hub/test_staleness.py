"""The age of the last contact, and its effect."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.core.hub.shell import TS0, HubShell

from setpoint.contract.values import Quality, Record, reason_message
from setpoint.core.commands.interlock import interlock
from setpoint.core.plant import Report
from setpoint.message import Message, message_of, sentence_of
from setpoint.sources.wording import words
from setpoint.texts import in_language

REASON = ("qualityReason", "qualitySaid")
NO_BITS = words("words-has-no-bits", what="a text")


def test_a_machine_that_never_spoke_stays_never_seen() -> None:
    shell = HubShell()
    shell.run(60_000)
    assert shell.hub.machines["m_401"]["quality"] == "NEVER_SEEN"
    assert shell.hub.machines["m_401"]["seen"] is None


@pytest.mark.rule("SAFE-4")
def test_silence_makes_a_machine_stale_then_offline_and_shows_the_last_contact() -> None:
    shell = HubShell()
    shell.run(1_000)
    shell.report(speed=1)
    qualities = []
    for _ in range(16):
        shell.run(1_000, alive=False)
        qualities.append(shell.hub.machines["m_401"]["quality"])
    assert qualities == ["GOOD"] * 2 + ["STALE"] * 12 + ["OFFLINE"] * 2
    assert shell.hub.machines["m_401"]["seen"] == TS0 + 1
    assert shell.hub.machines["m_401"]["speed"] == 1


@pytest.mark.rule("SAFE-4")
def test_losing_contact_never_clears_a_critical_status_nor_its_time() -> None:
    shell = HubShell()
    shell.report(status="EMERGENCY_STOP", cause="button 3")
    shell.run(60_000, alive=False)
    record = shell.hub.machines["m_401"]
    assert (record["status"], record["since"], record["cause"]) == ("EMERGENCY_STOP", TS0, "button 3")
    assert record["quality"] == "OFFLINE"


@pytest.mark.rule("SAFE-4")
def test_offline_stays_while_a_source_still_finds_no_machine() -> None:
    """The source tries again every two seconds, and may report another reason each time."""
    shell = HubShell()
    shell.report(speed=1)
    shell.run(20_000, alive=False)
    for reason in ("it is silent", "it does not answer"):
        shell.reports(Report("m_401", {}, 0.0, Quality.STALE, reason))
        record = shell.hub.machines["m_401"]
        assert (record["quality"], record["qualityReason"]) == ("OFFLINE", reason)
    shell.report()
    shell.report(quality=Quality.STALE)
    assert shell.hub.machines["m_401"]["quality"] == "STALE"


def test_contact_again_makes_it_good_and_clears_seen() -> None:
    shell = HubShell()
    shell.report(speed=1)
    shell.run(20_000, alive=False)
    shell.report()
    assert shell.hub.machines["m_401"]["quality"] == "GOOD"
    assert shell.hub.machines["m_401"]["seen"] is None
    shell.run(3_000, alive=False)
    assert shell.hub.machines["m_401"]["quality"] == "STALE"


def test_age_counts_from_arrival_whatever_the_machines_clock_says() -> None:
    shell = HubShell()
    for at in (0.0, TS0 + 1e6, -5.0):
        shell.report(at=at)
        shell.run(2_000, alive=False)
        assert shell.hub.machines["m_401"]["quality"] == "GOOD"


def test_a_report_of_lost_contact_is_believed_and_does_not_count_as_contact() -> None:
    shell = HubShell()
    shell.report(speed=1)
    shell.run(1_000)
    last = shell.ts
    shell.now_ms += 100
    shell.report(quality=Quality.OFFLINE)
    record = shell.hub.machines["m_401"]
    assert (record["quality"], record["seen"], record["speed"]) == ("OFFLINE", last, 1)
    shell.run(5_000, alive=False)
    assert record["quality"] == "OFFLINE"


def test_a_doubted_value_keeps_its_quality_and_its_age() -> None:
    shell = HubShell()
    shell.report(speed=1, quality=Quality.BAD)
    record = shell.hub.machines["m_401"]
    assert (record["quality"], record["seen"]) == ("BAD", TS0)
    shell.run(3_000, alive=False)
    assert record["quality"] == "STALE"


@pytest.mark.rule("SAFE-6")
def test_the_reason_of_a_doubt_is_shown_as_long_as_the_doubt_and_kept_in_silence() -> None:
    shell = HubShell()
    shell.report(speed=1)
    assert "qualityReason" not in shell.hub.machines["m_401"], "no reason was ever given"
    shell.hub.reported([Report("m_401", {}, 1.0, Quality.BAD, "status word: a number has no bits")], 0, TS0)
    assert shell.hub.machines["m_401"]["qualityReason"] == "status word: a number has no bits"
    shell.run(60_000, alive=False)
    assert shell.hub.machines["m_401"]["quality"] == "OFFLINE"
    assert shell.hub.machines["m_401"]["qualityReason"] == "status word: a number has no bits"
    shell.report()
    assert shell.hub.machines["m_401"]["qualityReason"] is None


@pytest.mark.rule("SAFE-4", "SAFE-6")
def test_a_target_for_a_machine_that_is_bad_is_refused_with_the_reason() -> None:
    barred = interlock(
        "m_401", {"status": "RUNNING", "quality": "BAD", "qualityReason": "status: no such node"}
    )
    assert barred is not None
    assert "m:401 is BAD (status: no such node)" in barred.message


@pytest.mark.rule("SAY-1")
def test_a_reason_and_its_code_are_stored_and_changed_together() -> None:
    shell = HubShell()
    shell.report(speed=1)
    doubted = Report("m_401", {}, 1.0, Quality.BAD, NO_BITS)
    state = shell.hub.machines["m_401"]
    shell.hub.reported([doubted], 0, TS0)
    assert state["qualityReason"] == "the node has a text, which has no bits"
    assert type(state["qualityReason"]) is str, "msgspec encodes no other"
    assert state["qualitySaid"] == '{"code":"words-has-no-bits","args":{"what":"a text"}}'
    assert in_language(sentence_of(reason_message(state) or Message(""), NO_BITS), "de").startswith(
        "der Knoten hat a text"
    )
    before = dict(state)
    shell.hub.reported([doubted], 10, TS0)
    assert state == before
    shell.hub.reported([Report("m_401", {}, 1.0, Quality.BAD, "in a third party's own words")], 20, TS0)
    assert [state[name] for name in REASON] == ["in a third party's own words", None]
    shell.hub.reported([doubted], 30, TS0)
    shell.report()
    assert [state[name] for name in REASON] == [None, None]


@pytest.mark.rule("SAFE-4", "SAY-1")
def test_a_target_for_a_machine_in_doubt_is_refused_with_the_reason_in_the_reader_s_language() -> None:
    record: Record = {
        "status": "RUNNING", "quality": "BAD", "qualityReason": str(NO_BITS),
        "qualitySaid": msgspec.json.encode(message_of(NO_BITS)).decode(),
    }  # fmt: skip
    barred = interlock("m_401", record)
    assert barred is not None
    assert in_language(barred.message, "de").startswith(
        "m:401 ist BAD (der Knoten hat a text, also keine Bits);"
    )
    for broken in ("{", "[]", '{"args":{}}', 5):
        assert reason_message({"qualitySaid": broken}) is None


@pytest.mark.rule("TOPIC-1")
def test_nobody_knows_when_the_first_status_of_a_machine_began() -> None:
    """A server that restarts finds machines that have been stopped for hours."""
    shell = HubShell()
    shell.subscribe("dashboard:global")
    shell.report(status="FAULT")
    record = shell.hub.machines["m_401"]
    assert (record["since"], record["sinceSeen"]) == (TS0, True)
    assert shell.overview()["m_401"] == ("FAULT", "GOOD", None)
    refused = interlock("m_401", record)
    assert refused is not None
    assert refused.since is None
    shell.run(1_000)
    shell.report(status="RUNNING")
    assert (record["since"], record["sinceSeen"]) == (TS0 + 1, None)
    assert shell.overview()["m_401"] == ("RUNNING", "GOOD", int(TS0) + 1)
    shell.report(status="FAULT")
    refused = interlock("m_401", record)
    assert refused is not None
    assert refused.since == TS0 + 1


@pytest.mark.rule("TOPIC-1")
def test_a_status_that_was_not_known_for_a_while_may_have_begun_earlier() -> None:
    shell = HubShell()
    shell.report(status="RUNNING")
    shell.report(status="IDLE")
    shell.report(status=None)
    shell.report(status="IDLE")
    assert shell.hub.machines["m_401"]["sinceSeen"] is True


@pytest.mark.rule("TOPIC-2")
def test_nobody_claims_that_a_machine_ran_while_its_source_could_not_be_heard() -> None:
    """The machine may have stopped and started again meanwhile."""
    shell = HubShell()
    shell.open()
    shell.subscribe("dashboard:global", "m:401")
    shell.report(status="IDLE")
    shell.run(1_000)
    shell.report(status="RUNNING")
    shell.run(10_000)
    shell.run(20_000, alive=False)
    shell.report(speed=100)
    began, again = TS0 + 1, TS0 + 31
    record = shell.hub.machines["m_401"]
    assert (record["since"], record["sinceSeen"], record["sinceEarlier"]) == (again, True, began)
    shell.run(6_000)
    assert shell.copy_of("a", "m:401")["machines"] == shell.truth("m:401")
    assert shell.copy_of("a", "dashboard:global")["overview"]["m_401"] == ("RUNNING", "GOOD", None)
    shell.report(status="FAULT")
    assert (record["since"], record["sinceSeen"], record["sinceEarlier"]) == (shell.ts, None, None)


@pytest.mark.rule("TOPIC-2")
@pytest.mark.parametrize("is_alive", [True, False])
def test_a_stop_keeps_what_is_known_of_its_beginning_if_the_plant_changes_in_a_gap(is_alive: bool) -> None:
    shell = HubShell()
    shell.report(status="IDLE")
    shell.report(status="FAULT")
    shell.run(2_000, alive=is_alive)
    shell.play(
        shell.hub.change_plant(shell.plant, epoch="e2", gone=(), revs={}, now_ms=shell.now_ms, ts=shell.ts)
    )
    shell.run(2_000, alive=is_alive)
    shell.report()
    record = shell.hub.machines["m_401"]
    assert record["since"] == (TS0 if is_alive else shell.ts)
    assert record.get("sinceEarlier") == (None if is_alive else TS0)
