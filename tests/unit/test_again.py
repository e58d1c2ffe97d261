"""A test that failed beside others is tried once more, alone, and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.again import AT_MOST, FAILED, main


def failed(root: Path, *tests: str) -> None:
    file = root / FAILED
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(dict.fromkeys(tests, True)), "utf-8")


def test_a_test_that_passes_alone_is_named_as_unsteady(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_it.py").write_text("def test_good() -> None: ...\n", "utf-8")
    failed(tmp_path, "test_it.py::test_good")
    assert main(tmp_path) == 0
    said = capfd.readouterr().out
    assert "UNSTEADY" in said
    assert said.endswith("  test_it.py::test_good\n")


def test_a_test_that_fails_again_fails_the_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_it.py").write_text("def test_bad() -> None:\n    assert False\n", "utf-8")
    failed(tmp_path, "test_it.py::test_bad")
    assert main(tmp_path) == 1
    assert "UNSTEADY" not in capfd.readouterr().out


def test_many_failures_are_no_accident(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_good() -> None: ...\n", "utf-8")
    failed(tmp_path, *(f"test_it.py::test_good[{each}]" for each in range(AT_MOST + 1)))
    assert main(tmp_path) == 1


def test_a_run_that_ended_before_its_tests_is_not_tried_again(tmp_path: Path) -> None:
    assert main(tmp_path) == 1
