"""Checks a demo's first minute with an installed Setpoint: ready, a snapshot, an applied change.

``python first_minute.py`` needs nothing else from this repository, and prints its results as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from typing import Any

from setpoint import Client, Phase

WITHIN_S = 60
MACHINE, FIELD, TARGET = "m_401", "targetSpeed", 1234


async def change(url: str) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN_S), Client(url, user="anna") as client:
        await client.subscribe("line:01")
        speed = client.view[MACHINE].record["speed"]
        batch = await client.commit({MACHINE: {FIELD: TARGET}}, reason="the first minute")
        counts = await batch.done()
    if counts != {Phase.RECONCILED: 1}:
        raise SystemExit(f"the change was not applied: {counts}")
    return {"speed": speed, "applied": {MACHINE: {FIELD: TARGET}}}


def main() -> None:
    with tempfile.TemporaryDirectory() as data_dir:
        start = time.monotonic()
        options = ["--port", "0", "--no-browser", "--calm", "--data-dir", data_dir]
        with subprocess.Popen(
            [sys.executable, "-m", "setpoint", "demo", *options], stdout=subprocess.PIPE, text=True
        ) as demo:
            assert demo.stdout is not None
            try:
                line = demo.stdout.readline()
                ready_s = time.monotonic() - start
                if not line.startswith("The board: "):
                    raise SystemExit(f"the demo did not begin; it printed {line!r}")
                result = asyncio.run(change(line.split()[2]))
                result |= {"ready_s": round(ready_s, 2), "applied_s": round(time.monotonic() - start, 2)}
            finally:
                demo.terminate()
    print(json.dumps({"version": version("setpoint"), "python": sys.version.split()[0], **result}))


if __name__ == "__main__":
    main()
