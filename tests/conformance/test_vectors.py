"""The files of vectors have the form that other implementations expect."""

from __future__ import annotations

import json

from tests.conformance.vectors import ROOT
from tests.schemas import draft202012


def test_every_file_of_vectors_is_of_the_schema_and_lies_in_the_folder_of_its_suite() -> None:
    schema = draft202012(json.loads((ROOT / "vector.schema.json").read_text("utf-8")))
    files = sorted((ROOT / "vectors").rglob("*.json"))
    assert files
    for file in files:
        document = json.loads(file.read_text("utf-8"))
        assert [str(mistake.message) for mistake in schema.iter_errors(document)] == [], file
        assert document["suite"] == file.parent.name
