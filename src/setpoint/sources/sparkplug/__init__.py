"""Machines behind an MQTT broker, as Sparkplug B or as plain JSON. Needs ``setpoint[mqtt]``.

`broker` reads how to reach the broker, `link` holds the connection, `session` is what both kinds have in common.
Sparkplug B: `payload` reads and writes its messages, `node` follows one edge node from birth to death, `source` is the
host application. Plain JSON: `plain_*`.
"""

from setpoint.sources.sparkplug.plain_source import PlainSource
from setpoint.sources.sparkplug.source import SparkplugSource

__all__ = ["PlainSource", "SparkplugSource"]
