"""The time limit of a test's wait.

A wait ends with its event, so a generous limit costs nothing. The limit only ends a test whose event never comes. On a
busy machine everything takes longer, so the limit grows with the load of the cores.
"""

from __future__ import annotations

import os


def patient(seconds: float) -> float:
    """``seconds`` on a quiet machine; five times as many if four processes wait for each core."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return seconds * (1 + load / (os.cpu_count() or 1))
