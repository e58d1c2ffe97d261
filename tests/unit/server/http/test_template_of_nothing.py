"""A plant in which no field can be set has no template to fill in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from setpoint.contract.http.problems import ProblemCode
from setpoint.core.plant import parse_plant
from setpoint.errors import RequestError
from setpoint.server.http.sight import Sight
from setpoint.server.http.workbooks import filled_template

PLANT = parse_plant('[fields.speed]\nunit = "rpm"\n[[lines]]\nid = "01"\nmachines = [401]')


@pytest.mark.rule("XL-1")
async def test_a_plant_in_which_no_field_can_be_set_has_no_template() -> None:
    sight = cast(Sight, SimpleNamespace(plant=PLANT))
    with pytest.raises(RequestError) as refused:
        await filled_template(sight, "line:01")
    assert refused.value.code == ProblemCode.NOTHING_TO_SET
