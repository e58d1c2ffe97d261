"""Which stored events follow from the audit, and which do not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import Outcome
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.alarms.state import Mark
from setpoint.core.audit.chain import Head, append, fact
from setpoint.core.audit.replay import Replay
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.events.implied import Implied

DAY_S = 86_400.0
ITEM = ItemRecord("t1", "m_401", "targetSpeed", 150, Outcome.PENDING, 5 * DAY_S, line="01", rev=3)
APPLIED = replace(ITEM, outcome=Outcome.APPLIED, at=5 * DAY_S + 2)
ASKED = Event(
    EventKind.ASKED,
    "m_401",
    5 * DAY_S,
    "01",
    "targetSpeed",
    "t1",
    value=150,
    rev=3,
    person="anna",
    message="plan",
)
REACHED = replace(ASKED, kind=EventKind.APPLIED, at=APPLIED.at, message=None, outcome="applied")
SEEN = Event(
    EventKind.ALARM, "m_401", 7.0, "01", person="ben", message="seen", alarm="hot", change="acknowledged"
)
HOT = AlarmKey("m_401", "hot")
ACKNOWLEDGED = AlarmState(is_active=True, acknowledged=Mark("ben", 7.0, "seen"))


def implied(since: float = 0.0, kept_since: float = 0.0, *, without_batch: bool = False) -> Implied:
    act = {"machine": "m_401", "alarm": "hot", "act": ["acknowledged"], "note": "seen", "until": None}
    recorded = [
        fact(7.0, "alarm", "ben", act),
        fact(8.0, "access", "ada", {"event": "signed-in", "person": "ada"}),
        fact(ITEM.at, "batch", "anna", BatchRecord("t1", "anna", ITEM.at, "d", (ITEM,), reason="plan")),
        fact(APPLIED.at, "outcomes", "setpoint", [APPLIED]),
    ]
    found, replay = Implied(since, kept_since), Replay()
    for entry in append(Head(), recorded):
        if not (without_batch and entry.kind == "batch"):
            found.take(entry, replay.take(entry))
    return found


@pytest.mark.parametrize(
    ("event", "is_implied"),
    [
        (ASKED, True),
        (REACHED, True),
        (replace(REACHED, person=None), True),
        (replace(ASKED, person=None), False),
        (replace(ASKED, person="ben"), False),
        (replace(ASKED, value=-1), False),
        (replace(ASKED, tx_id="t2"), False),
        (replace(REACHED, person="ben"), False),
        (replace(REACHED, at=REACHED.at + 1), False),
        (Event(EventKind.SIGN_IN, "", 8.0, person="ada"), True),
        (Event(EventKind.SIGN_IN, "", 8.0, person="ben"), False),
        (SEEN, True),
        (replace(SEEN, person="anna"), False),
        (replace(SEEN, person=None), False),
        (replace(SEEN, change="raised", person=None, message=None), True),
        (replace(SEEN, change="raised"), False),
        (Event(EventKind.OFFLINE, "m_401", 9.0, "01"), True),
        (Event(EventKind.OFFLINE, "m_401", 9.0, "01", person="ben"), False),
    ],
)
def test_an_event_of_people_or_targets_is_that_of_the_audit(event: Event, *, is_implied: bool) -> None:
    assert implied().has(event) is is_implied


def test_entries_from_before_the_oldest_event_are_not_remembered() -> None:
    assert implied(ITEM.at + DAY_S).has(ASKED)
    assert not implied(ITEM.at + DAY_S + 10).has(ASKED)


def test_events_whose_entries_may_have_been_removed_are_not_judged() -> None:
    assert implied(kept_since=8.5).has(replace(SEEN, person="anna"))
    assert not implied(kept_since=8.5).has(replace(ASKED, person="ben"))


def test_the_outcome_of_a_batch_whose_entry_was_removed_still_follows_from_its_own() -> None:
    assert implied(without_batch=True).has(REACHED)


@pytest.mark.parametrize(
    ("state", "is_so"),
    [
        (ACKNOWLEDGED, True),
        (AlarmState(is_active=True, is_acknowledged=False), True),
        (replace(ACKNOWLEDGED, acknowledged=Mark("ada", 7.0, "seen")), False),
        (replace(ACKNOWLEDGED, acknowledged=None), False),
        (replace(ACKNOWLEDGED, out=Mark("ben", 9.0, "broken")), False),
        (replace(ACKNOWLEDGED, shelf=Mark("ben", 9.0, "later", 99.0)), False),
    ],
)
def test_the_acts_of_people_on_an_alarm_are_those_of_the_audit(state: AlarmState, *, is_so: bool) -> None:
    assert implied().has_marks(HOT, state) is is_so
