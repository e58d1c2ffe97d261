"""``setpoint shifts`` names the reason of a stop as the board does."""

from __future__ import annotations

import pytest

from setpoint.cli.shifts import _print_report
from setpoint.contract.http.shifts import Loss, ShiftReport, ShiftView, Stop
from setpoint.core.plant import demo_plant
from setpoint.core.shifts.oee import Sums, oee_of


def test_a_stop_has_the_reason_by_its_name_or_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    stops = [
        Stop("m_401", "01", 0.0, 60.0, "FAULT", "motor overload", reason, "the machine", "", 0.0, 60.0)
        for reason in ("motor", None)
    ]
    losses = [Loss("reason", "motor", "Technical / Motor", "unplanned-down", 60.0, 1, {"m_401": 60.0})]
    report = ShiftReport(
        ShiftView("Night", "1970-01-01", 0.0, 60.0), 60.0, oee_of(Sums()), [], [], losses, stops, 0, [], []
    )
    _print_report(report, demo_plant())
    by_reason, without = [line for line in capsys.readouterr().out.splitlines() if "motor overload" in line]
    assert "Technical / Motor" in by_reason
    assert "Uncategorised" in without
