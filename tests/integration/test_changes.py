"""The last person who changed a set-point, as a preview shows it beside a conflict."""

from __future__ import annotations

import pytest
from tests.integration.http_support import SPEED, FakeServices, client, serving
from tests.unit.core.commands.shell import tx


@pytest.mark.rule("CONF-1", "CONF-2")
async def test_people_who_may_see_the_line_see_who_changed_each_set_point_last() -> None:
    async with serving(FakeServices()) as url, client(url) as anna, client(url, "carl") as carl:
        plant = (await anna.get("/api/plant")).json()
        first, *_, last = [line["machines"][0]["key"] for line in plant["lines"]]
        assert (await anna.get("/api/changes")).json() == []
        targets = {"txId": tx(1), "updates": {machine: {SPEED: 150} for machine in (first, last)}}
        assert (await anna.post("/api/batches", json=targets)).is_success
        changes = (await anna.get("/api/changes", params={"line": plant["lines"][0]["id"]})).json()
        assert [(each["machine"], each["field"], each["by"]["name"]) for each in changes] == [
            (first, SPEED, "anna")
        ]
        # Carl must not know about the last line.
        assert {each["machine"] for each in (await carl.get("/api/changes")).json()} == {first}
