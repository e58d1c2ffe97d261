"""``setpoint`` whose machines report the time as their temperature, for `benches.reliability`.

    python -m benches.stamped_server demo …

Every report carries, as ``temp``, the instant at which its source made it; so whoever sees a value knows how old it is.
Everything between the source and the eye is the product, unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from setpoint.core.plant import Report
from setpoint.runtime.runtime import Runtime

STAMPED = "temp"


def main() -> None:
    reported = Runtime.reported

    def stamped(runtime: Runtime, reports: Sequence[Report], /) -> None:
        reported(
            runtime,
            [msgspec.structs.replace(each, values={**each.values, STAMPED: each.at}) for each in reports],
        )

    Runtime.reported = stamped  # type: ignore[method-assign]  # what machines say, not what becomes of it
    from setpoint.cli import main as setpoint  # noqa: PLC0415  # after the machines are at hand

    setpoint()


if __name__ == "__main__":
    main()
