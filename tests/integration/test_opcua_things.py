"""Arrays, structures, methods and the like: the source reads them, sets them if possible, and otherwise says why
not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asyncua import ua
from tests.integration.opcua_things import ODD_NAMES, SCALARS, ThingsServer, serve_things

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Plant, Write, parse_plant
from setpoint.sources.base import Finding
from setpoint.sources.opcua import OpcUaSource
from setpoint.sources.opcua.browse import propose, walk
from setpoint.sources.opcua.config import OpcUaSettings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.registry import make_sources
from setpoint.testing import Recorder


@pytest.fixture(scope="module")
def things() -> Iterator[ThingsServer]:
    with serve_things() as things:
        yield things


def _plant(things: ThingsServer, fields: str, nodes: str, status: str = "") -> Plant:
    text = f"""
{fields}
[sources.things]
kind = "opcua"
endpoint = "{things.endpoint}"
security = "None"
[sources.things.fields]
{nodes}
{status}
[[lines]]
id = "01"
machines = [{{ id = 1, slot = 2 }}]
"""
    return parse_plant(text.replace("NS", f"ns={things.space}"))


def _source(plant: Plant) -> OpcUaSource:
    [source] = make_sources(plant).values()
    assert isinstance(source, OpcUaSource)
    return source


@asynccontextmanager
async def _running(plant: Plant) -> AsyncIterator[tuple[OpcUaSource, Recorder]]:
    source, recorder = _source(plant), Recorder()
    await source.start(recorder)
    try:
        await recorder.until(
            lambda: "m_1" in recorder.state and recorder.quality["m_1"] is not Quality.NEVER_SEEN
        )
        yield source, recorder
    finally:
        await source.stop()


async def _probed(plant: Plant) -> dict[str, Finding]:
    return {each.field: each for each in await _source(plant).probe()}


async def _set(source: OpcUaSource, recorder: Recorder, field: str, value: Value) -> tuple[Answer, str]:
    recorder.answers.clear()
    await source.write([Write("t", "m_1", field, value)])
    await recorder.until(lambda: bool(recorder.answers), within_s=4)
    return recorder.answers[0].answer, recorder.answers[0].message


@pytest.mark.parametrize("kind", SCALARS)
async def test_every_numeric_type_is_read_and_set_to_the_last_digit(things: ThingsServer, kind: str) -> None:
    low, high = SCALARS[kind]
    plant = _plant(things, "[fields.a]\nwritable = true", f'a = "NS;s={kind}"')
    async with _running(plant) as (source, recorder):
        assert recorder.state["m_1"]["a"] == low
        assert await _set(source, recorder, "a", high) == (Answer.TAKEN, "")
        await recorder.until(lambda: recorder.state["m_1"]["a"] == high)
        assert things.value(kind) == high
    things.put(kind, low, ua.VariantType[kind])


async def test_an_element_of_an_array_is_read_and_set_and_its_neighbours_stay(things: ThingsServer) -> None:
    things.honours_ranges = True
    plant = _plant(things, "[fields.a]\nwritable = true", 'a = { node = "NS;s=Speeds", index = "{slot}" }')
    async with _running(plant) as (source, recorder):
        assert recorder.state["m_1"]["a"] == 30
        assert await _set(source, recorder, "a", 33) == (Answer.TAKEN, "")
        await recorder.until(lambda: recorder.state["m_1"]["a"] == 33)
        assert things.value("Speeds") == [10, 20, 33]
    findings = await _probed(plant)
    assert (findings["a"].value, findings["a"].is_writable, findings["a"].problem) == (33, True, "")
    things.honours_ranges = False
    things.put("Speeds", [10, 20, 30], ua.VariantType.Int16)


async def test_a_server_that_ignores_ranges_is_read_rightly_and_never_written(things: ThingsServer) -> None:
    plant = _plant(things, "[fields.a]\nwritable = true", 'a = { node = "NS;s=Speeds", index = 2 }')
    async with _running(plant) as (source, recorder):
        assert recorder.state["m_1"]["a"] == 30
        answer, why = await _set(source, recorder, "a", 33)
        assert answer is Answer.REFUSED
        assert "would replace all of it" in why
        assert things.value("Speeds") == [10, 20, 30]
    assert "would replace all of it" in (await _probed(plant))["a"].problem


async def test_an_element_of_a_matrix_is_set_with_as_many_dimensions_as_it_has(things: ThingsServer) -> None:
    things.honours_ranges = True
    plant = _plant(things, "[fields.a]\nwritable = true", 'a = { node = "NS;s=Grid", index = [1, "{slot}"] }')
    async with _running(plant) as (source, recorder):
        assert recorder.state["m_1"]["a"] == 6
        assert await _set(source, recorder, "a", 66) == (Answer.TAKEN, "")
        await recorder.until(lambda: recorder.state["m_1"]["a"] == 66)
    assert things.value("Grid") == [[1, 2, 3], [4, 5, 66]]
    things.honours_ranges = False


async def test_the_only_element_of_an_array_is_never_taken_for_a_later_one(things: ThingsServer) -> None:
    """A server that ignores ranges answers with the whole array, which may look like a single element."""
    plant = _plant(things, "[fields.a]\nwritable = true", 'a = { node = "NS;s=Lonely", index = 2 }')
    async with _running(plant) as (source, recorder):
        await recorder.until(lambda: recorder.quality["m_1"] is Quality.BAD)
        assert recorder.state["m_1"]["a"] is None
        assert (await _set(source, recorder, "a", 33))[0] is Answer.REFUSED
    assert things.value("Lonely") == [7]
    assert "element 2 is not there" in (await _probed(plant))["a"].problem


async def test_an_element_that_the_array_does_not_have_makes_the_machine_bad(things: ThingsServer) -> None:
    plant = _plant(things, "[fields.a]", 'a = { node = "NS;s=Speeds", index = 7 }')
    async with _running(plant) as (_, recorder):
        await recorder.until(lambda: recorder.quality["m_1"] is Quality.BAD, within_s=8)
        assert recorder.state["m_1"]["a"] is None
    assert (await _probed(plant))["a"].problem


async def test_a_field_of_a_structure_is_read_and_setting_it_is_refused_with_what_to_do(
    things: ThingsServer,
) -> None:
    plant = _plant(
        things,
        "[fields.a]\nwritable = true\n[fields.b]\n[fields.c]\ntype = 'text'",
        'a = { node = "NS;s=Drive", member = "Speed" }\n'
        'b = { node = "NS;s=Drive", member = "Limits[2]" }\n'
        'c = { node = "NS;s=Drive", member = "Name" }',
    )
    async with _running(plant) as (source, recorder):
        assert recorder.state["m_1"] == {"a": 142.5, "b": 3, "c": "M1"}
        answer, why = await _set(source, recorder, "a", 10)
        assert answer is Answer.REFUSED
        assert "map the node of the field, or a method" in why


async def test_a_set_point_is_set_by_a_method_and_its_refusal_is_one(things: ThingsServer) -> None:
    node = 'a = { node = "NS;s=MachSpeed", method = "NS;s=SetMachSpeed" }'
    plant = _plant(things, "[fields.a]\nwritable = true", node)
    async with _running(plant) as (source, recorder):
        assert await _set(source, recorder, "a", 250.5) == (Answer.TAKEN, "")
        await recorder.until(lambda: recorder.state["m_1"]["a"] == 250.5)
        answer, why = await _set(source, recorder, "a", 900)
        assert answer is Answer.REFUSED
        assert "BadOutOfRange" in why
    assert things.calls == [("SetMachSpeed", 250.5), ("SetMachSpeed", 900.0)]
    findings = await _probed(plant)
    assert findings["a"].is_writable
    assert not findings["a"].problem


async def test_names_that_the_server_has_for_numbers_are_read_and_set(things: ThingsServer) -> None:
    plant = _plant(
        things,
        '[fields.mode]\ntype = "choice"\noptions = ["OFF", "RUN", "SET UP"]\nwritable = true',
        'mode = "NS;s=Mode"',
        '[sources.things.status]\nnode = "NS;s=Mode"',
    )
    async with _running(plant) as (source, recorder):
        assert (recorder.state["m_1"]["mode"], recorder.state["m_1"]["status"]) == ("RUN", "Run")
        assert await _set(source, recorder, "mode", "SET UP") == (Answer.TAKEN, "")
        await recorder.until(lambda: recorder.state["m_1"]["mode"] == "SET UP")
        assert things.value("Mode") == 2
    assert not (await _probed(plant))["mode"].problem
    things.put("Mode", 1, ua.VariantType.Int32)


@pytest.mark.rule("SAFE-1")
@pytest.mark.parametrize(("node", "calm", "alarm"), [
    ("AlarmBits", [False] * 8, [False, True, *[False] * 6]), ("AlarmWords", [0, 0], [2, 0]),
])  # fmt: skip
async def test_alarm_arrays_assert_a_stop(things: ThingsServer, node: str, calm: Any, alarm: Any) -> None:
    word = f'word = {{ node = "NS;s={node}", array = true }}\nbits = {{ EMERGENCY_STOP = [1] }}'
    status = f"[sources.things.status]\n{word}"
    kind = ua.VariantType.Boolean if node == "AlarmBits" else ua.VariantType.UInt16
    async with _running(_plant(things, "[fields.a]", 'a = "NS;s=Double"', status)) as (_, recorder):
        things.put(node, alarm, kind)
        await recorder.until(lambda: recorder.state["m_1"].get("status") == "EMERGENCY_STOP")
        things.put(node, calm, kind)
        await recorder.until(lambda: recorder.state["m_1"].get("status") is None)


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize(
    ("node", "why"),
    [
        ("AlarmDouble", "a number, which has no bits"),
        ("AlarmText", "a text, which has no bits"),
        ("Nothing", "nothing, which has no bits"),
        ("Drive", "a structure, which has no bits"),
        ("Nowhere", "BadNodeIdUnknown"),
    ],
)
async def test_a_word_that_is_not_bits_makes_the_machine_bad_and_check_reports_it(
    things: ThingsServer, node: str, why: str
) -> None:
    status = f'[sources.things.status]\nword = "NS;s={node}"\nbits = {{ EMERGENCY_STOP = [0] }}'
    plant = _plant(things, "[fields.a]", 'a = "NS;s=Double"', status)
    async with _running(plant) as (_, recorder):
        await recorder.until(lambda: recorder.quality["m_1"] is Quality.BAD, within_s=8)
        assert why in recorder.reason["m_1"]
    assert (await _probed(plant))["status word"].problem


async def test_nan_and_infinities_are_no_reading(things: ThingsServer) -> None:
    async with _running(_plant(things, "[fields.a]", 'a = "NS;s=Double"')) as (_, recorder):
        for number in (float("nan"), float("inf")):
            things.put("Double", number, ua.VariantType.Double)
            await recorder.until(lambda: recorder.state["m_1"]["a"] is None)
            assert recorder.quality["m_1"] is Quality.GOOD
            things.put("Double", 0.1, ua.VariantType.Double)
            await recorder.until(lambda: recorder.state["m_1"]["a"] == 0.1)


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_nodes_with_odd_names_are_read(things: ThingsServer, name: str) -> None:
    node = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("{id}", "{{id}}")
    async with _running(_plant(things, "[fields.a]", f'a = "NS;s={node}"')) as (_, recorder):
        assert recorder.state["m_1"]["a"] == 5


async def test_types_that_cannot_be_shown_are_named_and_the_others_are_shown(things: ThingsServer) -> None:
    fields = "".join(
        f"[fields.{name}]\ntype = 'text'\n" for name in ("when", "blob", "local", "drive", "speeds")
    )
    nodes = "\n".join(
        f'{name.lower()} = "NS;s={name}"' for name in ("When", "Blob", "Local", "Drive", "Speeds")
    )
    findings = await _probed(_plant(things, fields, nodes))
    assert (findings["when"].value, findings["when"].problem) == ("2026-11-28T12:00:00.000Z", "")
    assert (findings["local"].value, findings["local"].problem) == ("Halt", "")
    assert "array" in findings["blob"].problem
    assert 'member = "Speed"' in findings["drive"].problem
    assert "index = 0" in findings["speeds"].problem


async def test_browse_handles_every_odd_node(things: ThingsServer) -> None:
    async with connect(OpcUaSettings(things.endpoint), {}) as session:
        variables = await walk(session)
        proposed = propose(variables, things.endpoint, session.namespaces)
    by_name = {each.path[-1]: each for each in variables}
    assert by_name["Mode"].names == {0: "Off", 1: "Run", 2: "Set up"}
    assert by_name["SetMachSpeed"].type == "Method"
    plant = parse_plant(proposed)
    assert all(not each.problem for each in await _source(plant).probe()), "a proposal passes check --connect"
