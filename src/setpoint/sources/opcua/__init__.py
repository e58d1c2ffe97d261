"""Machines behind OPC UA servers: read by subscription, written many in one call. Needs ``setpoint[opcua]``.

`config` reads the plant file, `connection` opens a secure session, `offers` says what a server offers before one,
`subscriptions` and `readings` turn notifications into reports, `writes` sends targets and returns answers, and `source`
joins them. `certificate`, `browse` and `probe` belong to commands of the command line; `server` puts the simulator
behind a real OPC UA server. `bounds` adds what asyncua's decoder lacks.
"""

from setpoint.sources.opcua.bounds import bound_the_decoder
from setpoint.sources.opcua.source import OpcUaSource

__all__ = ["OpcUaSource"]

bound_the_decoder()
