"""How long a test waits for something before it says that it never happened.

A wait ends with its event, so its limit costs nothing while all is well. It only has to end a test whose event never
comes. A busy machine is slow and not wrong: the limit grows with the load of its cores.
"""

from __future__ import annotations

import os


def patient(seconds: float) -> float:
    """``seconds`` on a quiet machine; five times as many where four processes wait for each core."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return seconds * (1 + load / (os.cpu_count() or 1))
