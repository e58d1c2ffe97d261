"""``python -m setpoint``: the same as the ``setpoint`` script."""

from setpoint.cli import main

main()
