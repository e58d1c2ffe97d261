"""Both languages read five hundred odd workbooks of fixed seeds alike, and as they were written."""

from __future__ import annotations

import pytest
from tests.fuzz.__main__ import by_python, difference, differences, make

SEEDS = range(500)


@pytest.mark.timeout(300)
@pytest.mark.rule("XL-9")
def test_both_languages_read_five_hundred_odd_workbooks_alike() -> None:
    assert [(file.seed, sorted(file.taken), problem) for file, problem in differences(SEEDS)] == []


def test_an_oddity_that_is_left_out_leaves_the_others_as_they_were() -> None:
    file = next(file for file in map(make, SEEDS) if file.form == "xlsx" and len(file.taken) > 3)
    name = min(file.taken)
    assert make(file.seed, frozenset({name})).taken == file.taken - {name}


def test_a_cell_that_moved_is_found() -> None:
    file = next(file for file in map(make, SEEDS) if file.expected)
    found = by_python(file.data)
    assert difference(file, found, found) == ""
    moved = [
        {**sheet, "cells": {f"9{place}": cell for place, cell in sheet["cells"].items()}} for sheet in found
    ]
    assert "differ" in difference(file, found, moved)
    assert "not those that were written" in difference(file, moved, moved)
    assert "refused" in difference(file, "damaged", "damaged")
