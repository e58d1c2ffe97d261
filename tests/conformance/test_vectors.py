"""The vector files have the format that other implementations expect."""

from __future__ import annotations

import json
import re

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


def test_every_rule_has_a_vector_or_the_reason_why_it_has_none() -> None:
    rules = set(re.findall(r"^- ([A-Z]+-\d+) ", (ROOT / "SPEC.md").read_text("utf-8"), re.MULTILINE))
    covered = {
        rule
        for file in (ROOT / "vectors").rglob("*.json")
        for vector in json.loads(file.read_text("utf-8"))["vectors"]
        for rule in vector["rules"]
    }
    _, _, table = (ROOT / "README.md").read_text("utf-8").partition("These rules have no vectors:")
    explained = set(re.findall(r"[A-Z]+-\d+", "".join(re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE))))
    assert rules - covered == explained
    assert covered <= rules


def test_the_page_names_every_suite() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    suites = {folder.name for folder in (ROOT / "vectors").iterdir()}
    assert {suite for suite in suites if f"| `{suite}` |" not in text} == set()
