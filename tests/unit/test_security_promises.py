"""Every test that SECURITY.md names exists, so that every promise has its test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "SECURITY.md").read_text("utf-8")
HEADING = "## The promises, each with its test"
PYTHON = {
    path: set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    for path in (ROOT / "tests").rglob("test_*.py")
}


def rows() -> list[tuple[str, str]]:
    """Returns each promise and its test, from the table."""
    table = DOCUMENT.partition(HEADING)[2].partition("\n## ")[0]
    found = re.findall(r"^\| (?!promise|-)(.+) \| (.+) \|$", table, re.MULTILINE)
    assert len(found) > 20, "the table was not found"
    return found


def files_named(reference: str) -> list[Path]:
    """Returns the file, if it exists. ``test_x.py`` is in tests/security. Any other path starts at the root."""
    path = ROOT / (reference if "/" in reference else f"tests/security/{reference}")
    return [path] if path.is_file() else []


def named_so(name: str, file: Path | None) -> list[str]:
    """Returns the tests of a file with ``…part_of_a_name…`` in their names. Without a file, it searches
    tests/security.
    """
    pattern = re.compile(".*".join(map(re.escape, name.split("…"))))
    files = [file] if file else [path for path in PYTHON if path.parent.name == "security"]
    return [test for path in files for test in PYTHON.get(path, ()) if pattern.fullmatch(test)]


@pytest.mark.parametrize(("promise", "held_by"), rows(), ids=[promise[:60] for promise, _ in rows()])
def test_each_promise_names_tests_that_exist(promise: str, held_by: str) -> None:
    references = re.findall(r"`([^`]+)`", held_by)
    assert references, f"nothing holds: {promise}"
    for reference in references:
        file_part, mark, name = reference.partition("::")
        if reference.startswith("…"):
            file_part, name = "", reference
        files = files_named(file_part) if file_part else []
        assert files or not file_part, f"there is no file {file_part!r}"
        if name or mark:
            assert named_so(name, files[0] if files else None), f"there is no test {reference!r}"
