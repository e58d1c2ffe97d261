"""Each language has one place for the state of a row and the count of outcomes (PRE-1 to PRE-5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOMES = ("src/setpoint/core/preview", "frontend/src/preview")
DECIDES_OUTCOMES = (
    "src/setpoint/core/commands",
    "src/setpoint/contract/live",
    "src/setpoint/core/store",
    "frontend/src/contract",
    "frontend/src/store",
)
"""These files make outcomes, but do not count them."""

_ENDS = "applied|diverged|blocked|conflict|failed|cancelled|superseded|unknown"
FORBIDDEN = {
    "a withdrawal is recognised by its code, not by its sentence": r"""starts[wW]ith\(\s*["']withdrawn""",
    "groups are counted in one place": r"\bnot_?[aA]pplied\b\s*(\+=|=\s*\w+\s*-)",
    "outcomes are not compared one by one to count them": (
        rf"""outcome\s*(===|!==|==|!=)\s*["']({_ENDS})|["']({_ENDS})["']\s*(===|!==|==|!=)\s*[\w.]*[oO]utcome"""
    ),
    "outcomes are not counted case by case": rf"""case\s+(["']({_ENDS})["']|Outcome\.\w+):\s*\w+\s*(\+\+|\+=)""",
    "ends are not summed up": (
        r"""(\bsum\(|\.filter\(|\.reduce\()[^\n]*((is|===)\s*(Outcome|Phase)\.|phase\s*===\s*["'])"""
    ),
    "a list of outcomes is a group": (
        r"""(?:["'](?:diverged|blocked|conflict|rejected|cancelled|superseded)["']\s*,\s*){3}"""
        r"""|(?:Outcome\.(?:DIVERGED|BLOCKED|CONFLICT|REJECTED|CANCELLED|SUPERSEDED)\s*,\s*){3}"""
    ),
    "whether a row may be sent is decided in one place": r"\b(isSendable|without_unchanged|is_moved|differenceOf)\b",
    "the state of a row is decided in one place": r"""(state|kind)\s*[:=]\s*["'](unchanged|waiting|unheard)["']""",
}
ORDERS_OUTCOMES = (
    "src/setpoint/workbook/annotate.py",
    "frontend/src/features/batches/BatchWords.tsx",
    "frontend/src/format/sentences.ts",
)
"""These files give every outcome a colour or a word, and count nothing."""


def shipped() -> Iterator[Path]:
    for folder, endings in (("src/setpoint", {".py"}), ("frontend/src", {".ts", ".tsx"})):
        for file in sorted((ROOT / folder).rglob("*")):
            path = file.relative_to(ROOT).as_posix()
            if file.suffix in endings and ".test." not in file.name and not path.startswith(HOMES):
                yield file


@pytest.mark.rule("PRE-1", "PRE-4")
@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_other_shipped_file_decides_a_row_or_counts_outcomes(rule: str) -> None:
    exempt = (*DECIDES_OUTCOMES, *ORDERS_OUTCOMES)
    found = [
        path
        for file in shipped()
        if not (path := file.relative_to(ROOT).as_posix()).startswith(exempt)
        and re.search(FORBIDDEN[rule], file.read_text("utf-8"))
    ]
    assert found == [], f"{rule}: move it to one of {', '.join(HOMES)}"


def test_the_rules_find_what_they_forbid() -> None:
    """Each pattern finds the former duplicates in the board and the command line."""
    before = (
        'results.filter(({ message }) => message?.startsWith("withdrawn by ")).length',
        "const not = total; let notApplied = 0; notApplied += 1",
        'story.results.filter((result) => result.outcome === "applied")',
        'switch (outcome) { case "applied": done += 1; }',
        "sum(target.phase is Phase.RECONCILED for target in targets)",
        'new Set(["blocked", "conflict", "rejected", "cancelled"])',
        "rows.filter(isSendable)",
        'if (own === target) return { kind: "unchanged", note: "" };',
    )
    for pattern, text in zip(FORBIDDEN.values(), before, strict=True):
        assert re.search(pattern, text), pattern
