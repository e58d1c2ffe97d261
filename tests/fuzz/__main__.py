"""Makes odd workbooks, reads them with both languages, and shrinks those on which they differ."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.conformance.ingest_json import cell_json
from tests.fuzz.choice import Choice
from tests.fuzz.ods import Csv, Ods
from tests.fuzz.office import against_office
from tests.fuzz.records import Xls, Xlsb
from tests.fuzz.tables import FORMATS, Item, Table, table
from tests.fuzz.xlsx import Writer

from setpoint.core.ingest import Sheet
from setpoint.core.ingest.formats import NumberFormat
from setpoint.errors import WorkbookError
from setpoint.workbook.read import read_sheets

ROOT = Path(__file__).parents[2]
FORMS = ("xlsx",) * 6 + ("xlsb", "xls", "ods", "csv")
_BATCH = 500
Cells = dict[str, Any]


class _Writing(Protocol):
    @property
    def is_legal(self) -> bool: ...
    def written(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """One file with its oddities, and the content of its first sheet, if it is known."""

    seed: int
    form: str
    data: bytes
    expected: Cells | None
    taken: frozenset[str]


def make(seed: int, without: frozenset[str] = frozenset()) -> GeneratedFile:
    """Makes the file of a seed, without some of its oddities."""
    form = random.Random(seed).choice(FORMS)
    choice = Choice(seed, without)
    cells = table(choice)
    kinds: dict[str, type[Any]] = {"xlsx": Writer, "xlsb": Xlsb, "xls": Xls, "ods": Ods, "csv": Csv}
    writing: _Writing = kinds[form](choice, cells)
    data = writing.written()
    knows = writing.is_legal and form in ("xlsx", "xlsb", "xls")
    taken = frozenset(choice.taken)
    return GeneratedFile(seed, form, data, _expected(cells, form, taken) if knows else None, taken)


def _expected(cells: Table, form: str, taken: frozenset[str]) -> Cells:
    found = {}
    for (row, column), item in cells.items():
        is_zero = item.kind == "number" and item.has_formula and item.value == 0
        cell = {"t": "formula"} if is_zero and "never calculated" in taken else _neutral(item, form)
        if "hidden zeros" in taken and _is_zero(cell):
            cell = {"t": "zero"}
        if cell is not None:
            found[f"{row},{column}"] = cell
    return found


def _is_zero(cell: Any) -> bool:
    value = cell.get("v") if isinstance(cell, dict) else cell
    return value == 0 and not isinstance(value, bool)


def _neutral(item: Item, form: str) -> Any:
    match item.kind:
        case "number":
            number_format = NumberFormat(*FORMATS[item.style], is_struck=item.is_struck)
            return cell_json(number_format.cell(float(item.value)))
        case "error":
            return {"t": "error", "v": item.value}
        case "date":
            return {"t": "date"}
        case "formula":
            return {"t": "formula"} if form == "xlsx" else None
        case "text" if item.value:
            return cell_json(
                NumberFormat(*FORMATS[item.style], is_struck=item.is_struck).text(item.visible_text)
            )
        case "blank":
            return None
        case _:
            return item.value


def by_python(data: bytes) -> Any:
    """Returns the sheets as cells by place, or the code of the refusal."""
    try:
        return [_cells(_json(sheet)) for sheet in read_sheets(data)]
    except WorkbookError as refusal:
        return refusal.code


def _json(sheet: Sheet) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "rows": [[cell_json(cell) for cell in row] for row in sheet.rows],
        "firstRow": sheet.first_row,
        "isHidden": sheet.is_hidden,
        "isActive": sheet.is_active,
        "isWide": sheet.is_wide,
        "hiddenRows": sheet.hidden_rows,
        "hiddenColumns": sheet.hidden_columns,
        "merges": [*map(_area, sheet.merges)],
        "conditional": [*map(_area, sheet.conditional)],
        "isDelimited": sheet.is_delimited,
        "totalRows": sheet.total_rows,
    }


def _area(area: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("firstRow", "firstColumn", "lastRow", "lastColumn"), area, strict=True))


def _cells(sheet: dict[str, Any]) -> dict[str, Any]:
    first = sheet.get("firstRow", 1)
    cells = {
        f"{number},{column}": cell
        for number, row in enumerate(sheet["rows"], first)
        for column, cell in enumerate(row)
        if cell not in (None, "")
    }
    rows = {int(place.partition(",")[0]) for place in cells}
    return {
        "name": sheet["name"],
        "cells": cells,
        **{key: bool(sheet.get(key)) for key in ("isHidden", "isActive", "isWide", "isDelimited")},
        "hiddenRows": sorted({*sheet.get("hiddenRows", ())} & rows),
        "hiddenColumns": sorted(sheet.get("hiddenColumns", ())),
        "totalRows": sorted(sheet.get("totalRows", ())),
        **{key: [sorted(area.items()) for area in sheet.get(key, ())] for key in ("merges", "conditional")},
    }


def by_board(files: Iterable[Path]) -> Iterator[Any]:
    """Returns the same from the board's reader, for many files in one process."""
    lines = "".join(json.dumps({"path": str(file)}) + "\n" for file in files)
    command = ["npm", "run", "-s", "workbooks"]
    process = subprocess.run(
        command, cwd=ROOT / "frontend", input=lines, capture_output=True, text=True, check=True
    )
    for line in process.stdout.removesuffix("\n").split("\n"):  # `splitlines` also ends a line at U+0085
        answer = json.loads(line, parse_int=_number)
        yield answer["error"]["code"] if "error" in answer else [_cells(sheet) for sheet in answer["sheets"]]


