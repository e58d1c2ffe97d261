"""``setpoint opcua browse``: walks an unknown server and proposes a plant file for it.

`tree` walks, `machines` recognises machines, `proposal` writes the file, and `pick` lets a person choose the nodes.
"""

from setpoint.sources.opcua.machines import find_machines
from setpoint.sources.opcua.proposal import propose, propose_machines
from setpoint.sources.opcua.tree import Variable, walk

__all__ = ["Variable", "find_machines", "propose", "propose_machines", "walk"]
