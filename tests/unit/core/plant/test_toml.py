"""The plant file: its settings, and for every mistake a message with its place and remedy."""

from __future__ import annotations

import pytest

from setpoint.core.plant import STANDARD_FIELDS, FieldHistory, FieldType, Of, line_kpis, parse_plant
from setpoint.errors import PlantError

SMALL = """
[[lines]]
id = "01"
machines = [401, "402"]
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(PlantError) as caught:
        parse_plant(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_plant_needs_no_more_than_a_line_with_machines() -> None:
    plant = parse_plant(SMALL)
    assert list(plant.machines) == ["m_401", "m_402"]
    assert plant.fields == STANDARD_FIELDS
    assert [source.kind for source in plant.sources] == ["simulator"]


def test_machines_are_numbers_texts_ranges_or_tables() -> None:
    plant = parse_plant(
        """
        [[lines]]
        id = "01"
        machines = [7, "007", "098-101", { id = 5, name = "Big press", slot = 3 }]
        """
    )
    assert list(plant.machines) == ["m_7", "m_007", "m_098", "m_099", "m_100", "m_101", "m_5"]
    assert plant.machines["m_5"].name == "Big press"
    assert plant.machines["m_5"].settings == {"slot": 3}


def test_fields_have_type_unit_range_and_column() -> None:
    plant = parse_plant(
        """
        [fields.pressure]
        unit = "bar"
        decimals = 2
        [fields.targetPressure]
        unit = "bar"
        min = 0.5
        max = 8
        writable = true
        column = "Pressure"
        aliases = ["Druck"]
        required = true
        actual = "pressure"
        [fields.recipe]
        type = "choice"
        options = ["A", "B"]
        writable = true
        [fields.level]
        writable = true
        tolerance = 0.5
        """
        + SMALL
    )
    target = plant.fields_by_name["targetPressure"]
    assert (target.minimum, target.maximum, target.column, target.actual) == (0.5, 8, "Pressure", "pressure")
    assert plant.fields_by_name["recipe"].type is FieldType.CHOICE
    assert [each.name for each in plant.writable] == ["targetPressure", "recipe", "level"]
    assert [each.tolerance for each in plant.writable] == [None, None, 0.5]


def test_machines_name_their_source_where_there_are_several() -> None:
    sources = '[sources.a]\nkind = "opcua"\nendpoint = "x"\n[sources.b]\nkind = "simulator"\n'
    plant = parse_plant(
        sources + '[[lines]]\nid = "01"\nsource = "a"\nmachines = [1, { id = 2, source = "b" }]'
    )
    assert [machine.source for machine in plant.machines.values()] == ["a", "b"]
    assert plant.sources[0].settings == {"endpoint": "x"}
    assert "does not say its source" in mistakes(sources + SMALL)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ]", "line 1, the file: is not valid TOML"),
        ("", "lines: is missing. Describe at least one"),
        ("nam = 'x'" + SMALL, "nam: is not a key that is known here. Known are name,"),
        ("name = 3" + SMALL, "name: is 3. Give a text."),
        (SMALL + SMALL, "lines, entry 2, id: is '01', which another line has."),
        (SMALL + "[[lines]]\nid = '02'\nmachines = [401]", "entry 1: is machine 401, which line '01' has already."),
        ("[[lines]]\nid = '01'\nmachines = ['x']", "machines, entry 1: is 'x'. Give a number (401)"),
        ("[[lines]]\nid = '01'\nmachines = []", "lines, entry 1, machines: lists no machine."),
        ("[[lines]]\nid = '01'\nmachines = ['9-1']", "entry 1: is '9-1'."),
        ("[[lines]]\nid = '01'\nmachines = ['1-900000']", "is more than 100000 machines"),
        ("[fields.status]\nwritable = true" + SMALL, "fields.status: is kept by Setpoint itself."),
        ("[fields.a]\nwritable = true\nmin = 5\nmax = 1" + SMALL, "fields.a.min: is 5, above max, 1. Swap them."),
        ("[fields.a]\nwritable = true\nmax = nan" + SMALL, "fields.a.max: is nan. Give a number."),
        ("[fields.a]\nwritable = true\nmin = -inf" + SMALL, "fields.a.min: is -inf. Give a number."),
        ("[fields.a]\nmax = 1" + "0" * 400 + SMALL, "fields.a.max: is 1000"),
        ("a = " + "[" * 5_000, "the file: is not valid TOML"),
        ("[fields.a]\ntype = 'choice'\nwritable = true" + SMALL, "fields.a.options: is missing for a choice."),
        ("[fields.a]\nwritable = true\nactual = 'b'" + SMALL, "fields.a.actual: names 'b', which is no field."),
        ("[fields.a]\nwritable = true\naliases = ['x']\n[fields.x]\nwritable = true" + SMALL, "share the column"),
        ("[fields.a]\nwritable = true\ntolerance = -1" + SMALL, "fields.a.tolerance: is -1. Give how far"),
        ("[fields.a]\nwritable = true\ntolerance = nan" + SMALL, "fields.a.tolerance: is nan. Give how far"),
        ("[fields.a]\nwritable = true\ntolerance = inf" + SMALL, "fields.a.tolerance: is inf. Give how far"),
        ("[fields.a]\nwritable = true\ntolerance = 'x'" + SMALL, "fields.a.tolerance: is 'x'. Give a number."),
        ("[fields.a]\nwritable = true\ntype = 'text'\ntolerance = 1" + SMALL, "tolerance: is given for a text"),
        ("[fields.a]\ntolerance = 1" + SMALL, "fields.a.tolerance: is given for a field that nobody can set."),
        ("[sources.a]\nendpoint = 'x'" + SMALL, "sources.a.kind: is missing."),
        ("[fields.a]\nwritable = true\naliases = [3]" + SMALL, "fields.a.aliases, entry 1: is 3. Give a text"),
        ("[fields.1a]" + SMALL, "fields.1a: is not a field's name."),
        ("[fields]\na = 3" + SMALL, "fields.a: is 3. Write it as a table, [fields.a]."),
        ("[fields.a]\ntype = 'colour'" + SMALL, "fields.a.type: is 'colour'. Give one of number,"),
        ("[fields.a]\n[fields.a.units]\nrps = 60" + SMALL, "fields.a.units: is given for a field without a unit."),
        ("[fields.a]\nunit = 'rpm'\n[fields.a.units]\nrps = 0" + SMALL, "fields.a.units: has 'rps' = 0."),
        ("[[lines]]\nid = '01'\nmachines = [{ id = 1, name = 5 }]", "machines, entry 1, name: is 5. Give a text."),
        ("lines = [3]", "lines, entry 1: is 3. Write each line as a table, [[lines]]."),
    ],
)  # fmt: skip
def test_each_mistake_is_reported_with_its_place_and_its_remedy(text: str, message: str) -> None:
    assert any(message in mistake for mistake in mistakes(text)), mistakes(text)


def test_all_mistakes_are_reported_at_once() -> None:
    assert len(mistakes("nam = 1\n[[lines]]\nid = ''\nmachines = ['x', 'y']")) >= 4


def test_a_plant_may_have_no_field_that_can_be_set() -> None:
    plant = parse_plant("[fields.a]\nunit = 'rpm'\n" + SMALL)
    assert plant.writable == ()


def test_a_field_says_how_it_is_recorded() -> None:
    plant = parse_plant(
        SMALL
        + """
        [fields.speed]
        history = { deviation = 0.5, every = "250 ms", keep = "90 d" }
        [fields.temp]
        history = { every = "5 min" }
        [fields.parts]
        history = false
        [fields.load]
        """
    )
    speed, temp, parts, load = (field.history for field in plant.fields)
    assert speed == FieldHistory(deviation=0.5, every_ms=250, keep_days=90)
    assert temp == FieldHistory(every_ms=300_000)
    assert not parts.is_recorded
    assert load == FieldHistory()


def test_every_mistake_of_a_fields_history_is_reported() -> None:
    found = mistakes(
        SMALL
        + """
        [fields.speed]
        history = { deviation = -1, every = "1 ms", keep = "5 s", often = true }
        [fields.temp]
        history = "1 s"
        """
    )
    assert len(found) == 5
    assert "fields.speed.history.every: is '1 ms'. Give a time from 250 ms to 1 h" in found[2]


@pytest.mark.rule("KPI-1")
def test_figures_are_named_or_follow_from_the_fields() -> None:
    standard = [(kpi.name, kpi.label, kpi.unit, kpi.decimals) for kpi in line_kpis(parse_plant(SMALL))]
    assert standard == [("meanSpeed", "", "rpm", 1), ("parts", "Parts", "", 0)]
    other = '[fields.force]\nlabel = "Force"\nunit = "kN"\n'
    assert [(kpi.name, kpi.label, kpi.unit) for kpi in line_kpis(parse_plant(other + SMALL))] == [
        ("meanForce", "", "kN")
    ]
    named = '[kpis.onIdle]\nfield = "mode"\nof = "count"\nvalue = "IDLE"\nlabel = "On idle"\n'
    (kpi,) = line_kpis(parse_plant(named + SMALL))
    assert (kpi.of, kpi.value, kpi.label, kpi.unit) == (Of.COUNT, "IDLE", "On idle", "")


@pytest.mark.rule("KPI-1")
@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[kpis.alarms]\nfield = "speed"\nof = "sum"', "kpis.alarms: is not a figure"),
        ('[kpis.a]\nfield = "spede"\nof = "sum"', "kpis.a.field: is 'spede', which is no field"),
        ('[kpis.a]\nfield = "mode"\nof = "mean"', "kpis.a.of: is mean, and mode is no number"),
        ('[kpis.a]\nfield = "mode"\nof = "count"', "kpis.a.value: is what a count looks for"),
        ('[kpis.a]\nfield = "speed"\nof = "median"', "kpis.a.of: is 'median'"),
        ('[kpis.a]\nfield = "speed"\nof = "sum"\ncolour = 1', "kpis.a.colour: is not a key"),
        ("[kpis]\na = 5", "kpis.a: is 5"),
    ],
)
def test_an_impossible_figure_is_reported_with_its_place(table: str, message: str) -> None:
    assert any(message in mistake for mistake in mistakes(f"{table}\n{SMALL}"))
