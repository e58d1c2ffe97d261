"""1,000 nodes that change four times a second. Every change arrives, in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.opcua_peer import start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of

from setpoint.testing import Recorder

MACHINES = 500
FIELDS = ("Speed", "Temp")
STEPS_A_SECOND = 4


@pytest.mark.alone
@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.full)])
@pytest.mark.parametrize("stack", STACKS)
async def test_nothing_is_missed_of_a_thousand_nodes(stack: str, seconds: int, tmp_path: Path) -> None:
    steps = seconds * STEPS_A_SECOND
    with start_peer(stack, tmp_path, machines=range(1, MACHINES + 1)) as peer:
        # sampling_ms = 0: at every change. A server that samples may miss a change between two samples.
        plant = press_plant(stack, peer.endpoint, machines=f'["1-{MACHINES}"]', settings="sampling_ms = 0")
        source, recorder = source_of(plant), Recorder()
        await source.start(recorder)
        try:
            await recorder.until(lambda: len(recorder.state) == MACHINES, within_s=20)
            before = source.statistics.values
            peer.send_command("count", fields=FIELDS, intervalMs=250, steps=steps)
            await recorder.until(
                lambda: all(
                    state["speed"] == steps and state["temp"] == steps for state in recorder.state.values()
                ),
                within_s=150,
            )
            assert source.statistics.gaps == 0
            assert source.statistics.values - before == MACHINES * len(FIELDS) * steps
            for machine in ("m_1", f"m_{MACHINES}"):
                values = [value for value in recorder.said(machine, "speed") if value != 120.5]
                assert values == sorted(values, key=float)  # type: ignore[arg-type]  # numbers, as they are counted
        finally:
            await source.stop()
