"""LibreOffice as a third reader of well-formed xlsx: texts, and numbers without a format of their own."""

from __future__ import annotations

import csv
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setpoint.core.ingest.cells import STRUCK

if TYPE_CHECKING:
    from tests.fuzz.__main__ import GeneratedFile

_TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
_NOT_ITS_WAYS = frozenset(
    (
        "backslashes in names",
        "another case of a part",
        "a state",
        "a chart before it",
        "escapes in texts",
        "white space around an id",
    )
)
"""What the grammar accepts but LibreOffice refuses, or reads as another sheet."""
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", f"^{STRUCK}")
"""LibreOffice's csv does not show superscript or struck-out text."""


def against_office(files: Iterable[GeneratedFile]) -> Iterator[tuple[GeneratedFile, str]]:
    """Yields the files of which LibreOffice shows other texts or numbers than were written."""
    selected = [
        file
        for file in files
        if file.expected is not None and file.form == "xlsx" and not file.taken & _NOT_ITS_WAYS
    ]
    with tempfile.TemporaryDirectory() as folder:
        for file in selected:
            Path(folder, f"{file.seed}.{file.form}").write_bytes(file.data)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        paths = [str(Path(folder, f"{file.seed}.{file.form}")) for file in selected]
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            _TO_CSV,
            "--outdir",
            f"{folder}/out",
            *paths,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=570)
        for file in selected:
            outputs = [*Path(folder, "out").glob(f"{file.seed}[.-]*csv")]
            if not outputs:
                yield file, "it cannot be opened"
            elif problem := _differs(file.expected or {}, outputs[0]):
                yield file, problem


def _differs(expected: dict[str, Any], file: Path) -> str:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [*csv.reader(lines)]
    for place, cell in expected.items():
        row, column = map(int, place.split(","))
        text = rows[row - 1][column] if row <= len(rows) and column < len(rows[row - 1]) else ""
        if isinstance(cell, str) and cell.translate(_PLAIN).strip() != text.strip():
            return f"cell {place} shows {text!r}, {cell!r} was written"
        if isinstance(cell, float) and (number := _number(text)) is not None and abs(number - cell) > 0.51:
            return f"cell {place} shows {text!r}, {cell!r} was written"
    return ""


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").removesuffix(" rpm"))
    except ValueError:
        return None
