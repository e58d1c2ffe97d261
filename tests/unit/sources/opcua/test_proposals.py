"""Whatever a server calls its nodes, the proposal is a usable plant file, and names what it found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from setpoint.cli.opcua import _for_file
from setpoint.core.plant import FieldType, Plant, parse_plant
from setpoint.errors import ConfigError
from setpoint.sources.opcua.browse import Variable, find_machines, propose, propose_machines
from setpoint.sources.opcua.config import MachineNodes, read_settings
from setpoint.sources.opcua.machines import MEANINGS
from setpoint.sources.opcua.pick import chosen, listing, machines_of, pickable
from setpoint.sources.opcua.variants import Array

SPACES = {"http://opcfoundation.org/UA/": 0, "urn:plc": 3, "urn:odd;50%": 4}
_NAMES = st.one_of(
    st.sampled_from(
        ("Speed", "MachSpeed", "State", "Mode", "Alarms", "Press 1", "Press 2", "{id}", "{x}", "Ä", "1")
    ),
    st.sampled_from(sorted(word for words in MEANINGS.values() for word in words)),
    st.text(max_size=12),
)
_VARIABLES = st.builds(
    Variable,
    node=st.tuples(st.sampled_from(("ns=3;s=", "ns=4;s=", "ns=9;s=")), st.text(min_size=1, max_size=15)).map(
        "".join
    ),
    path=st.lists(_NAMES, min_size=1, max_size=4).map(tuple),
    type=st.sampled_from(("Float", "Int32", "String", "Boolean", "DateTime", "LocalizedText", "Method", "")),
    value=st.one_of(st.none(), st.integers(0, 5), st.text(max_size=5)),
    is_writable=st.booleans(),
    unit=st.text(max_size=4),
    range=st.one_of(st.none(), st.just((0.0, 1e6))),
    names=st.dictionaries(st.integers(0, 3), st.text(min_size=1, max_size=5), max_size=3),
    owner=st.just("ns=3;s=Owner"),
)


def test_a_proposal_has_the_settings_with_which_its_server_was_reached(tmp_path: Path) -> None:
    connection = {"security": "Basic256Sha256", "certificate": "pki/setpoint.der", "private_key": "pki/setpoint.pem",
                  "server_certificate": str(tmp_path / "press.der"), "plain_password": True,
                  "request_timeout_ms": 9_000}  # fmt: skip
    in_file = _for_file(connection, Path(), Path("plants"))
    found = [
        Variable("ns=3;s=P", ("Press 1", "Speed"), "Double"),
        Variable("ns=3;s=S", ("Press 1", "State"), "Int32"),
    ]
    plant = parse_plant(propose(found, "opc.tcp://x:1", SPACES, in_file))
    read, _ = read_settings(plant.sources[0], (), plant, directory=Path("plants"))
    assert (read.security.policy, read.request_timeout_ms) == ("Basic256Sha256", 9_000)
    assert read.security.may_send_plain_password
    assert read.security.server_certificate == tmp_path / "press.der"
    assert in_file["certificate"] == "../pki/setpoint.der"


def test_elements_of_an_array_are_picked_one_by_one_for_every_machine_that_has_them() -> None:
    def zones(node: str, oven: str) -> Variable:
        return Variable(node, ("Hall", oven, "Zones"), value=Array(11, (80.0, 90.0, 100.0)), is_writable=True)

    offered = pickable([zones("ns=3;s=A.Zones", "A"), zones("ns=3;i=7", "B"), Variable("ns=3;s=L", ("Hall", "Long"),
                       value=Array(11, (1.0,) * 500))])  # fmt: skip
    assert [line.split()[:2] for line in listing(offered) if "Zones" in line][:2] == [
        ["1", "Zones[0]"],
        ["2", "Zones[1]"],
    ]
    machines, others = machines_of([offered[1]], offered)
    assert len(others) == 1
    text = propose_machines([[*machines, *others]], "opc.tcp://x:1", SPACES)
    read = _read(text)[1]
    assert [(each.fields[0].node, each.fields[0].part.index) for each in read] == [
        ("nsu=urn:plc;s=A.Zones", (1,)),
        ("nsu=urn:plc;i=7", (1,)),
    ]


def _read(text: str) -> tuple[Plant, list[MachineNodes]]:
    plant = parse_plant(text)
    machines: list[MachineNodes] = []
    for source in plant.sources:
        own = [each for each in plant.machines.values() if each.source == source.name]
        machines += read_settings(source, own, plant)[1]
    return plant, machines


@settings(derandomize=True, max_examples=100, phases=(Phase.explicit, Phase.generate))
@given(st.lists(_VARIABLES, max_size=12), st.integers(0, 3))
def test_every_proposal_passes_check_and_gives_each_machine_the_nodes_that_were_found(
    variables: list[Variable], depth: int
) -> None:
    for each in variables[:depth]:
        each.machine_depth = min(1, len(each.path) - 1)
    kinds = find_machines(variables)
    if not kinds:
        assert "--pick" in propose(variables, "opc.tcp://x:1", SPACES)
        return
    plant, machines = _read(propose(variables, "opc.tcp://x:1", SPACES))
    assert len(plant.machines) == sum(len(kind) for kind in kinds)
    known = {each.node.partition(";s=")[2] for each in variables}
    for machine in machines:
        assert {each.node.partition(";s=")[2] for each in machine.fields} <= known


def _machine(name: str, *, hall: str = "Hall") -> list[Variable]:
    shapes = (("CurSpeed", "Float", False), ("Target", "Float", True), ("State", "Int32", False))
    return [
        Variable(f"ns=3;s={name}.{part}", (hall, name, part), kind, 1, writable)
        for part, kind, writable in shapes
    ]


def test_machines_without_a_number_are_recognised_by_what_they_have_and_keep_their_names() -> None:
    text = propose([*_machine("Mixer"), *_machine("Kiln")], "opc.tcp://x:1", SPACES)
    plant, machines = _read(text)
    assert {each.name: each.id for each in plant.machines.values()} == {"Mixer": "m:1", "Kiln": "m:2"}
    assert [each.fields[1].node for each in machines] == [
        "nsu=urn:plc;s=Mixer.Target",
        "nsu=urn:plc;s=Kiln.Target",
    ]
    assert '"nsu=urn:plc;s={name}.Target"' in text


def test_several_kinds_of_machines_are_several_sources() -> None:
    tank = [
        Variable("ns=3;s=Tank7.Level", ("Hall", "Tank 7", "Level"), "Double", 1.0),
        Variable("ns=3;s=Tank7.Recipe", ("Hall", "Tank 7", "Recipe"), "String", "A"),
        Variable("ns=3;s=Tank7.State", ("Hall", "Tank 7", "State"), "String", "Idle"),
    ]
    plant, machines = _read(
        propose([*_machine("Press 4"), *_machine("Press 5"), *tank], "opc.tcp://x:1", SPACES)
    )
    assert {each.name: each.source for each in plant.machines.values()} == {
        "Press 4": "opcua",
        "Press 5": "opcua",
        "Tank 7": "opcua2",
    }
    assert {each.machine for each in machines} == {"m_4", "m_5", "m_7"}


def test_names_that_the_server_has_for_its_modes_become_the_options() -> None:
    found = _machine("Press 4")
    found.append(
        Variable(
            "ns=3;s=Press 4.Mode",
            ("Hall", "Press 4", "Mode"),
            "Int32",
            1,
            True,
            names={1: "Run", 2: "Set up"},
        )
    )
    plant, [machine] = _read(propose(found, "opc.tcp://x:1", SPACES))
    mode = plant.fields_by_name["mode"]
    assert (mode.type, mode.options, mode.is_writable) == (FieldType.CHOICE, ("Run", "Set up"), True)
    assert next(each for each in machine.fields if each.name == "mode").choices == {"Run": 1, "Set up": 2}


def test_a_packml_machine_by_type_is_set_by_its_methods() -> None:
    shapes = (
        (("Status", "CurMachSpeed"), "Float"),
        (("Status", "MachSpeed"), "Float"),
        (("BaseStateMachine", "CurrentState"), "LocalizedText"),
        (("BaseStateMachine", "MachineState", "CurrentState"), "LocalizedText"),
    )
    found = [
        Variable(
            f"ns=3;i={100 * number + place}", ("Line", name, *path), kind, None,
            machine_depth=2, machine_type="PackMLBaseObjectType",
        )
        for number, name in enumerate(("Filler", "Capper"))
        for place, (path, kind) in enumerate(shapes)
    ]  # fmt: skip
    found += [
        Variable(
            f"ns=3;i={900 + number}", ("Line", name, "SetMachSpeed"), "Method", owner=f"ns=3;i={950 + number}"
        )
        for number, name in enumerate(("Filler", "Capper"))
    ]
    plant, machines = _read(propose(found, "opc.tcp://x:1", SPACES))
    assert [each.name for each in plant.machines.values()] == ["Filler", "Capper"]
    assert [each.name for each in plant.writable] == ["targetSpeed"]
    methods = [
        next(each.method for each in machine.fields if each.name == "targetSpeed") for machine in machines
    ]
    assert [(each.node, each.object) for each in methods if each] == [
        ("nsu=urn:plc;i=900", "nsu=urn:plc;i=950"),
        ("nsu=urn:plc;i=901", "nsu=urn:plc;i=951"),
    ]
    assert machines[0].status.node == "nsu=urn:plc;i=2"
    assert machines[0].status.is_packml


def test_picked_nodes_become_a_machine_and_others_with_the_same_ones_are_found() -> None:
    everything = [
        *_machine("Mixer"),
        *_machine("Kiln"),
        Variable("ns=3;s=x", ("Hall", "Door"), "Boolean", True),
    ]
    offered = pickable(everything)
    lines = list(listing(offered))
    assert any(line.strip().startswith("1 ") and "Door" in line for line in lines)
    numbers = chosen("2, 4", len(offered))
    machines, others = machines_of([offered[number] for number in numbers], offered)
    assert (machines[0].name, [each.name for each in others]) == ("Kiln", ["Mixer"])
    plant, nodes = _read(propose_machines([[*machines, *others]], "opc.tcp://x:1", SPACES))
    assert [each.name for each in plant.machines.values()] == ["Kiln", "Mixer"]
    assert nodes[1].fields[0].node.startswith("nsu=urn:plc;s=Mixer.")


@pytest.mark.parametrize("text", ["0", "9", "a", "3-1", "-1"])
def test_typing_mistakes_are_explained(text: str) -> None:
    with pytest.raises(ConfigError, match="not one of the numbers 1 to 5"):
        chosen(text, 5)