def _number(text: str) -> float:
    """A large number that JavaScript writes without a point means the nearest float."""
    return float(text) if len(text) > 15 else int(text)


def difference(file: GeneratedFile, python: Any, board: Any) -> str:
    """Returns the difference between the two answers, or an empty text."""
    if python != board:
        return f"Python and the board differ:\n  {_brief(python)}\n  {_brief(board)}"
    if file.expected is not None:
        if isinstance(python, str):
            return f"a file that is well formed is refused: {python}"
        if not any(sheet["cells"] == file.expected for sheet in python):
            return (
                f"the cells are not those that were written:\n  {_brief(python)}\n  {_brief(file.expected)}"
            )
    return ""


def _brief(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)[:1500]


def differences(seeds: Iterable[int]) -> Iterator[tuple[GeneratedFile, str]]:
    """Yields the files that the languages read differently, or not as they were written."""
    every = [make(seed) for seed in seeds]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for generated in every:
            files.append(Path(folder, f"{generated.seed}.{generated.form}"))
            files[-1].write_bytes(generated.data)
        for generated, board in zip(every, by_board(files), strict=True):
            if found := difference(generated, by_python(generated.data), board):
                yield generated, found


def shrunk(generated: GeneratedFile) -> tuple[GeneratedFile, str]:
    """Removes as many oddities as possible, so that the file still fails."""
    without: frozenset[str] = frozenset()
    best, problem = generated, ""
    for name in sorted(generated.taken):
        tried = make(generated.seed, without | {name})
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"x.{tried.form}")
            file.write_bytes(tried.data)
            new_problem = difference(tried, by_python(tried.data), next(iter(by_board([file]))))
        if new_problem:
            without, best, problem = without | {name}, tried, new_problem
    return best, problem


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument(
        "--office", action="store_true", help="ask LibreOffice too, of the files that are well formed"
    )
    options = parser.parse_args()
    print(f"{options.files:,} workbooks from seed {options.seed}", flush=True)
    failed = 0
    kinds: Counter[str] = Counter()
    for start in range(options.seed, options.seed + options.files, _BATCH):
        seeds = range(start, min(start + _BATCH, options.seed + options.files))
        kinds.update(make(seed).form for seed in seeds)
        for generated, problem in differences(seeds):
            failed += 1
            small, fewer = shrunk(generated) if failed <= 10 else (generated, "")
            copy = ROOT / "build" / "fuzz" / f"{generated.seed}.{generated.form}"
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(small.data)
            print(
                f"\nseed {generated.seed}, {generated.form}, kept as {copy}\n"
                f"with {sorted(small.taken)}\n{fewer or problem}",
                flush=True,
            )
        if options.office:
            for generated, problem in against_office([make(seed) for seed in seeds]):
                failed += 1
                print(f"\nseed {generated.seed}, {generated.form}, LibreOffice: {problem}", flush=True)
    print(f"\n{dict(kinds)}: {failed} differ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
