"""``setpoint`` whose machines report the time as their temperature, for `benches.reliability`.

    python -m benches.stamped_server demo …

Every report carries, as ``temp``, the instant at which its source made it; so a client can tell the age of a value.
Reports come every 240 ms, not every 250, so that their distance to the ticks of the stream varies. Everything else is
the product, unchanged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import msgspec

from setpoint.core.plant import Report
from setpoint.runtime.runtime import Runtime
from setpoint.sources.simulator import SimulatorSettings

STAMPED = "temp"
REPORT_EVERY_MS = 240


def main() -> None:
    reported = Runtime.reported

    def report_with_stamp(runtime: Runtime, reports: Sequence[Report], /) -> None:
        reported(
            runtime,
            [msgspec.structs.replace(each, values={**each.values, STAMPED: each.at}) for each in reports],
        )

    read = SimulatorSettings.read

    def make_drifting(settings: Mapping[str, object], *, where: str) -> SimulatorSettings:
        return dataclasses.replace(read(settings, where=where), interval_ms=REPORT_EVERY_MS)

    SimulatorSettings.read = make_drifting  # type: ignore[method-assign]  # reports drift against the ticks
    Runtime.reported = report_with_stamp  # type: ignore[method-assign]  # changes only what machines report
    from setpoint.cli import main as setpoint  # noqa: PLC0415  # after the machines are patched

    setpoint()


if __name__ == "__main__":
    main()
