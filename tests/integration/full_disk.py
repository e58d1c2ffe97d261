"""``setpoint`` on a disk that has no room for history: it must keep more space free than any disk has.

python -m tests.integration.full_disk demo …
"""

from __future__ import annotations

from setpoint.cli import main as setpoint
from setpoint.history.historian import Historian

MORE_THAN_ANY_DISK = 2**60


def main() -> None:
    defaults = Historian.__init__.__kwdefaults__
    assert defaults is not None
    defaults["reserve"] = MORE_THAN_ANY_DISK
    setpoint()


if __name__ == "__main__":
    main()
