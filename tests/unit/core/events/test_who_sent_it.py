"""The event of an outcome names who sent the batch; nothing of a batch is remembered after its last outcome."""

from __future__ import annotations

import gc

from setpoint.contract.live import Outcome
from setpoint.core.commands.effects import RecordBatch, RecordOutcomes
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.events import Teller
from setpoint.core.events.tell import _UnderWay


def item(tx_id: str, machine: str, outcome: Outcome) -> ItemRecord:
    return ItemRecord(tx_id, machine, "speed", 5, outcome, 1.0, line="01")


def batch(tx_id: str, *outcomes: Outcome) -> RecordBatch:
    items = tuple(item(tx_id, f"m_{number}", each) for number, each in enumerate(outcomes))
    return RecordBatch(BatchRecord(tx_id, "anna", 1.0, "digest", items))


def people(teller: Teller, *items: ItemRecord) -> list[str | None]:
    return [event.person for event in teller.stored([RecordOutcomes(items)])]


def remembered() -> int:
    return sum(type(each) is _UnderWay for each in gc.get_objects())


def test_each_outcome_of_a_batch_names_who_sent_it_and_then_the_batch_is_forgotten() -> None:
    teller, before = Teller(), remembered()
    for number in range(50):
        tx_id = f"t{number}"
        list(teller.stored([batch(tx_id, Outcome.PENDING, Outcome.PENDING, Outcome.BLOCKED)]))
        assert people(teller, item(tx_id, "m_0", Outcome.APPLIED)) == ["anna"]
        assert remembered() == before + 1
        assert people(teller, item(tx_id, "m_1", Outcome.FAILED)) == ["anna"]
        assert remembered() == before


def test_an_unknown_target_that_lands_late_names_who_sent_it() -> None:
    teller, before = Teller(), remembered()
    list(teller.stored([batch("t", Outcome.PENDING)]))
    assert people(teller, item("t", "m_0", Outcome.UNKNOWN)) == ["anna"]
    assert people(teller, item("t", "m_0", Outcome.APPLIED)) == ["anna"]
    assert remembered() == before


def test_a_batch_of_which_nothing_was_accepted_names_who_sent_it_and_is_not_remembered() -> None:
    teller, before = Teller(), remembered()
    events = list(teller.stored([batch("t", Outcome.REJECTED, Outcome.BLOCKED)]))
    assert {event.person for event in events} == {"anna"}
    assert remembered() == before
