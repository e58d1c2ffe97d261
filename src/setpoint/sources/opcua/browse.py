"""``setpoint opcua browse``: walks a server that nobody knows and proposes a plant file for it.

`tree` walks, `machines` recognises, `proposal` writes the file, and `pick` is for where nothing is recognised.
"""

from setpoint.sources.opcua.machines import find_machines
from setpoint.sources.opcua.proposal import propose, propose_machines
from setpoint.sources.opcua.tree import Variable, walk

__all__ = ["Variable", "find_machines", "propose", "propose_machines", "walk"]
