"""An edge node from birth to death: numbers, aliases, certificates, and when its values are in doubt."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.unit.sources.sparkplug.wire import (
    BIRTH,
    DOUBLE,
    FLOAT,
    INT16,
    INT32,
    INT64,
    STRING,
    TEMPLATE,
    message,
    metric,
    plant,
)

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write
from setpoint.sources.registry import make_sources
from setpoint.sources.sparkplug import SparkplugSource
from setpoint.sources.sparkplug.link import Link
from setpoint.testing import Recorder


class FedSource:
    """A source that gets messages from the test, without a broker."""

    def __init__(self) -> None:
        [source] = make_sources(plant()).values()
        assert isinstance(source, SparkplugSource)
        self.source = source
        self.recorder = Recorder()
        source._sink = self.recorder
        self.node = source._nodes["G", "N"]

    def receive(self, verb: str, device: str, payload: bytes, *, is_retained: bool = False) -> None:
        topic = f"spBv1.0/G/{verb}/N{'/' if device else ''}{device}"
        self.source.received(topic, payload, is_retained)

    def is_born(self, *, bd_seq: int = 0, metrics: Any = BIRTH) -> None:
        self.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, bd_seq)}))
        self.receive("DBIRTH", "D401", message(1, metrics))
        self.receive("DBIRTH", "D402", message(2, metrics))

    def quality(self, machine: str = "m_401") -> Quality:
        return self.recorder.quality[machine]

    def value(self, field: str, machine: str = "m_401") -> Any:
        return self.recorder.state[machine][field]


@pytest.fixture
def source() -> FedSource:
    return FedSource()


def test_a_birth_has_every_value_and_data_only_the_changes(source: FedSource) -> None:
    source.is_born()
    assert source.recorder.state["m_401"] == {
        "speed": 1.5, "targetSpeed": 100, "note": "a", "status": "RUNNING", "cause": None,
    }  # fmt: skip
    source.receive("DDATA", "D401", message(3, {"Speed": (DOUBLE, 2.5)}))
    assert source.recorder.reports[-1].values == {"speed": 2.5}


def test_the_time_is_that_of_the_metric_or_else_of_the_message(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, [metric("Speed", DOUBLE, 2.5, timestamp=1_700_000_000_500)]))
    assert source.recorder.reports[-1].at == 1_700_000_000.5
    source.receive("DDATA", "D401", message(4, {"Speed": (DOUBLE, 3.5)}, at_ms=1_600_000_000_000))
    assert source.recorder.reports[-1].at == 1_600_000_000.0


def test_an_impossible_time_is_replaced_by_ours(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, {"Speed": (DOUBLE, 2.5)}, at_ms=2**64 - 1))
    assert 1_700_000_000 < source.recorder.reports[-1].at < 4_000_000_000


def test_aliases_replace_the_names_of_the_birth(source: FedSource) -> None:
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    born = [metric(name, *each, alias=number) for number, (name, each) in enumerate(BIRTH.items(), start=10)]
    source.receive("DBIRTH", "D401", message(1, born))
    source.receive("DDATA", "D401", message(2, [{"alias": 10, "double_value": 7.25}]))
    assert source.value("speed") == 7.25, "data repeats neither name nor type"
    assert not source.node.wants_rebirth


def test_an_alias_that_no_birth_had_asks_for_a_birth_and_touches_nothing(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, [{"alias": 99, "double_value": 7.25}]))
    assert source.value("speed") == 1.5
    assert source.node.wants_rebirth


def _with_aliases(first: int) -> list[dict[str, Any]]:
    return [metric(name, *each, alias=at) for at, (name, each) in enumerate(BIRTH.items(), start=first)]


def test_devices_with_the_same_aliases_are_distinguished(source: FedSource) -> None:
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    source.receive("DBIRTH", "D401", message(1, _with_aliases(10)))
    source.receive("DBIRTH", "D402", message(2, _with_aliases(10)))
    source.receive("DDATA", "D401", message(3, [{"alias": 10, "double_value": 7.25}]))
    assert (source.value("speed"), source.value("speed", "m_402")) == (7.25, 1.5)


def test_aliases_of_an_earlier_birth_mean_nothing_after_the_next(source: FedSource) -> None:
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    source.receive("DBIRTH", "D401", message(1, _with_aliases(10)))
    source.receive("DBIRTH", "D401", message(2, _with_aliases(50)))
    source.receive("DDATA", "D401", message(3, [{"alias": 10, "double_value": 7.25}]))
    assert source.value("speed") == 1.5
    assert source.node.wants_rebirth


def test_an_alias_of_two_metrics_makes_both_bad_when_it_is_used_and_a_name_is_still_a_name(
    source: FedSource,
) -> None:
    born = [
        {**each, "alias": 10} if each["name"] in ("Speed", "Target") else each for each in _with_aliases(20)
    ]
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    source.receive("DBIRTH", "D401", message(1, born))
    assert source.quality() is Quality.GOOD, "a birth certificate has every name"
    source.receive("DDATA", "D401", message(2, [{"alias": 10, "double_value": 7.25}]))
    assert (source.quality(), source.value("speed"), source.value("targetSpeed")) == (Quality.BAD, None, None)
    assert "alias 10 to several metrics" in source.recorder.reason["m_401"]
    source.receive("DDATA", "D401", message(3, {"Speed": (DOUBLE, 8.5), "Target": (INT16, 5)}))
    assert (source.quality(), source.value("speed"), source.value("targetSpeed")) == (Quality.GOOD, 8.5, 5)


def test_a_metric_that_the_birth_has_twice_is_bad_and_its_neighbours_are_shown(source: FedSource) -> None:
    born = [metric(name, *each) for name, each in BIRTH.items()]
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    source.receive("DBIRTH", "D401", message(1, [*born, metric("Speed", DOUBLE, 9.5)]))
    assert (source.quality(), source.value("speed"), source.value("targetSpeed")) == (Quality.BAD, None, 100)
    assert "the metric Speed twice" in source.recorder.reason["m_401"]


async def test_nothing_is_sent_to_a_metric_that_the_birth_has_twice(source: FedSource) -> None:
    born = [metric(name, *each) for name, each in BIRTH.items()]
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    source.receive("DBIRTH", "D401", message(1, [*born, metric("Set Target", INT16, 0)]))
    writes = [Write("t", "m_401", "targetSpeed", 5)]
    source.source._open.begin(writes)
    await source.source.send(Link(None, ""), writes)  # type: ignore[arg-type]  # nothing goes over it
    assert source.recorder.answer("t") is Answer.REFUSED
    assert "Set Target twice" in source.recorder.answers[0].message


def test_a_payload_that_is_too_large_is_not_read_and_not_forgotten(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, {"Note": (STRING, "x" * 5_000_000)}))
    assert (source.quality("m_401"), source.quality("m_402")) == (Quality.BAD, Quality.GOOD)
    assert source.node.wants_rebirth


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_not_readings(source: FedSource, number: float) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, {"Speed": (DOUBLE, number)}))
    assert source.value("speed") is None


@pytest.mark.parametrize("sent", [0xFFFF, 0xFFFF_FFFF])
def test_negative_numbers_come_as_their_two_complement_in_16_or_in_32_bits(
    source: FedSource, sent: int
) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, [{"name": "Target", "int_value": sent}]))
    assert source.value("targetSpeed") == -1


def test_a_lost_message_puts_every_machine_of_the_node_in_doubt_until_it_is_born_again(
    source: FedSource,
) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(5, {"Speed": (DOUBLE, 9.0)}))
    assert {source.quality("m_401"), source.quality("m_402")} == {Quality.STALE}
    assert "got number 5, but 3 was next" in source.recorder.reason["m_402"]
    assert source.node.wants_rebirth
    source.receive("DDATA", "D401", message(6, {"Speed": (DOUBLE, 9.5)}))
    assert source.quality() is Quality.STALE, "new messages do not bring back lost ones"
    source.is_born()
    assert {source.quality("m_401"), source.quality("m_402")} == {Quality.GOOD}
    assert not source.node.wants_rebirth


def test_numbers_begin_again_after_255(source: FedSource) -> None:
    source.is_born()
    for number in range(3, 300):
        source.receive("DDATA", "D401", message(number % 256, {"Speed": (DOUBLE, float(number))}))
    assert source.quality() is Quality.GOOD
    assert source.value("speed") == 299.0


def test_the_death_of_an_older_connection_means_nothing(source: FedSource) -> None:
    source.is_born(bd_seq=4)
    source.receive("NDEATH", "", message(None, {"bdSeq": (INT64, 3)}))
    assert source.quality() is Quality.GOOD
    source.receive("NDEATH", "", message(None, {"bdSeq": (INT64, 4)}))
    assert {source.quality("m_401"), source.quality("m_402")} == {Quality.OFFLINE}


def test_a_device_dies_alone_and_its_stop_stays(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, {"State": (INT32, 2)}))
    source.receive("DDEATH", "D401", message(4, {}))
    assert source.quality("m_401") is Quality.OFFLINE
    assert source.value("status") == "EMERGENCY_STOP", "values are as last known"
    assert source.quality("m_402") is Quality.GOOD


def test_a_device_that_is_not_announced_again_is_in_doubt(source: FedSource) -> None:
    source.is_born()
    source.receive("NBIRTH", "", message(0, {"bdSeq": (INT64, 0)}))
    source.receive("DBIRTH", "D401", message(1, BIRTH))
    source.source.report(source.source.alive())
    assert source.quality("m_401") is Quality.GOOD
    assert source.quality("m_402") is Quality.STALE
    assert "has not announced D402" in source.recorder.reason["m_402"]


def test_a_stop_that_began_and_ended_in_one_message_is_two_reports(source: FedSource) -> None:
    source.is_born()
    both = [metric("State", INT32, 2), metric("Speed", DOUBLE, 0.0), metric("State", INT32, 1)]
    source.receive("DDATA", "D401", message(3, both))
    assert source.recorder.said("m_401", "status")[-2:] == ["EMERGENCY_STOP", "RUNNING"]


def test_historical_values_are_never_shown_as_present_ones(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, [metric("Speed", DOUBLE, 99.0, is_historical=True)]))
    assert source.value("speed") == 1.5


def test_a_birth_that_has_only_history_of_the_state_does_not_say_what_it_is_now(source: FedSource) -> None:
    source.is_born(
        metrics=[metric(name, *each, is_historical=name == "State") for name, each in BIRTH.items()]
    )
    assert source.quality() is Quality.BAD
    assert (
        source.recorder.reason["m_401"] == "status: the birth certificate has only historical values of State"
    )
    source.receive("DDATA", "D401", message(3, {"State": (INT32, 1)}))
    assert source.quality() is Quality.GOOD


@pytest.mark.parametrize("retained", ["NBIRTH", "DBIRTH", "DDATA"])
def test_retained_messages_are_old_and_do_not_count(source: FedSource, retained: str) -> None:
    source.receive(retained, "D401" if retained[0] == "D" else "", message(0, BIRTH), is_retained=True)
    assert not source.recorder.reports


def test_data_without_a_birth_asks_for_one(source: FedSource) -> None:
    source.receive("DDATA", "D401", message(7, {"Speed": (DOUBLE, 9.0)}))
    assert source.node.wants_rebirth == "it sent data without a birth certificate"
    assert "speed" not in source.recorder.state.get("m_401", {})


def test_a_metric_that_the_birth_does_not_have_makes_the_machine_bad_unless_it_is_optional(
    source: FedSource,
) -> None:
    source.is_born(metrics={name: each for name, each in BIRTH.items() if name != "Note"})
    assert source.quality() is Quality.GOOD
    assert source.value("note") is None
    source.is_born(metrics={name: each for name, each in BIRTH.items() if name != "State"})
    assert source.quality() is Quality.BAD
    assert "no metric State" in source.recorder.reason["m_401"]


def test_a_template_affects_only_its_own_value(source: FedSource) -> None:
    source.is_born()
    template = {
        "name": "Speed",
        "datatype": TEMPLATE,
        "template_value": {"metrics": [metric("x", DOUBLE, 1.0)]},
    }
    source.receive("DDATA", "D401", message(3, [template, metric("Target", INT16, 5)]))
    assert source.value("speed") is None
    assert source.value("targetSpeed") == 5
    assert source.quality("m_401") is Quality.BAD
    assert source.quality("m_402") is Quality.GOOD


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        ({"int_value": 192}, Quality.GOOD),
        ({"int_value": 0}, Quality.BAD),
        ({"int_value": 500}, Quality.STALE),
        ({"int_value": 64}, Quality.UNCERTAIN),
        ({"long_value": 0}, Quality.BAD),
        ({"double_value": 0.0}, Quality.BAD),
        ({"float_value": 192.0}, Quality.GOOD),
        ({"string_value": "Bad"}, Quality.BAD),
        ({"string_value": "500"}, Quality.STALE),
        ({"string_value": "GOOD"}, Quality.GOOD),
        ({"string_value": "half"}, Quality.UNCERTAIN),
        ({"boolean_value": False}, Quality.UNCERTAIN),
        ({"is_null": True}, Quality.GOOD),
    ],
)
def test_the_property_quality_is_believed(source: FedSource, code: dict[str, Any], quality: Quality) -> None:
    source.is_born()
    properties = {"keys": ["Quality"], "values": [{"type": INT32, **code}]}
    source.receive("DDATA", "D401", message(3, [metric("Speed", DOUBLE, 3.0, properties=properties)]))
    assert source.quality() is quality
    source.receive("DDATA", "D401", message(4, {"Speed": (DOUBLE, 4.0)}))
    assert source.quality() is Quality.GOOD


def test_a_number_of_single_precision_has_only_the_digits_that_it_has(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, [{"name": "Speed", "datatype": FLOAT, "float_value": 12.1}]))
    assert source.value("speed") == 12.1


def test_null_is_not_a_reading_and_a_text_that_is_not_utf8_harms_nobody(source: FedSource) -> None:
    source.is_born()
    bad = message(3, {"Note": (STRING, "MARK"), "Speed": (DOUBLE, None)}).replace(b"MARK", b"\xff\xfe\xfdx")
    source.receive("DDATA", "D401", bad)
    assert source.value("speed") is None
    assert source.value("note").endswith("x")
    assert source.quality() is Quality.GOOD


def test_an_unreadable_message_puts_only_its_own_device_in_doubt(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", b"\xff garbage")
    source.receive("DDATA", "D402", message(4, {"Speed": (DOUBLE, 4.0)}))
    assert source.quality("m_401") is Quality.BAD
    assert source.quality("m_402") is Quality.GOOD
    assert source.node.wants_rebirth


def test_a_type_that_changes_without_a_birth_is_bad_and_asks_for_one(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(3, {"Target": (5, 200)}))
    assert (source.quality(), source.value("targetSpeed")) == (Quality.BAD, None)
    assert "has changed its type from Int16 to UInt8" in source.recorder.reason["m_401"]
    assert "has changed its type" in source.node.wants_rebirth
    assert source.quality("m_402") is Quality.GOOD
    source.is_born(metrics={**BIRTH, "Target": (5, 200)})
    assert (source.quality(), source.value("targetSpeed")) == (Quality.GOOD, 200)


def test_a_device_that_is_announced_before_its_node_asks_for_a_birth_and_shows_nothing(
    source: FedSource,
) -> None:
    source.receive("DBIRTH", "D401", message(1, BIRTH))
    assert "before itself" in source.node.wants_rebirth
    assert not source.recorder.state.get("m_401")


def test_a_message_without_a_number_hides_no_lost_one(source: FedSource) -> None:
    source.is_born()
    source.receive("DDATA", "D401", message(None, {"Speed": (DOUBLE, 2.0)}))
    assert (source.quality(), source.value("speed")) == (Quality.GOOD, 2.0)
    source.receive("DDATA", "D401", message(5, {"Speed": (DOUBLE, 3.0)}))
    assert source.quality() is Quality.STALE


def test_a_state_without_a_letter_names_no_state_and_a_stop_stays(source: FedSource) -> None:
    source.is_born(metrics={**BIRTH, "State": (INT32, 2)})
    source.receive("DDATA", "D401", message(3, {"State": (INT32, None)}))
    assert source.quality() is Quality.BAD
    source.is_born(metrics={**BIRTH, "State": (STRING, "2")})
    source.receive("DDATA", "D401", message(3, {"State": (STRING, " ")}))
    assert (source.quality(), source.value("status")) == (Quality.BAD, "EMERGENCY_STOP")


def test_a_metric_that_occurs_ten_thousand_times_under_one_alias_is_reported_once(source: FedSource) -> None:
    source.is_born()
    repeated = [metric("Speed", DOUBLE, float(n), alias=5) for n in range(10_000)]
    before = len(source.recorder.reports)
    source.receive("DBIRTH", "D401", message(3, [*repeated, metric("State", INT32, 1)]))
    assert source.quality() is Quality.BAD
    source.receive("DDATA", "D401", message(4, [{"alias": 5, "double_value": 1.0}] * 10_000))
    assert source.value("speed") is None
    assert len(source.recorder.reports) - before < 5
    assert len(source.node.scopes["D401"].aliases[5].readings) == 1
