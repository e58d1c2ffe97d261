"""Loads the conformance vectors. `test_vectors` checks them against their schema, which fixes the version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2] / "conformance"


def vectors(suite: str) -> list[Any]:
    """Every vector of a suite as a pytest parameter, named by file and sentence."""
    files = sorted((ROOT / "vectors" / suite).glob("*.json"))
    assert files, f"no vectors in conformance/vectors/{suite}"
    found = []
    for file in files:
        document = json.loads(file.read_text("utf-8"))
        assert document["suite"] == suite, f"{file.name} says it is of suite {document['suite']}"
        names = [vector["name"] for vector in document["vectors"]]
        assert len(names) == len(set(names)), f"{file.name} has two vectors of one name"
        found += [pytest.param(vector, id=f"{file.stem}: {vector['name']}") for vector in document["vectors"]]
    return found
