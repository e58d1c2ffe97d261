"""Reads the workbooks of other projects with both languages, and counts the results.

    python -m tests.fuzz.corpora FOLDER…

A folder is a checkout, or a git directory without a work tree, of SheetJS, calamine, POI, ClosedXML, PhpSpreadsheet,
XlsxWriter, exceljs, openpyxl, or anything else with workbooks. The tool keeps none of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.__main__ import by_board, by_python

ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv")
_MAX_BYTES = 3_000_000
_BATCH = 100
_SHOWN = 400


def workbooks(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the name and the bytes of every workbook that is not large."""
    if (folder / "HEAD").exists():
        yield from _in_git(folder)
        return
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in ENDINGS and file.is_file() and 0 < file.stat().st_size <= _MAX_BYTES:
            yield str(file.relative_to(folder)), file.read_bytes()


def _in_git(folder: Path) -> Iterator[tuple[str, bytes]]:
    git = ["git", f"--git-dir={folder}"]
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "-l", "-z", "HEAD"], check=True, capture_output=True
    ).stdout
    for entry in listed.decode("utf-8", "replace").split("\0"):
        about, _, name = entry.partition("\t")
        if (
            name.lower().endswith(ENDINGS)
            and (size := about.split()[3]).isdecimal()
            and 0 < int(size) <= _MAX_BYTES
        ):
            process = subprocess.run(
                [*git, "cat-file", "blob", about.split()[2]], check=False, capture_output=True
            )
            if process.returncode == 0:
                yield name, process.stdout


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for folder in map(Path, sys.argv[1:]):
        counts: Counter[str] = Counter()
        every = [*workbooks(folder)]
        for start in range(0, len(every), _BATCH):
            counts.update(_counted(every[start : start + _BATCH]))
        print(f"{folder}: {sum(counts.values())} workbooks, {dict(sorted(counts.items()))}", flush=True)


def _counted(some: list[tuple[str, bytes]]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as temporary:
        files = []
        for place, (name, data) in enumerate(some):
            files.append(Path(temporary, f"{place}{Path(name).suffix}"))
            files[-1].write_bytes(data)
        for (name, data), board in zip(some, by_board(files), strict=True):
            python = by_python(data)
            if python == board:
                yield "read alike" if isinstance(python, list) else f"refused alike ({python})"
            else:
                yield "differ"
                print(f"{name}\n  Python {_brief(python)}\n  board  {_brief(board)}", flush=True)


def _brief(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False)[:_SHOWN]


if __name__ == "__main__":
    main()
