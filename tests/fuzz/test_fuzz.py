"""Both languages read five hundred odd workbooks of fixed seeds alike, and as they were written."""

from __future__ import annotations

import pytest
from tests.fuzz.__main__ import by_python, difference, differences, make

SEEDS = range(500)


@pytest.mark.timeout(300)
@pytest.mark.rule("XL-9")
def test_both_languages_read_five_hundred_odd_workbooks_alike() -> None:
    assert [(made.seed, sorted(made.taken), words) for made, words in differences(SEEDS)] == []


def test_an_oddity_that_is_left_out_leaves_the_others_as_they_were() -> None:
    made = next(made for made in map(make, SEEDS) if made.form == "xlsx" and len(made.taken) > 3)
    name = min(made.taken)
    assert make(made.seed, frozenset({name})).taken == made.taken - {name}


def test_a_cell_that_moved_is_seen() -> None:
    made = next(made for made in map(make, SEEDS) if made.expected)
    found = by_python(made.data)
    assert difference(made, found, found) == ""
    moved = [
        {**sheet, "cells": {f"9{place}": cell for place, cell in sheet["cells"].items()}} for sheet in found
    ]
    assert "differ" in difference(made, found, moved)
    assert "not those that were written" in difference(made, moved, moved)
    assert "refused" in difference(made, "damaged", "damaged")
