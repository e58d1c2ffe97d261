"""Machines behind Modbus TCP: polled in few requests, written one by one. Needs ``setpoint[modbus]``.

`config` reads the plant file, `registers` turns registers into values and back, `plan` groups what is read, `gateway`
has one connection and polls one device after the other, and `source` holds the gateways together.
"""

from setpoint.sources.modbus.source import ModbusSource

__all__ = ["ModbusSource"]
