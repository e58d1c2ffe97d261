"""A Sparkplug source in the plant file: its settings, and the messages for mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.sparkplug.wire import PLANT, plant

from setpoint.errors import ConfigError, PlantError
from setpoint.sources.registry import make_sources
from setpoint.sources.sparkplug.broker import BrokerSettings
from setpoint.sources.sparkplug.config import MachineMetrics, SparkplugSettings, read_settings


def _read(text: str = PLANT) -> tuple[SparkplugSettings, tuple[MachineMetrics, ...]]:
    found = plant(text)
    return read_settings(found.sources[0], tuple(found.machines.values()), found, directory=Path("/plant"))


def test_placeholders_are_filled_in_for_each_machine() -> None:
    _, (first, second) = _read()
    assert (first.group, first.node, first.device, second.device) == ("G", "N", "D401", "D402")
    target = first.places.fields[1]
    assert (target.place.metric, target.place.command) == ("Target", "Set Target")


def test_a_machine_may_name_its_own_place_and_its_own_metrics() -> None:
    text = PLANT.replace("402]", '{ id = 402, node = "Other", fields = { speed = "Rpm" } }]')
    _, (_, second) = _read(text)
    assert (second.node, second.places.fields[0].place.metric) == ("Other", "Rpm")


def test_the_broker_is_an_address_and_files_start_at_the_plant_files_folder() -> None:
    own_settings = 'broker = "mqtts://b.local"\nca = "pki/ca.pem"\nclient_id = "sp"\nkeepalive_s = 30'
    settings, _ = _read(PLANT.replace('broker = "mqtt://127.0.0.1:1"', own_settings))
    broker = settings.broker
    assert (broker.address, broker.ca, broker.keepalive_s) == (
        "mqtts://b.local:8883",
        Path("/plant/pki/ca.pem"),
        30,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('broker = "mqtt://127.0.0.1:1"', "", "broker is missing"),
        ("mqtt://127.0.0.1:1", "http://x", "broker is 'http://x'"),
        ("mqtt://127.0.0.1:1", "mqtt://anna:secret@x", "belong into the secrets"),
        ("mqtt://127.0.0.1:1", "mqtt://x:99999", "broker is"),
        ('group = "G"', 'group = "A/B"', "one level of the topic"),
        ('node = "N"', "", "node is missing"),
        ('device = "D{id}"', 'device = "{cell}"', "{cell}, which machine m:401 does not give"),
        ('speed = "Speed"', 'pace = "Speed"', "pace is not a field of the plant"),
        ('speed = "Speed"', 'speed = { name = "Speed" }', "metric is missing"),
        ('speed = "Speed"', 'speed = { metric = "Speed", command = "X" }', "does not let people set"),
        ('group = "G"', 'group = "G"\nca = "ca.pem"', "is not encrypted, and there are certificates"),
        ('group = "G"', 'group = "G"\npassword = "x"', "does not belong in a plant file"),
        ('state = "State"', 'state = "State"\nbits = { FAULT = [1] }', "status.word is missing"),
        ('state = "State"', 'state = "State"\nword = "W"\nbits = { HOT = [1] }', "not a critical status"),
        (
            'state = "State"',
            'state = "State"\nword = "W"\nbits = { FAULT = [64] }',
            "Number the bits from 0 to 63",
        ),
    ],
)
def test_each_mistake_says_where_it_is_and_what_to_do(old: str, new: str, message: str) -> None:
    with pytest.raises(PlantError) as caught:
        _read(PLANT.replace(old, new))
    assert message in str(caught.value).replace(": ", " ")


def test_a_pattern_that_is_wrong_for_every_machine_is_reported_once() -> None:
    with pytest.raises(PlantError) as caught:
        _read(PLANT.replace('speed = "Speed"', "speed = 5"))
    assert str(caught.value).count("fields.speed") == 1


def test_a_password_is_not_sent_where_everybody_can_read_it() -> None:
    secrets = {"username": "anna", "password": "secret"}
    with pytest.raises(ConfigError, match="not encrypted"):
        BrokerSettings("broker.local").login(secrets)
    assert BrokerSettings("127.0.0.1").login(secrets) == ("anna", "secret")
    assert BrokerSettings("broker.local", may_send_plain_password=True).login(secrets) == ("anna", "secret")
    assert BrokerSettings("broker.local", is_encrypted=True).login(secrets) == ("anna", "secret")


def test_the_plant_file_is_enough_to_make_the_source() -> None:
    assert make_sources(plant()).keys() == {"press"}
