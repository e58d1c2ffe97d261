"""``setpoint shifts`` names the reason of a stop as the board does, and says what it omits."""

from __future__ import annotations

import pytest

from setpoint.cli.shifts import _print_report
from setpoint.contract.http.shifts import Loss, ShiftReport, ShiftView, Stop
from setpoint.core.plant import demo_plant
from setpoint.core.shifts.oee import Sums, oee_of


def stop(reason: str | None = None, seconds: float = 60.0) -> Stop:
    return Stop(
        "m_401", "01", 0.0, seconds, "FAULT", "motor overload", reason, "the machine", "", 0.0, seconds
    )


def printed(capsys: pytest.CaptureFixture[str], stops: list[Stop], losses: list[Loss]) -> list[str]:
    shift = ShiftView("Night", "1970-01-01", 0.0, 60.0)
    report = ShiftReport(shift, 60.0, oee_of(Sums()), [], [], losses, stops, 0, [], [])
    _print_report(report, demo_plant())
    return capsys.readouterr().out.splitlines()


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_a_stop_has_the_reason_by_its_name_or_none(capsys: pytest.CaptureFixture[str]) -> None:
    losses = [Loss("reason", "motor", "Technical / Motor", "unplanned-down", 60.0, 1, {"m_401": 60.0})]
    lines = printed(capsys, [stop("motor"), stop()], losses)
    by_reason, without = [line for line in lines if "motor overload" in line]
    assert "Technical / Motor" in by_reason
    assert "Uncategorised" in without


def test_stops_and_machines_that_are_not_shown_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    machines = {f"m_{number}": float(number) for number in range(401, 406)}
    losses = [Loss("reason", "motor", "Technical / Motor", "unplanned-down", 60.0, 1, machines)]
    lines = printed(capsys, [stop(seconds=float(60 + number)) for number in range(23)], losses)
    assert sum("motor overload" in line for line in lines) == 20
    assert any("3 shorter stops are not shown" in line for line in lines)
    [loss] = [line for line in lines if "Technical / Motor" in line]
    assert "m:405 6 min 45 s" in loss
    assert "and 2 more" in loss


def test_no_count_is_printed_if_everything_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert not any("not shown" in line for line in printed(capsys, [stop()], []))


def test_a_shift_without_stops_says_so_instead_of_an_empty_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [], [])
    assert lines[-1] == "No machine was down longer than a micro-stop."
