"""An OPC UA server of two presses on open62541 (PyPI ``o6``). ../test_foreign_servers.py starts it."""

from __future__ import annotations

import json
import sys
import time

import o6  # type: ignore[import-not-found]  # installed for this program alone

server = o6.Server(port=int(sys.argv[1]))
server.start()
plant = server.addObject("Plant", server.objectsNode, nodeId="ns=1;s=Plant")
for number in (3, 11):
    press = server.addObject(f"Press{number}", "ns=1;s=Plant", nodeId=f"ns=1;s=Press{number}")
    for name, value, is_writable in (
        ("CurMachSpeed", o6.Double(120.5), False),
        ("MachSpeed", o6.Int16(125), True),
        ("StateCurrent", o6.Int32(6), False),
    ):
        server.addVariable(
            name, f"ns=1;s=Press{number}", value, nodeId=f"ns=1;s=Press{number}.{name}", writable=is_writable
        )
print(json.dumps({"ready": True, "endpoint": f"opc.tcp://127.0.0.1:{sys.argv[1]}"}), flush=True)
while True:
    time.sleep(3600)
