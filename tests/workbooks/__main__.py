"""Makes the shared workbooks if they do not exist yet, and prints their folder."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from tests.conformance.ingest_json import plant_from
from tests.workbooks.traps import TRAPS

from setpoint.errors import WorkbookError
from setpoint.workbook.process import ingest_file

HERE = Path(__file__).parent
EXPECTED = HERE / "expected.json"
_BUILD = HERE.parents[1] / "build" / "workbooks"
_RECIPES = (
    HERE / "raw.py",
    HERE / "office.py",
    HERE / "traps.py",
    HERE.parents[1] / "src/setpoint/workbook/template.py",
)
TX_ID = "8b7e1c52-6d0f-4a3e-9d51-0c6f0a4f9e21"
SHOWN_ISSUES = 12


def make() -> Path:
    """Returns the folder with every workbook. It appears only when all are made."""
    recipe = hashlib.sha256(b"".join(each.read_bytes() for each in _RECIPES)).hexdigest()[:16]
    folder = _BUILD / recipe
    if not folder.exists():
        growing = _BUILD / f"{recipe}.{os.getpid()}"
        growing.mkdir(parents=True)
        with ThreadPoolExecutor(2) as pool:
            for name, data in pool.map(lambda item: (item[0], item[1]()), TRAPS.items()):
                (growing / name).write_bytes(data)
        try:
            growing.rename(folder)
        except OSError:  # another process was quicker
            for each in growing.iterdir():
                each.unlink()
            growing.rmdir()
    return folder


def outcome(data: bytes, plant: dict[str, Any]) -> dict[str, Any]:
    """Returns the result of reading a workbook. It shortens long lists in the same way as the board's test does."""
    try:
        ingested = json.loads(msgspec.json.encode(ingest_file(data, plant_from(plant), TX_ID)))
    except WorkbookError as refused:
        return {"error": {"code": refused.code, "message": refused.message}}
    return {"state": brief(ingested)}


def brief(ingested: dict[str, Any]) -> dict[str, Any]:
    batch = ingested["batch"]
    for name in ("errors", "warnings"):
        batch[f"{name}Count"] = len(batch[name])
        batch[name] = batch[name][:SHOWN_ISSUES]
    batch["validRows"] = dict(list(batch["validRows"].items())[:SHOWN_ISSUES])
    ingested["rows"] = dict(list(ingested["rows"].items())[:SHOWN_ISSUES])
    return ingested


def plant_of(name: str, document: dict[str, Any]) -> dict[str, Any]:
    plant: dict[str, Any] = document["plants"]["large" if name.startswith("a_hundred_thousand") else "small"]
    count = plant.get("machinesCount")
    return {**plant, "machines": [f"m_{number}" for number in range(count)]} if count else plant


def main() -> None:
    folder = make()
    if "--accept" in sys.argv:
        document = json.loads(EXPECTED.read_text("utf-8"))
        document["outcomes"] = {
            name: outcome((folder / name).read_bytes(), plant_of(name, document)) for name in sorted(TRAPS)
        }
        EXPECTED.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(folder)


if __name__ == "__main__":
    main()
