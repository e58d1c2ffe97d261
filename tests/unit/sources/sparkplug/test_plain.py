"""Plain JSON over MQTT: paths, times, qualities, retained messages, and acknowledgements."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.noise import damaged

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write, parse_plant, usable_reports
from setpoint.errors import PlantError
from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.registry import make_sources
from setpoint.sources.sparkplug import PlainSource
from setpoint.sources.sparkplug.plain_config import Ack
from setpoint.sources.sparkplug.plain_machine import AckQueue, item_id
from setpoint.sources.sparkplug.plain_values import filled, parse, quality, seconds, value
from setpoint.testing import Recorder

PLANT = """
name = "Hall"
[fields.speed]
[fields.temp]
[fields.targetSpeed]
writable = true
[sources.hall]
kind = "mqtt"
broker = "mqtt://127.0.0.1:1"
time = "ts"
quality = "q"
[sources.hall.fields]
speed = "hall/{id}/speed"
temp = { topic = "hall/{id}/state", path = "drive.temp", optional = true }
targetSpeed = { topic = "hall/{id}/sp", path = "v", set = "hall/{id}/sp/set" }
[sources.hall.status]
state = { topic = "hall/{id}/state", path = "state" }
map = { 1 = "RUNNING", 2 = "EMERGENCY_STOP" }
[[lines]]
id = "01"
source = "hall"
machines = [401, 402]
"""


class FedSource:
    """A source that gets messages from the test, without a broker."""

    def __init__(self, text: str = PLANT) -> None:
        [source] = make_sources(parse_plant(text)).values()
        assert isinstance(source, PlainSource)
        self.source, self.recorder = source, Recorder()
        source._sink = self.recorder

    def receive(self, topic: str, content: Any, *, is_retained: bool = False) -> None:
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.source.received(topic, payload, is_retained)

    def is_there(self) -> None:
        """Delivers fresh values of everything that a machine must have."""
        for machine in ("401", "402"):
            self.receive(f"hall/{machine}/speed", 5)
            self.receive(f"hall/{machine}/state", {"state": 1, "drive": {"temp": 1}})
            self.receive(f"hall/{machine}/sp", {"v": 100})

    def quality(self) -> Quality:
        return self.recorder.quality["m_401"]

    def state(self) -> dict[str, Any]:
        return self.recorder.state["m_401"]


@pytest.fixture
def source() -> FedSource:
    return FedSource()


def test_fresh_values_come_with_their_own_time_and_quality(source: FedSource) -> None:
    source.is_there()
    source.receive("hall/401/speed", 12.5)
    assert (source.state()["speed"], source.quality()) == (12.5, Quality.GOOD)
    source.receive(
        "hall/401/state", {"state": 1, "drive": {"temp": 88}, "ts": 1_700_000_000_500, "q": "good"}
    )
    assert source.state() == {
        "speed": 12.5,
        "temp": 88,
        "targetSpeed": 100,
        "status": "RUNNING",
        "cause": None,
    }
    assert source.recorder.reports[-1].at == 1_700_000_000.5


def test_retained_values_are_shown_and_not_called_live_until_fresh_data_arrives(source: FedSource) -> None:
    source.receive("hall/401/sp", {"v": 1}, is_retained=True)
    source.receive("hall/401/state", {"state": 2}, is_retained=True)
    assert (source.state()["status"], source.quality()) == ("EMERGENCY_STOP", Quality.STALE)
    assert "only retained" in source.recorder.reason["m_401"]
    source.receive("hall/401/speed", 0)
    assert (source.state()["status"], source.quality()) == ("EMERGENCY_STOP", Quality.GOOD)


def test_a_machines_presence_counts_even_if_its_message_was_retained() -> None:
    source = FedSource(
        PLANT.replace('quality = "q"', 'quality = "q"\nalive = { topic = "hall/{id}/online" }')
    )
    source.is_there()
    assert source.quality() is Quality.STALE, (
        "reports of values do not replace the message that says it is there"
    )
    source.receive("hall/401/online", b"online", is_retained=True)
    assert source.quality() is Quality.GOOD
    source.receive("hall/401/online", b"offline")
    assert (source.quality(), source.state()["speed"]) == (Quality.OFFLINE, 5)
    source.receive("hall/401/speed", 6)
    assert source.quality() is Quality.OFFLINE, "a value does not mean that the machine is online again"
    source.receive("hall/401/online", True)
    assert source.quality() is Quality.GOOD


@pytest.mark.parametrize(
    ("code", "quality"),
    [("bad", Quality.BAD), (64, Quality.UNCERTAIN), ("odd", Quality.UNCERTAIN), ("0", Quality.BAD)],
)
def test_a_value_that_is_doubted_makes_the_machine_doubtful(
    source: FedSource, code: Any, quality: Quality
) -> None:
    source.is_there()
    source.receive("hall/401/sp", {"v": 5, "q": code})
    assert source.quality() is quality
    assert "targetSpeed" in source.recorder.reason["m_401"]


@pytest.mark.parametrize(
    ("payload", "quality"),
    [
        (b"OFFLINE", Quality.OFFLINE),
        (b"Disconnected", Quality.OFFLINE),
        (b" offline\n", Quality.OFFLINE),
        (b"0", Quality.OFFLINE),
        (b'"false"', Quality.OFFLINE),
        (b"null", Quality.OFFLINE),
        (b"{}", Quality.OFFLINE),
        (b"Online", Quality.GOOD),
        (b"1", Quality.GOOD),
        (b"42", Quality.GOOD),
    ],
)
def test_a_machine_that_reports_offline_in_any_spelling_is_offline(payload: bytes, quality: Quality) -> None:
    source = FedSource(
        PLANT.replace('quality = "q"', 'quality = "q"\nalive = { topic = "hall/{id}/online" }')
    )
    source.is_there()
    source.receive("hall/401/online", payload)
    assert source.quality() is quality


@pytest.mark.parametrize(
    "payload",
    [
        b'{"state": 2, "drive": {"temp": 1}, "state": 1}',
        b'{"state": 1, "drive": {"temp": 1, "temp": 2}}',
    ],
)
def test_a_payload_with_a_duplicate_key_makes_its_values_bad(source: FedSource, payload: bytes) -> None:
    source.is_there()
    source.receive("hall/401/state", payload)
    assert (source.state()["status"], source.quality()) == ("RUNNING", Quality.BAD)
    assert "twice" in source.recorder.reason["m_401"]


def test_a_byte_order_mark_before_a_payload_is_not_part_of_it(source: FedSource) -> None:
    source.is_there()
    source.receive("hall/401/state", b'\xef\xbb\xbf{"state": 2}')
    source.receive("hall/401/speed", b"\xef\xbb\xbf7")
    assert (source.state()["status"], source.state()["speed"]) == ("EMERGENCY_STOP", 7)


@pytest.mark.parametrize(
    "garbage", [b"\xff\xfe", b"{", b"[1, 2", b"{}", b"[]", b"NaN", b"[" * 100_000, b'"text"', b"1e999"]
)
def test_garbage_affects_only_its_own_value(source: FedSource, garbage: bytes) -> None:
    source.is_there()
    source.receive("hall/401/speed", garbage)
    assert source.state()["speed"] is None
    assert source.state()["temp"] == 1
    assert source.recorder.state["m_402"]["speed"] == 5
    assert source.recorder.quality["m_402"] is Quality.GOOD
    source.receive("hall/401/speed", 6)
    assert (source.state()["speed"], source.quality()) == (6, Quality.GOOD)


def test_a_payload_that_is_too_large_affects_only_its_own_value(source: FedSource) -> None:
    test_garbage_affects_only_its_own_value(source, b"5" * 5_000_000)
    assert source.quality() is Quality.GOOD


def test_topics_may_have_any_letters_and_begin_with_a_dollar() -> None:
    odd = PLANT.replace("hall/{id}/speed", "$halle/Größe 圧力/{id}")
    source = FedSource(odd)
    assert "$halle/Größe 圧力/401" in source.source.filters()
    source.receive("$halle/Größe 圧力/401", 7)
    source.source._patient_until = 0.0
    [machine, _] = source.source._machines.values()
    source.recorder.reported(machine.wait_no_longer(0.0))
    assert source.state()["speed"] == 7


def test_a_retained_message_of_one_value_does_not_make_the_machine_live(source: FedSource) -> None:
    for topic, content in (("speed", 5), ("state", {"state": 1}), ("sp", {"v": 100})):
        source.receive(f"hall/401/{topic}", content, is_retained=True)
    assert source.quality() is Quality.STALE
    source.receive("hall/401/speed", 6)
    assert (source.quality(), source.state()["targetSpeed"]) == (Quality.GOOD, 100)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_a_machine_sends_its_neighbour_is_good_and_it_is_itself_again_in_calm(
    source: FedSource, seed: int
) -> None:
    """A fuzzer with fixed seeds."""
    rng = random.Random(seed)
    source.is_there()
    payloads = {
        "speed": b"12.5",
        "state": b'{"state": 1, "drive": {"temp": 88}, "ts": 1700000000500, "q": "good"}',
        "sp": b'{"v": 5, "q": 192}',
    }
    for _ in range(60):
        topic = rng.choice(list(payloads))
        source.receive(f"hall/401/{topic}", damaged(payloads[topic], rng), is_retained=rng.random() < 0.2)
    assert len(usable_reports(source.recorder.reports, 0.0)) == len(source.recorder.reports)
    assert (source.recorder.quality["m_402"], source.recorder.state["m_402"]["speed"]) == (Quality.GOOD, 5)
    source.is_there()
    assert (source.quality(), source.state()["speed"], source.state()["status"]) == (
        Quality.GOOD,
        5,
        "RUNNING",
    )


def test_an_optional_value_that_is_missing_is_blank_and_harms_nobody(source: FedSource) -> None:
    source.is_there()
    source.receive("hall/401/state", {"state": 1})
    assert (source.state()["temp"], source.quality()) == (None, Quality.GOOD)


def test_a_machine_is_not_good_before_it_has_sent_all_required_values(source: FedSource) -> None:
    source.receive("hall/401/speed", 5)
    assert source.quality() is Quality.STALE
    assert "status, targetSpeed" in source.recorder.reason["m_401"]


@pytest.mark.parametrize(
    ("document", "path", "found"),
    [({"a": {"b": [1, {"c": 2}]}}, "a.b[1].c", 2), ([5], "[0]", 5), (7, "", 7), ({"a b": "x"}, "a b", "x")],
)
def test_a_path_leads_to_its_value(document: Any, path: str, found: Any) -> None:
    assert value(document, path) == found


def test_a_quality_in_quotes_counts_as_what_is_in_them() -> None:
    assert [quality({"q": each}, "q")[0] for each in ("192", " 64 ", "0", "true", "False")] == [
        Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.GOOD, Quality.BAD,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "path"), [({}, "a"), ([], "[0]"), ({"a": {}}, "a"), ({"a": 1}, "a.b"), ([1], "a")]
)
def test_a_path_that_leads_nowhere_or_to_no_single_value_is_unreadable(document: Any, path: str) -> None:
    with pytest.raises(UnreadableError):
        value(document, path)


@pytest.mark.parametrize(
    ("time", "at"),
    [
        (1_700_000_000, 1_700_000_000.0), (1_700_000_000_250, 1_700_000_000.25),
        (1_700_000_000_000_000, 1_700_000_000.0),
        ("2023-11-14T22:13:20Z", 1_700_000_000.0), ("2023-11-14T22:13:20", 1_700_000_000.0), ("soon", 0.0), (-5, 0.0),
        (True, 0.0), (1e300, 0.0), (None, 0.0),
    ],
)  # fmt: skip
def test_a_time_is_read_in_seconds_milliseconds_and_as_a_text(time: Any, at: float) -> None:
    assert seconds({"ts": time}, "ts") == at


def test_a_missing_quality_is_good() -> None:
    assert quality({"v": 1}, "q") == (Quality.GOOD, "")


def test_a_payload_that_is_not_json_is_read_as_text() -> None:
    assert parse(b"RUN") == "RUN"
    assert parse(b"12.5") == 12.5


def test_the_payload_of_a_target_has_value_and_id_where_the_file_says_so() -> None:
    template = {"value": "{value}", "meta": ["{tx}", "x"]}
    assert filled(template, 5, "t") == {"value": 5, "meta": ["t", "x"]}


def test_an_acknowledgement_with_an_id_answers_only_the_target_that_it_names() -> None:
    queue, first, second = AckQueue(Ack("a", "ok", "id", "error")), _write("m_401"), _write("m_402")
    queue.waiting.extend((first, second))
    assert queue.match({"ok": True, "id": "t/m_999/speed"}) is None
    assert queue.match({"ok": False, "id": item_id(second), "error": "too fast"}) == (
        second,
        Answer.REFUSED,
        "too fast",
    )
    assert queue.match({"ok": 1, "id": item_id(first)}) == (first, Answer.TAKEN, "")
    assert queue.match({"ok": 1, "id": item_id(first)}) is None


def test_an_acknowledgement_that_comes_too_late_is_not_taken_for_the_next_ones() -> None:
    queue, first, second = AckQueue(Ack("a")), _write("m_401"), _write("m_402")
    queue.waiting.append(first)
    queue.give_up([first])
    queue.waiting.append(second)
    assert queue.match("ok") is None
    assert queue.match("error") == (second, Answer.REFUSED, "the machine refused it: error")


@pytest.mark.parametrize(
    ("content", "path", "answer"),
    [
        (True, "", Answer.TAKEN),
        ("OK", "", Answer.TAKEN),
        (" accepted ", "", Answer.TAKEN),
        (1, "", Answer.TAKEN),
        ("0", "", Answer.REFUSED),
        ("denied", "", Answer.REFUSED),
        ("No", "", Answer.REFUSED),
        ({"ok": None}, "ok", Answer.REFUSED),
        ({"ok": "timeout"}, "ok", Answer.REFUSED),
        ({"ok": False}, "", Answer.UNKNOWN),
        ([False], "", Answer.UNKNOWN),
        ("drive not ready", "", Answer.UNKNOWN),
        ({"ok": 17}, "ok", Answer.UNKNOWN),
        ({"ok": {"code": 5}}, "ok", Answer.UNKNOWN),
    ],
)
def test_only_a_positive_acknowledgement_counts(content: Any, path: str, answer: Answer) -> None:
    queue, write = AckQueue(Ack("a", path)), _write("m_401")
    queue.waiting.append(write)
    found = queue.match(content)
    assert found is not None
    assert found[1] is answer


def test_an_acknowledgement_that_says_neither_yes_nor_no_leaves_it_unknown() -> None:
    queue, write = AckQueue(Ack("a", "ok")), _write("m_401")
    queue.waiting.append(write)
    found = queue.match({"other": 1})
    assert found is not None
    assert found[1] is Answer.UNKNOWN


def _write(machine: str) -> Write:
    return Write("t", machine, "speed", 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"hall/{id}/speed"', '"hall/+/speed"', "without + and #"),
        ('path = "state"', 'path = "a..b"', "Write a path"),
        ('set = "hall/{id}/sp/set"', 'ack = "x"', "Name the topic to which a target is published"),
        ('path = "drive.temp"', 'path = "x", set = "y"', "does not let people set"),
        ('time = "ts"', "alive = 5", "alive is 5"),
    ],
)
def test_each_mistake_says_where_it_is_and_what_to_do(old: str, new: str, message: str) -> None:
    with pytest.raises(PlantError) as caught:
        make_sources(parse_plant(PLANT.replace(old, new)))
    assert message in str(caught.value).replace(": ", " ")


def test_an_empty_payload_is_not_a_value_and_clears_no_stop(source: FedSource) -> None:
    """Somebody removed the retained message."""
    source.is_there()
    source.receive("hall/401/state", {"state": 2, "drive": {"temp": 1}})
    source.receive("hall/401/state", b"")
    assert (source.quality(), source.state()["status"]) == (Quality.BAD, "EMERGENCY_STOP")
    assert "the payload is empty" in source.recorder.reason["m_401"]
    source.receive("hall/401/state", {"state": "", "drive": {"temp": 1}})
    assert (source.quality(), source.state()["status"]) == (Quality.BAD, "EMERGENCY_STOP")
    source.receive("hall/401/state", {"state": 1, "drive": {"temp": 1}})
    assert (source.quality(), source.state()["status"]) == (Quality.GOOD, "RUNNING")


def test_a_machine_is_offline_if_its_retained_presence_is_removed() -> None:
    source = FedSource(PLANT.replace('time = "ts"', 'time = "ts"\nalive = "hall/{id}/online"'))
    source.receive("hall/401/online", "true", is_retained=True)
    source.is_there()
    assert source.quality() is Quality.GOOD
    source.receive("hall/401/online", b"")
    assert source.quality() is Quality.OFFLINE


def test_a_duplicate_name_among_a_hundred_thousand_is_found_at_once() -> None:
    names = [f'"n{number}":1' for number in range(100_000)]
    with pytest.raises(UnreadableError, match="n99999"):
        parse(f"{{{','.join([*names, names[-1]])}}}".encode())


def test_a_time_with_a_thousand_digits_is_ignored_and_its_value_counts(source: FedSource) -> None:
    digits = "9" * 1000
    assert seconds({"ts": int(digits)}, "ts") == 0
    source.is_there()
    source.receive("hall/401/state", f'{{"state": 2, "drive": {{"temp": 7}}, "ts": {digits}}}'.encode())
    assert (source.state()["status"], source.state()["temp"]) == ("EMERGENCY_STOP", 7)
