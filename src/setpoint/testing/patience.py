"""The time limit of a test's wait.

A wait ends with its event, so a generous limit costs nothing. The limit only ends a test whose event never comes. On a
busy machine everything takes longer, so the limit grows with the load of the cores.
"""

from __future__ import annotations

import os

AT_LEAST_S = 10.0
"""A wait of a second on one machine may take longer on another that is busy for a moment."""


def patient(seconds: float) -> float:
    """The limit of a wait that takes ``seconds`` on a quiet machine: at least `AT_LEAST_S`, times `busy`."""
    return max(seconds, AT_LEAST_S) * busy()


def busy() -> float:
    """How many times longer everything may take: 1 on a quiet machine, 5 if four processes wait for each core."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return 1 + load / (os.cpu_count() or 1)
