"""The proposal for an unknown server is a valid plant file."""

from __future__ import annotations

from setpoint.core.plant import parse_plant
from setpoint.sources.opcua.browse import Variable, propose
from setpoint.sources.opcua.config import read_settings

SPACES = {"http://opcfoundation.org/UA/": 0, "urn:plc": 3}


def _machine(line: int, number: int, *, node: str = "ns=3;s=L{line}.M{number}.{name}") -> list[Variable]:
    shapes = [("CurMachSpeed", "Float", False), ("MachSpeed", "Float", True), ("Temperature", "Double", False),
              ("StateCurrent", "Int32", False), ("Oil level", "Int16", True), ("Recipe", "String", True)]  # fmt: skip
    return [
        Variable(
            node.format(line=line, number=number, name=name),
            ("Plant", f"Line {line}", f"Machine {number}", name),
            kind,
            0,
            writable,
        )
        for name, kind, writable in shapes
    ]


def test_machines_alike_become_one_pattern_and_ranges_by_line() -> None:
    found = [
        each
        for line in (1, 2)
        for number in range(100 * line, 100 * line + 30)
        for each in _machine(line, number)
    ]
    # The nodes contain the line's number too, so the second line names its own nodes. The first line is the pattern.
    plant = parse_plant(
        propose([each for each in found if each.path[1] == "Line 1"], "opc.tcp://x:1", SPACES)
    )
    settings, machines = read_settings(plant.sources[0], list(plant.machines.values()), plant)
    assert [line.id for line in plant.lines] == ["01"]
    assert len(plant.machines) == 30
    assert {each.name for each in settings.fields} == {"speed", "targetSpeed", "temp", "oilLevel", "recipe"}
    assert machines[7].fields[0].node == "nsu=urn:plc;s=L1.M107.CurMachSpeed"
    assert [each.name for each in plant.writable] == ["targetSpeed"]
    assert plant.fields_by_name["targetSpeed"].actual == "speed"
    both = parse_plant(propose(found, "opc.tcp://x:1", SPACES))
    _, machines = read_settings(both.sources[0], list(both.machines.values()), both)
    assert {line.id: len(line.machines) for line in both.lines} == {"01": 30, "02": 30}
    assert machines[45].fields[0].node == "nsu=urn:plc;s=L2.M215.CurMachSpeed"


def test_machines_of_the_same_number_on_two_lines_are_distinguished() -> None:
    found = [each for line in (1, 2) for number in (1, 2) for each in _machine(line, number)]
    plant = parse_plant(propose(found, "opc.tcp://x:1", SPACES))
    assert list(plant.machines) == ["m_101", "m_102", "m_201", "m_202"]


def test_nodes_without_the_number_in_them_are_named_for_each_machine() -> None:
    found = _machine(1, 401, node="ns=3;i=5") + _machine(1, 402, node="ns=3;i=6")
    plant = parse_plant(propose(found, "opc.tcp://x:1", SPACES))
    _, machines = read_settings(plant.sources[0], list(plant.machines.values()), plant)
    assert [each.fields[0].node for each in machines] == ["nsu=urn:plc;i=5", "nsu=urn:plc;i=6"]


def test_a_server_without_machines_lists_what_it_has() -> None:
    text = propose([Variable("ns=3;s=Tank", ("Plant", "Tank"), "Double")], "opc.tcp://x:1", SPACES)
    assert "No machines were recognised" in text
    assert "nsu=urn:plc;s=Tank  Plant/Tank  Double" in text


def _filler(number: str, line: str = "Linie 1") -> list[Variable]:
    """Makes a PackML machine with a folder for its status, a folder for its commands, and two motors."""
    shapes = [
        ("Status/MachSpeed", "Float", False), ("Status/CurMachSpeed", "Float", False),
        ("Status/StateCurrent", "Int32", False), ("Command/MachSpeed", "Int16", True),
        ("Motor 1/Current", "Float", False), ("Motor 2/Current", "Float", False), ("Status/Since", "String", False),
    ]  # fmt: skip
    above = ("Hall", line, f"Filler-{number}")
    return [
        Variable(f'ns=3;s="DB_F{number}"."{path}"', (*above, *path.split("/")), kind, 0, writable)
        for path, kind, writable in shapes
    ]


def test_variables_in_folders_of_a_machine_are_the_machines_and_neither_motors_nor_lines_are_machines() -> (
    None
):
    found = [*_filler("03"), *_filler("04"), *_filler("11", "Linie 2")]
    plant = parse_plant(propose(found, "opc.tcp://x:1", SPACES))
    settings, machines = read_settings(plant.sources[0], list(plant.machines.values()), plant)
    assert [(line.id, line.name, [each.id for each in line.machines]) for line in plant.lines] == [
        ("01", "Linie 1", ["m:03", "m:04"]),
        ("02", "Linie 2", ["m:11"]),
    ]
    assert {each.name: each.label for each in plant.fields if each.name.startswith("motor")} == {
        "motor1Current": "Motor 1 Current",
        "motor2Current": "Motor 2 Current",
    }
    nodes = {each.name: each.node for each in machines[2].fields}
    assert nodes["speed"] == 'nsu=urn:plc;s="DB_F11"."Status/CurMachSpeed"'
    assert nodes["targetSpeed"] == 'nsu=urn:plc;s="DB_F11"."Command/MachSpeed"', "the one that can be written"
    assert settings.status.node == 'nsu=urn:plc;s="DB_F{id}"."Status/StateCurrent"'


def test_a_range_and_a_unit_that_the_server_states_are_taken_over() -> None:
    found = _machine(1, 401)
    found[0].unit = "1/min"
    found[1].range = (0.0, 600.0)
    plant = parse_plant(propose(found, "opc.tcp://x:1", SPACES))
    assert plant.fields_by_name["speed"].unit == "1/min"
    target = plant.fields_by_name["targetSpeed"]
    assert (target.minimum, target.maximum) == (0, 600)
