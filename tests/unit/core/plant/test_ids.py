"""Machine ids in the plant file: digits, or also letters if the file allows them."""

from __future__ import annotations

import pytest

from setpoint.core.plant import parse_plant
from setpoint.errors import PlantError

LETTERS = "letters_in_ids = true\n"


def _plant(machines: str, top: str = "") -> str:
    return f'{top}[[lines]]\nid = "01"\nmachines = {machines}\n'


@pytest.mark.rule("ID-1")
def test_ids_with_letters_are_read_if_the_plant_file_allows_them() -> None:
    plant = parse_plant(
        _plant('["A7", "a07b", 401, "007", "B08-B11", { id = "C1", name = "Press" }]', LETTERS)
    )
    assert [machine.id for machine in plant.machines.values()] == [
        "m:A7", "m:a07b", "m:401", "m:007", "m:B08", "m:B09", "m:B10", "m:B11", "m:C1",
    ]  # fmt: skip
    assert next(iter(plant.machines)) == "m_A7"
    assert "m:A7" in plant.topics()
    assert "m:a7" not in plant.topics()


@pytest.mark.rule("ID-1")
@pytest.mark.parametrize("entry", ['"A7"', '"A1-A9"'])
def test_an_id_with_letters_is_a_mistake_unless_the_plant_file_allows_it(entry: str) -> None:
    with pytest.raises(PlantError) as refused:
        parse_plant(_plant(f"[{entry}]"))
    assert refused.value.mistakes[0].where == "lines, entry 1, machines, entry 1"
    assert "letters_in_ids = true" in refused.value.mistakes[0].remedy


@pytest.mark.rule("ID-1")
@pytest.mark.parametrize(
    ("machines", "message"),
    [
        ('["A7", "a7"]', "is machine a7, which line '01' has already"),
        ('["1E5"]', "which spreadsheet programs turn into a number"),
        ('["A-7"]', "is 'A-7'"),
        ('["A 7"]', "is 'A 7'"),
        ('["Ä7"]', "is 'Ä7'"),
        ('["ABCDEFGHIJKLM"]', "is 'ABCDEFGHIJKLM'"),
        ('["A1-B9"]', "is 'A1-B9'"),
        ('["A9-A1"]', "is 'A9-A1'"),
        ('["A1-A100001"]', "more than 100000 machines"),
        ('["ABCDEFGHIJK1-ABCDEFGHIJK10"]', "more than 12 characters"),
    ],
)
def test_an_impossible_or_ambiguous_id_is_a_mistake(machines: str, message: str) -> None:
    with pytest.raises(PlantError) as refused:
        parse_plant(_plant(machines, LETTERS))
    assert message in refused.value.mistakes[0].what
