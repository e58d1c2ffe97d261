"""A change of the plant at run time. The engine stores and sends the outcomes of the change before the new plant."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from tests.simulation.server import done
from tests.unit.core.commands.shell import ANNA, BERT, tx
from tests.unit.core.engine.shell import SPEED, EngineShell, guarded_plant

from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.http.machines import FieldRev
from setpoint.contract.live import By, ByKind, Outcome, Subscribe, encode
from setpoint.contract.values import Quality
from setpoint.core.audit.changes import RecordFact
from setpoint.core.commands import RecordOutcomes
from setpoint.core.engine import Engine, Frames, PlantChanged, PlantTaken, Stored
from setpoint.core.hub import Send
from setpoint.core.plant import Field, Machine, Plant, SourceConfig, demo_plant, plant_change
from setpoint.errors import RequestError

BOTH = {"m_401": {SPEED: 150}, "m_402": {SPEED: 150}}


def without(plant: Plant, *keys: str) -> Plant:
    lines = (
        replace(line, machines=tuple(each for each in line.machines if each.key not in keys))
        for line in plant.lines
    )
    return replace(plant, lines=tuple(line for line in lines if line.machines))


def with_machine(plant: Plant, machine: Machine) -> Plant:
    first, *others = plant.lines
    return replace(plant, lines=(replace(first, machines=(*first.machines, machine)), *others))


def from_another_place(plant: Plant, key: str) -> Plant:
    lines = tuple(
        replace(line, machines=tuple(replace(each, source="other") if each.key == key else each
                                     for each in line.machines))
        for line in plant.lines
    )  # fmt: skip
    return replace(plant, lines=lines, sources=(*plant.sources, SourceConfig("other", "simulator")))


def change(shell: EngineShell, plant: Plant, call: int = 99) -> None:
    shell.feed(PlantChanged(call, plant, "root", "127.0.0.1"))


def outcomes(shell: EngineShell, call: int) -> dict[str, Outcome]:
    found = shell.replies[call]
    assert isinstance(found, BatchAnswer), found
    return {result.machine: result.outcome for result in found.results}


@pytest.mark.rule("PLANT-2")
def test_a_target_that_had_not_left_for_a_machine_that_is_gone_is_cancelled_and_the_others_leave() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.submit(1, BOTH)
    change(shell, without(shell.engine.plant, "m_401"))
    shell.is_storing = True
    shell.store()
    assert [write.machine for write in shell.writes] == ["m_402"]
    shell.report("m_402", **{SPEED: 150})
    assert outcomes(shell, 1) == {"m_401": Outcome.CANCELLED, "m_402": Outcome.APPLIED}
    record = done(shell.disk.batch(tx(1)))
    assert record is not None
    assert record.items[0].message == (
        "the plant was changed: it does not have this machine or field any more"
    )


@pytest.mark.rule("PLANT-2")
def test_a_target_that_had_left_for_a_machine_that_is_gone_is_unknown_for_good() -> None:
    shell = EngineShell()
    shell.submit(1, BOTH)
    change(shell, without(shell.engine.plant, "m_401"))
    shell.answer(1, "m_401")
    shell.report("m_401", **{SPEED: 150})
    shell.report("m_402", **{SPEED: 150})
    assert outcomes(shell, 1) == {"m_401": Outcome.UNKNOWN, "m_402": Outcome.APPLIED}


@pytest.mark.rule("PLANT-2")
def test_targets_of_a_machine_that_is_read_from_another_place_end_and_nothing_is_known_of_it() -> None:
    shell = EngineShell()
    shell.submit(1, BOTH)
    change(shell, from_another_place(shell.engine.plant, "m_401"))
    shell.report("m_402", **{SPEED: 150})
    assert outcomes(shell, 1) == {"m_401": Outcome.UNKNOWN, "m_402": Outcome.APPLIED}
    assert shell.engine.machines["m_401"]["quality"] is Quality.NEVER_SEEN
    assert shell.engine.machines["m_401"][SPEED] is None


@pytest.mark.rule("PLANT-2")
def test_a_machine_that_stays_keeps_what_is_known_of_it_and_what_is_under_way() -> None:
    shell = EngineShell()
    shell.submit(1, {"m_401": {SPEED: 150}})
    before = dict(shell.engine.machines["m_401"])
    change(shell, without(shell.engine.plant, "m_402"))
    assert shell.engine.machines["m_401"] == before
    shell.report("m_401", **{SPEED: 150})
    assert outcomes(shell, 1) == {"m_401": Outcome.APPLIED}
    assert "m_402" not in shell.engine.machines


@pytest.mark.rule("PLANT-1")
def test_the_new_plant_is_announced_when_its_consequences_are_stored() -> None:
    shell = EngineShell()
    shell.submit(1, BOTH)
    shell.is_storing = False
    change(shell, without(shell.engine.plant, "m_401"))
    assert "m_401" in shell.engine.plant.machines
    assert 99 not in shell.replies
    [changes] = [store.changes for store in shell.waiting]
    assert [type(each) for each in changes] == [RecordOutcomes, RecordFact]
    shell.report("m_401", status="FAULT")
    shell.store()
    assert "m_401" not in shell.engine.plant.machines
    assert shell.replies[99] is None


@pytest.mark.rule("PLANT-1")
def test_the_audit_says_who_changed_the_plant_and_what() -> None:
    shell = EngineShell()
    plant = with_machine(without(shell.engine.plant, "m_401"), Machine("m_404", "01"))
    change(shell, plant)
    [fact] = [each.fact for changes in shell.stored for each in changes if isinstance(each, RecordFact)]
    facts = msgspec.json.decode(fact.payload)
    assert (fact.actor, facts["event"], facts["address"]) == ("root", "plant-changed", "127.0.0.1")
    assert (facts["added"], facts["removed"], facts["lines"]) == (["m_404"], ["m_401"], ["01"])


@pytest.mark.rule("PLANT-1")
def test_every_session_gets_a_new_hello_in_a_new_epoch_and_only_the_topics_that_exist() -> None:
    engine: Engine[str] = Engine(demo_plant(), epoch="e", now_ms=0)
    engine.open("anna", ANNA, name="s1", now_ms=0, ts=1_000.0)
    engine.received("anna", encode(Subscribe(1, "line:01")), 0, 1_000.0)
    plant = without(demo_plant(), "m_401", "m_402", "m_403")
    [store] = engine.handle(PlantChanged(1, plant, "root"), 0, 1_000.0)
    assert not isinstance(store, Frames)
    effects = engine.handle(Stored(), 0, 1_000.0)
    assert [type(each) for each in effects][:2] == [Frames, PlantTaken]
    assert isinstance(effects[0], Frames)
    [hello] = effects[0].effects
    assert isinstance(hello, Send)
    greeting = msgspec.json.decode(hello.data)
    assert (greeting["type"], greeting["session"], greeting["epoch"]) == ("hello", "s1", "e.1")
    refused = engine.received("anna", encode(Subscribe(2, "line:01")), 0, 1_000.0)
    assert isinstance(refused[0], Send)
    assert msgspec.json.decode(refused[0].data)["code"] == "unknown_topic"
    answer = engine.received("anna", encode(Subscribe(3, "line:02")), 0, 1_000.0)
    assert [type(each) for each in answer] == [Send, Send]


@pytest.mark.rule("PLANT-1", "SAFE-2", "TOPIC-1")
@pytest.mark.parametrize("how", ["is read from another place", "is gone for a moment"])
def test_a_client_that_missed_a_stop_learns_of_it_although_its_machine(how: str) -> None:
    """A client that was away still shows its target from before the stop."""
    shell = EngineShell()
    whole = shell.engine.plant
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.report("m_401", **{SPEED: 150})
    shell.report("m_401", status="FAULT")
    shell.report("m_401", status="RUNNING")
    if how == "is gone for a moment":
        change(shell, without(whole, "m_401"))
        change(shell, whole, call=100)
    else:
        change(shell, from_another_place(whole, "m_401"))
    shell.engine.open("anna", ANNA, name="s1", now_ms=shell.now_ms, ts=shell.ts)
    effects = shell.engine.received("anna", encode(Subscribe(1, "line:01")), shell.now_ms, shell.ts)
    frames = [msgspec.json.decode(each.data) for each in effects if isinstance(each, Send)]
    [snapshot] = [each for each in frames if each["type"] == "snapshot"]
    outcomes = [(each["machine"], each["field"], each["by"]["kind"]) for each in snapshot["tx"]]
    assert ("m_401", SPEED, "safety") in outcomes


@pytest.mark.rule("PLANT-1")
def test_while_nothing_can_be_stored_the_plant_stays_and_the_answer_says_so() -> None:
    shell = EngineShell()
    shell.fails = True
    shell.report("m_403", status="FAULT")
    change(shell, without(shell.engine.plant, "m_401"))
    refused = shell.replies[99]
    assert isinstance(refused, RequestError)
    assert refused.code == "storage-failed"
    assert "m_401" in shell.engine.plant.machines


@pytest.mark.rule("PLANT-2")
def test_a_batch_that_waits_for_a_second_person_ends_with_its_machine() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, {"m_401": {"mode": "IDLE"}})
    change(shell, without(shell.engine.plant, "m_401"))
    shell.confirm(2, 1, BERT)
    refused = shell.replies[2]
    assert isinstance(refused, RequestError)
    assert refused.code == "unknown-batch"
    assert done(shell.disk.held()) == []


@pytest.mark.rule("PLANT-2")
def test_a_batch_that_waits_to_be_stored_follows_the_new_ranges() -> None:
    shell = EngineShell()
    plant = shell.engine.plant
    fields = tuple(replace(each, maximum=100) if each.name == SPEED else each for each in plant.fields)
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}})
    change(shell, replace(plant, fields=fields))
    shell.is_storing = True
    shell.store()
    assert shell.writes == []
    assert outcomes(shell, 1) == {"m_401": Outcome.CANCELLED}


@pytest.mark.rule("PLANT-2")
def test_a_new_field_begins_without_a_reading_and_can_be_asked_for() -> None:
    shell = EngineShell()
    plant = shell.engine.plant
    change(shell, replace(plant, fields=(*plant.fields, Field("dose", is_writable=True, column="Dose"))))
    assert shell.engine.machines["m_401"]["dose"] is None
    shell.submit(1, {"m_401": {"dose": 3}})
    assert [write.field for write in shell.writes] == ["dose"]


@pytest.mark.rule("PLANT-2")
def test_a_machine_that_comes_back_under_its_name_goes_on_with_its_revs() -> None:
    shell = EngineShell()
    plant = shell.engine.plant
    shell.submit(1, {"m_401": {SPEED: 150}})
    change(shell, without(plant, "m_401"), call=98)
    change(shell, plant)
    assert shell.engine.rev("m_401", SPEED).rev == 1
    shell.report("m_401", status="RUNNING", targetSpeed=100, mode="RUN")
    shell.submit(2, {"m_401": {SPEED: 120}})
    assert shell.writes[-1].value == 120


@pytest.mark.rule("CMD-1")
def test_a_server_starts_on_a_plant_that_has_lost_a_machine_since() -> None:
    engine: Engine[str] = Engine(without(demo_plant(), "m_401"), epoch="e", now_ms=0)
    by = By(ByKind.SAFETY, "FAULT")
    revs = [FieldRev("m_401", SPEED, 3, 3, by, 999.0), FieldRev("m_402", SPEED, 2, 2, by, 999.0)]
    engine.restore(revs=revs, batches=(), held=(), now_ms=0, ts=1_000.0)
    assert engine.rev("m_402", SPEED).rev == 2


def test_the_change_names_each_machine_once() -> None:
    before = demo_plant()
    after = with_machine(without(before, "m_402", "m_421", "m_422", "m_423"), Machine("m_404", "01"))
    found = plant_change(before, after)
    assert found.added == ("m_404",)
    assert found.removed == ("m_402", "m_421", "m_422", "m_423")
    assert (found.moved, found.fields, found.lines) == ((), (), ("01", "03"))
