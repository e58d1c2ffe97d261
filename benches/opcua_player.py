"""An OPC UA server that fills its Publish responses from a buffer, so that the bench measures the client.

asyncua's own server needs several cores to change 40,000 values a second. This one replaces one class of it: at every
publishing interval a subscription packs all of its values at once, each changed and stamped now. `benches.opcua` runs
it as a child process. It prints its endpoint and runs until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import sys
import time

from asyncua import Server, ua
from asyncua.server import subscription_service
from asyncua.server.internal_subscription import InternalSubscription

_VALUE_AND_SOURCE_TIME = 0x05
_DOUBLE = 11
_FILETIME_EPOCH_S = 11_644_473_600


class ChangingSubscription(InternalSubscription):
    """A subscription in which every value changes in every interval."""

    def has_published_results(self) -> bool:
        return True

    def _pop_triggered_datachanges(self, result: ua.PublishResult) -> None:
        self._triggered_datachanges = {}
        handles = [item.client_handle for item in self.monitored_item_srv._monitored_items.values()]
        if not handles:
            return
        filetime = int((time.time() + _FILETIME_EPOCH_S) * 10_000_000)
        step = float(self._notification_seq)
        flat = [
            part for handle in handles for part in (handle, _VALUE_AND_SOURCE_TIME, _DOUBLE, step, filetime)
        ]
        body = struct.pack(f"<i{'IBBdQ' * len(handles)}i", len(handles), *flat, 0)
        result.NotificationMessage.NotificationData.append(
            ua.ExtensionObject(TypeId=ua.NodeId(811), Body=body)
        )


async def main(machines: int, fields: int) -> None:
    subscription_service.InternalSubscription = ChangingSubscription  # type: ignore[misc]  # plays instead of sampling
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:setpoint:bench")
    for machine in range(1, machines + 1):
        # One object for each machine, because the library searches all references of a node to add one.
        above = await server.nodes.objects.add_object(ua.NodeId(f"{machine}", space), f"{machine}")
        for field in range(fields):
            await above.add_variable(ua.NodeId(f"{machine}.f{field}", space), f"{machine}.f{field}", 0.0)
    async with server:
        assert server.bserver is not None
        print(json.dumps({"endpoint": f"opc.tcp://127.0.0.1:{server.bserver.port}"}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
