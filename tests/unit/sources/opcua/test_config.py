"""The settings of an OPC UA source in a plant file, and every mistake in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from setpoint.core.plant import parse_plant
from setpoint.errors import PlantError
from setpoint.sources.opcua.config import MachineNodes, OpcUaSettings, Security, read_settings

_HEAD = """
[sources.press]
kind = "opcua"
endpoint = "opc.tcp://10.0.0.5:4840"
security = "None"
"""
_LINES = """
[[lines]]
id = "01"
machines = [401, "402-403"]
"""
_FIELDS = """
[sources.press.fields]
speed = "ns=2;s=Press{id}.Speed"
targetSpeed = { node = "ns=2;s=Press{id}.Target", scale = 0.1, deadband = 0.5, sampling_ms = 1000 }
mode = { node = "ns=2;s=L{line}.Press{id}.Mode", map = { RUN = 1, IDLE = 2, MAINTENANCE = 3 }, optional = true }
"""


def _read(text: str) -> tuple[OpcUaSettings, tuple[MachineNodes, ...]]:
    plant = parse_plant(text)
    return read_settings(plant.sources[0], list(plant.machines.values()), plant, directory=Path("/etc/plant"))


def _mistakes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(PlantError) as caught:
        _read(text)
    assert all(mistake.remedy for mistake in caught.value.mistakes)
    return [(mistake.where, mistake.what) for mistake in caught.value.mistakes]


def test_one_pattern_serves_all_machines_that_are_alike() -> None:
    settings, machines = _read(_HEAD + _FIELDS + _LINES)
    assert [each.fields[0].node for each in machines] == [
        "ns=2;s=Press401.Speed", "ns=2;s=Press402.Speed", "ns=2;s=Press403.Speed",
    ]  # fmt: skip
    assert machines[0].fields[2].node == "ns=2;s=L01.Press401.Mode"
    target = machines[0].fields[1]
    assert (target.scale, target.deadband, target.sampling_ms) == (0.1, 0.5, 1000)
    assert machines[0].fields[2].is_optional
    assert settings.security == Security(directory=Path("/etc/plant"))
    assert (settings.publishing_ms, settings.sampling_ms, settings.machines_per_subscription) == (
        250,
        250,
        50,
    )


def test_a_machine_can_have_its_own_words_for_the_pattern_and_its_own_nodes() -> None:
    lines = """
[[lines]]
id = "01"
machines = [{ id = 401, plc = "Kiln" }, { id = 402, plc = "Oven", nodes = { speed = "ns=2;i=4711" } }]
"""
    _, machines = _read(_HEAD + '[sources.press.fields]\nspeed = "ns=2;s={plc}.Speed"\n' + lines)
    assert [each.fields[0].node for each in machines] == ["ns=2;s=Kiln.Speed", "ns=2;i=4711"]


def test_the_status_may_come_from_a_state_a_word_of_bits_and_flags_together() -> None:
    status = """
