"""The event of an outcome names the sender of the batch, and the stream forgets a batch after its last outcome.

An audit entry about access becomes an event if it is a sign-in or a changed plant.
"""

from __future__ import annotations

import gc

from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import Outcome
from setpoint.core.alarms import AlarmChange, AlarmKey, AlarmState
from setpoint.core.alarms.state import AlarmEventKind
from setpoint.core.audit.changes import RecordFact
from setpoint.core.commands.effects import RecordBatch, RecordOutcomes
from setpoint.core.commands.fact import fact
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.events import EventFactory, alarm_events
from setpoint.core.events.factory import _UnderWay
from setpoint.core.plant import Alarm


def item(tx_id: str, machine: str, outcome: Outcome) -> ItemRecord:
    return ItemRecord(tx_id, machine, "speed", 5, outcome, 1.0, line="01")


def batch(tx_id: str, *outcomes: Outcome) -> RecordBatch:
    items = tuple(item(tx_id, f"m_{number}", each) for number, each in enumerate(outcomes))
    return RecordBatch(BatchRecord(tx_id, "anna", 1.0, "digest", items))


def senders(factory: EventFactory, *items: ItemRecord) -> list[str | None]:
    return [event.person for event in factory.stored([RecordOutcomes(items)])]


def batches_in_memory() -> int:
    return sum(type(each) is _UnderWay for each in gc.get_objects())


def test_each_outcome_of_a_batch_names_who_sent_it_and_then_the_batch_is_forgotten() -> None:
    factory, before = EventFactory(), batches_in_memory()
    for number in range(50):
        tx_id = f"t{number}"
        list(factory.stored([batch(tx_id, Outcome.PENDING, Outcome.PENDING, Outcome.BLOCKED)]))
        assert senders(factory, item(tx_id, "m_0", Outcome.APPLIED)) == ["anna"]
        assert batches_in_memory() == before + 1
        assert senders(factory, item(tx_id, "m_1", Outcome.FAILED)) == ["anna"]
        assert batches_in_memory() == before


def test_an_unknown_target_that_lands_late_names_who_sent_it() -> None:
    factory, before = EventFactory(), batches_in_memory()
    list(factory.stored([batch("t", Outcome.PENDING)]))
    assert senders(factory, item("t", "m_0", Outcome.UNKNOWN)) == ["anna"]
    assert senders(factory, item("t", "m_0", Outcome.APPLIED)) == ["anna"]
    assert batches_in_memory() == before


def test_a_batch_without_an_accepted_target_names_its_sender_and_is_not_remembered() -> None:
    factory, before = EventFactory(), batches_in_memory()
    events = list(factory.stored([batch("t", Outcome.REJECTED, Outcome.BLOCKED)]))
    assert {event.person for event in events} == {"anna"}
    assert batches_in_memory() == before


def test_only_sign_ins_and_changes_of_the_plant_are_events_about_access() -> None:
    facts = [
        fact(1.0, "access", "anna", {"event": "signed-in", "person": "anna"}),
        fact(2.0, "access", "anna", {"event": "signed-out", "person": "anna"}),
        fact(3.0, "batch", "anna", {"event": "signed-in", "person": "anna"}),
        fact(4.0, "access", "root", {"event": "plant-changed", "person": "root"}),
        fact(5.0, "access", "root", {"event": "plant-changed", "removed": ["m_1"], "lines": ["01", "02"]}),
    ]
    events = list(EventFactory().stored([RecordFact(facts[0])], facts[1:]))
    assert [(each.kind, each.at, each.person, each.message) for each in events] == [
        (EventKind.SIGN_IN, 1.0, "anna", None),
        (EventKind.PLANT_CHANGE, 4.0, "root", "nothing changed"),
        (EventKind.PLANT_CHANGE, 5.0, "", "1 machine removed, 2 lines changed"),
    ]


def test_each_change_of_an_alarm_is_an_event_with_who_made_it() -> None:
    kinds = (AlarmEventKind.SHELVED, AlarmEventKind.CLEARED)
    change = AlarmChange(
        AlarmKey("m_1", "hot"), "01", Alarm("hot", field="temp"), AlarmState(), kinds, 5.0, 91.0
    )
    events = list(alarm_events(change, "anna", "known"))
    assert [(each.change, each.person, each.message, each.value) for each in events] == [
        ("shelved", "anna", "known", 91.0),
        ("cleared", "anna", "known", 91.0),
    ]
    assert next(alarm_events(change)).message is None
