"""`batch_upload_schema`: the specification's schema of rows, made from the plant."""

from __future__ import annotations

import msgspec
import pytest

from setpoint.core.ingest import batch_upload_schema, parse_sheets
from setpoint.core.ingest.cells import Sheet
from setpoint.core.plant import STANDARD_FIELDS, demo_plant

PLANT = demo_plant(machines=4)
MACHINE = next(iter(PLANT.machines.values()))


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("speed", [-1, 0, 150, 150.5, 3000, 3001, None])
@pytest.mark.parametrize("mode", ["RUN", "IDLE", "STOP", None])
def test_a_row_of_plain_values_is_taken_exactly_where_the_reader_takes_it(
    speed: float | None, mode: str | None
) -> None:
    row = {"machineId": MACHINE.id, "targetSpeed": speed} | ({} if mode is None else {"mode": mode})
    try:
        msgspec.convert([row], type=batch_upload_schema(STANDARD_FIELDS))
        is_taken = True
    except msgspec.ValidationError:
        is_taken = False
    sheet = Sheet("S", [["Machine ID", "Target Speed", "Mode"], [MACHINE.id, speed, mode]])
    batch = parse_sheets([sheet], PLANT, "tx").batch
    assert (MACHINE.key in batch.valid_rows) == is_taken


@pytest.mark.parametrize("row", [{"machineId": "402"}, {"machineId": "m:402", "x": 1}])
def test_another_id_or_another_column_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert([row | {"targetSpeed": 1}], type=batch_upload_schema(STANDARD_FIELDS))