[sources.press.status]
node = "ns=2;s=P{id}.State"
map = { 3 = "RUNNING", 9 = "FAULT" }
cause = "ns=2;s=P{id}.Reason"
word = "ns=2;s=P{id}.Word"
bits = { EMERGENCY_STOP = { 0 = "button", 1 = "rope" }, FAULT = [4, 5], MAINTENANCE_LOCK = 7 }
flags = { SAFETY_INTERLOCK = "ns=2;s=P{id}.Door" }
"""
    _, machines = _read(_HEAD + _FIELDS + status + _LINES)
    found = machines[0].status
    assert found.names == {"3": "RUNNING", "9": "FAULT"}
    assert [(bit.status, bit.number, bit.cause) for bit in found.bits] == [
        ("EMERGENCY_STOP", 0, "button"), ("EMERGENCY_STOP", 1, "rope"),
        ("FAULT", 4, ""), ("FAULT", 5, ""), ("MAINTENANCE_LOCK", 7, ""),
    ]  # fmt: skip
    assert found.flags[0].node == "ns=2;s=P401.Door"


def test_paths_start_at_the_plant_files_folder() -> None:
    secured = _HEAD.replace('security = "None"', 'security = "Basic256Sha256"') + (
        'certificate = "pki/s.der"\nprivate_key = "/k.pem"\nserver_certificate = "p.der"\n'
    )
    settings, _ = _read(secured + _FIELDS + _LINES)
    assert settings.security == Security(
        "Basic256Sha256",
        "SignAndEncrypt",
        Path("/etc/plant/pki/s.der"),
        Path("/k.pem"),
        Path("/etc/plant/p.der"),
        directory=Path("/etc/plant"),
    )


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('endpoint = "opc.tcp://10.0.0.5:4840"', "", "sources.press.endpoint", "is missing"),
        ("opc.tcp://10.0.0.5", "http://10.0.0.5", "sources.press.endpoint", "http"),
        ("opc.tcp://10", "opc.tcp://anna:secret@10", "sources.press.endpoint", "anna"),
        ('security = "None"', "", "sources.press.security", "is missing"),
        ('security = "None"', 'security = "Basic128"', "sources.press.security", "Basic128"),
        ('security = "None"', 'security = "Basic256Sha256"', "sources.press.certificate", "is missing"),
        (
            'security = "None"',
            'security = "None"\npassword = "x"',
            "sources.press.password",
            "does not belong",
        ),
        ('security = "None"', 'security = "None"\npublishing_ms = 1', "sources.press.publishing_ms", "is 1"),
        ("speed = ", "sped = ", "sources.press.fields.sped", "is not a field of the plant"),
        (
            "ns=2;s=Press{id}.Speed",
            "Press{id}.Speed",
            "sources.press.fields.speed",
            "gives machine m:401 the node",
        ),
        ("ns=2;s=Press{id}.Speed", "ns=2;s={plc}.Speed", "sources.press.fields.speed", "{plc}"),
        ("scale = 0.1", "scale = 0", "sources.press.fields.targetSpeed.scale", "is 0"),
        ("scale = 0.1", 'scale = "x"', "sources.press.fields.targetSpeed.scale", "'x'"),
        ("scale = 0.1", "sclae = 0.1", "sources.press.fields.targetSpeed.sclae", "not a key"),
        ("RUN = 1, ", "", "sources.press.fields.mode.map", "names IDLE, MAINTENANCE"),
        ("[401,", '[{ id = 401, nodes = { temp = "i=1" } },', "machine m:401, nodes.temp", "names no field"),
    ],
)
def test_each_mistake_is_reported_with_its_place_and_a_remedy(
    old: str, new: str, where: str, what: str
) -> None:
    text = _HEAD + _FIELDS + _LINES
    assert old in text
    found = _mistakes(text.replace(old, new))
    assert any(place.endswith(where) or where in place for place, _ in found), found
    assert any(what in message for _, message in found), found


def test_mistakes_in_the_status_are_reported() -> None:
    status = """
[sources.press.status]
map = { 3 = "running?" }
bits = { E_STOP = [0], FAULT = [64] }
flags = { FAULT = 3 }
packml = "yes"
"""
    places = [place for place, _ in _mistakes(_HEAD + _FIELDS + status + _LINES)]
    assert [place.removeprefix("sources.press.") for place in places] == [
        "status.map", "status.word", "status.packml", "status.bits.E_STOP", "status.bits.FAULT", "status.flags.FAULT",
    ]  # fmt: skip


def test_a_mistake_in_a_pattern_is_reported_once_for_any_number_of_machines() -> None:
    text = (_HEAD + _FIELDS + _LINES).replace("ns=2;s=Press{id}.Speed", "Press{id}")
    assert _mistakes(text.replace('"402-403"', '"402-900"')) == [
        ("sources.press.fields.speed", "gives machine m:401 the node 'Press401'.")
    ]


def test_a_source_without_fields_says_what_to_write() -> None:
    assert ("sources.press.fields", "is missing.") in _mistakes(_HEAD + _LINES)
