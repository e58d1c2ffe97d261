"""``/live``: the WebSocket that carries the hub's frames, below ASGI.

One frame is built once and its bytes are written straight to every transport; handshake, inbound frames and the
rules of RFC 6455 are `websockets`' sans-I/O `ServerProtocol`. Every other path goes on to uvicorn's own class.

    router      what uvicorn is given as ``ws=``: looks at the path of an upgrade request and steps aside
    base        what sessions and server know of each other
    connection  one socket: handshake, sign-in, messages, ends
    asgi        the same over an ASGI server's own WebSocket, for an application that Setpoint is embedded in
    server      all of them: plays the hub's effects, tells it who cannot keep up, stops gracefully
    frames      payloads to WebSocket frames, compressed once for all who take them so
    origin      which pages may connect
    quota       how many may
    log_limiter how often it is logged that somebody may not
    identity    who is asking: decided by the runtime
    clock       the two clocks that everything here is told
"""

from setpoint.server.live.base import LiveLimits, LiveSession
from setpoint.server.live.clock import Clock, SystemClock
from setpoint.server.live.connection import LiveConnection
from setpoint.server.live.identity import Identify, Identity, LiveRequest, NeedsToken, Refused
from setpoint.server.live.origin import OriginPolicy
from setpoint.server.live.quota import SERVED, QuotaLimits
from setpoint.server.live.server import LiveCounters, LiveServer

__all__ = [
    "SERVED",
    "Clock",
    "Identify",
    "Identity",
    "LiveConnection",
    "LiveCounters",
    "LiveLimits",
    "LiveRequest",
    "LiveServer",
    "LiveSession",
    "NeedsToken",
    "OriginPolicy",
    "QuotaLimits",
    "Refused",
    "SystemClock",
]
