"""LibreOffice as a planner uses it: opens a workbook, types into cells, saves, and reads the result.

It needs no window and no macro. LibreOffice converts the workbook to its flat XML, this module types into the XML, and
LibreOffice converts it back. So LibreOffice writes every byte of the file.

    python -m tests.workbooks.office fill IN.xlsx OUT.xlsx m:401=950 m:402=1200
    python -m tests.workbooks.office read FILE.xlsx
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path


def converted(data: bytes, source: str, ending: str, *, name: str = "") -> bytes:
    """Converts a workbook to another format with LibreOffice. ``name`` is LibreOffice's name of the filter."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"in.{source}")
        file.write_bytes(data)
        into = Path(folder, "out")
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        to = f"{ending}:{name}" if name else ending
        command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(into), str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (output,) = into.iterdir()
        return output.read_bytes()


def filled_in(workbook: bytes, targets: Mapping[str, float]) -> bytes:
    """Fills in a template with LibreOffice: types into the cell to the right of each machine's id, and saves."""
    flat = converted(workbook, "xlsx", "fods").decode()
    for machine, target in targets.items():
        cell = re.compile(
            rf"(<text:p>{re.escape(machine)}</text:p>\s*</table:table-cell>\s*<table:table-cell\b[^>]*?)"
            r'(?:office:value="[^"]*")([^>]*>\s*<text:p>)[^<]*'
        )
        flat, count = cell.subn(rf'\g<1>office:value="{target:g}"\g<2>{target:g}', flat)
        assert count == 1, f"expected one cell of {machine}, but there are {count}"
    return converted(flat.encode(), "fods", "xlsx", name="Calc MS Excel 2007 XML")


def rows(workbook: bytes) -> list[list[str]]:
    """Returns the first sheet as LibreOffice shows it."""
    text = converted(workbook, "xlsx", "csv", name="Text - txt - csv (StarCalc):44,34,76,1").decode()
    return list(csv.reader(io.StringIO(text)))


def main() -> None:
    match sys.argv[1:]:
        case ["fill", source, destination, *cells]:
            targets = {machine: float(value) for machine, _, value in (each.partition("=") for each in cells)}
            Path(destination).write_bytes(filled_in(Path(source).read_bytes(), targets))
        case ["read", source]:
            csv.writer(sys.stdout).writerows(rows(Path(source).read_bytes()))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
