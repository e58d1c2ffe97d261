"""Reading rows: chunks, progress, and bounds of lists. The vectors define what a cell means."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from setpoint.core.ingest import Progress, Sheet, batch, ingest, parse_batch, parse_sheets
from setpoint.core.ingest.batch import MAX_ISSUES
from setpoint.core.ingest.cells import Cell, Kind, Special
from setpoint.core.plant import Line, Machine, Plant
from setpoint.texts import text

HEADER: list[Cell] = ["Machine ID", "Target Speed", "Mode"]


def plant_of(machines: int) -> Plant:
    return Plant("Plant", (Line("01", tuple(Machine(f"m_{number}", "01") for number in range(machines))),))


def rows_of(machines: int) -> list[tuple[str, float, str]]:
    return [(f"m:{number}", float(number % 3000), "RUN") for number in range(machines)]


@pytest.mark.rule("XL-8")
def test_up_to_a_thousand_rows_are_read_in_one_go() -> None:
    assert list(ingest([Sheet("S", [HEADER, *rows_of(1000)])], plant_of(1000), "tx")) == []


@pytest.mark.rule("XL-8")
def test_more_rows_are_read_in_chunks_of_500_that_report_progress() -> None:
    steps = list(ingest([Sheet("S", [HEADER, *rows_of(1201)])], plant_of(1201), "tx"))
    assert steps == [Progress(500, 1201), Progress(1000, 1201), Progress(1201, 1201)]


@pytest.mark.rule("XL-8")
def test_a_reading_that_is_abandoned_half_way_returns_nothing() -> None:
    walk = ingest([Sheet("S", [HEADER, *rows_of(5000)])], plant_of(5000), "tx")
    next(walk)
    walk.close()
    assert list(walk) == []


@pytest.mark.rule("XL-9")
@pytest.mark.parametrize("seed", range(60))
def test_the_fast_path_and_the_slow_path_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _mixed(random.Random(seed))
    quick = parse_sheets([Sheet("S", [[*HEADER, "Note"], *rows])], plant_of(200), "tx")
    monkeypatch.setattr(batch, "_FEW_ROWS", len(rows))
    assert quick == parse_sheets([Sheet("S", [[*HEADER, "Note"], *rows])], plant_of(200), "tx")


def _mixed(rng: random.Random) -> list[Sequence[Cell]]:
    """Makes rows as in the template: long runs of known or unknown machines, and a few irregular rows."""
    rows: list[Sequence[Cell]] = [(f"m:{number}", 150.0, "RUN", None) for number in range(300)]
    first = rng.randrange(300)
    rows[first : first + 60] = [(f"m:{1000 + number}", 150.0, "IDLE", None) for number in range(60)]
    first = rng.randrange(240)  # a csv with two decimals
    rows[first : first + 60] = [
        (each[0], _shown(150.0, "150.00"), *each[2:]) for each in rows[first : first + 60]
    ]
    odd: list[Sequence[Cell]] = [
        ("m:7", 150.0, "RUN", None),
        ("m:77777", "x", "RUN", None),
        ("m:77777", 9e9, "RUN", None),
        ("m:77777", None, "RUN", None),
        ("m:77777", None, None, None),
        ("M:77777", 150.0, "RUN", None),
        ("m:77777", 150.0, "RUN", "Machine ID"),
        (*HEADER, "Note"),
        (None, None, None, None),
        ("m:1", 150.0, "RUN"),
        ("m:77777", _shown(150.0, "150.00 rpm"), "RUN", None),
        ("m:77777", _shown(9e9, "9000000000.00"), "RUN", None),
        ("m:77777", _shown(-0.0, "-0"), "RUN", None),
    ]
    for _ in range(rng.randrange(4)):
        rows.insert(rng.randrange(len(rows)), rng.choice(odd))
    return rows


def _shown(number: float, digits: str) -> Special:
    return Special(Kind.SHOWN, number, digits)


@pytest.mark.rule("XL-7")
def test_a_file_full_of_errors_lists_the_first_and_counts_all() -> None:
    rows: list[Sequence[Cell]] = [(f"m:{number}", "x", "y") for number in range(8000)]
    batch = parse_batch([HEADER, *rows], plant_of(8000), "tx")
    assert len(batch.errors) == MAX_ISSUES
    assert batch.summary.invalid == 8000
    assert batch.warnings[0].code == "more_errors"


@pytest.mark.rule("XL-4", "XL-7")
def test_one_machine_in_every_row_is_reported_without_every_row_in_every_message() -> None:
    rows: list[Sequence[Cell]] = [("m:1", 5.0, "RUN")] * 50_000
    batch = parse_batch([HEADER, *rows], plant_of(2), "tx")
    assert batch.summary.invalid == 50_000
    message = batch.errors[0].message
    sentence = text(message.code, message.args)
    assert sentence == "m:1 is in rows 3, 4, 5, 6, 7 and 49,994 more too. Leave one of them."
    assert batch.valid_rows == {}


@pytest.mark.rule("XL-4")
def test_a_machine_that_is_repeated_far_below_is_reported_with_its_first_row() -> None:
    repeated: list[Sequence[Cell]] = [
        ("m:7", 5.0, "RUN"),
        ("m:1999", "x", "RUN"),
        ("m:2001", "x", "RUN"),
        ("m:2001", 5.0, "RUN"),
    ]
    rows: list[Sequence[Cell]] = [
        *rows_of(2_000),
        *repeated,
        *rows_of(2_100)[2_050:],
        ("m:2060", 5.0, "RUN"),
        ("m:8", 5.0, "RUN"),
    ]
    batch = parse_batch([HEADER, *rows], plant_of(2_100), "tx")
    reported = {
        (each.row, each.args["machine"], *each.args["rows"])
        for each in batch.errors
        if each.code == "doubled_machine" and isinstance(each.args["rows"], list)
    }
    pairs = {("m:7", 9, 2002), ("m:1999", 2001, 2003), ("m:2001", 2004, 2005), ("m:2060", 2016, 2056)}
    pairs.add(("m:8", 10, 2057))
    assert reported == {
        (row, machine, str(other))
        for machine, first, second in pairs
        for row, other in ((first, second), (second, first))
    }
    assert batch.summary.valid == 2_050 - 4
    assert not {"m_7", "m_8", "m_1999", "m_2001", "m_2060"} & batch.valid_rows.keys()
