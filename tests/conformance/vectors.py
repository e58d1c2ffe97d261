"""Loads the conformance vectors. `test_vectors` checks them against their schema, which fixes the version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2] / "conformance"


def vectors(suite: str, file: str = "*") -> list[Any]:
    """Returns every vector of a suite, or of one of its files, as a pytest parameter named by file and sentence."""
    files = sorted((ROOT / "vectors" / suite).glob(f"{file}.json"))
    assert files, f"no vectors in conformance/vectors/{suite}/{file}"
    found = []
    for each in files:
        document = json.loads(each.read_text("utf-8"))
        assert document["suite"] == suite, f"{each.name} says it is of suite {document['suite']}"
        names = [vector["name"] for vector in document["vectors"]]
        assert len(names) == len(set(names)), f"{each.name} has two vectors with the same name"
        found += [pytest.param(vector, id=f"{each.stem}: {vector['name']}") for vector in document["vectors"]]
    return found
