"""``/live``: the WebSocket that carries the hub's frames, below ASGI.

One frame is built once and its bytes are written straight to every transport; handshake, inbound frames and the
rules of RFC 6455 are `websockets`' sans-I/O `ServerProtocol`. Every other path goes on to uvicorn's own class.

    router      uvicorn's ``ws=`` class: looks at the path of an upgrade request and passes it on
    base        the interface between sessions and server
    connection  one socket: handshake, sign-in, messages, close
    asgi        one socket of an ASGI server, for an application that embeds Setpoint
    server      all sockets: carries out the hub's effects, reports slow clients to it, stops gracefully
    frames      payloads to WebSocket frames, compressed once for all clients that accept that
    origin      which pages may connect
    quota       how many connections there may be
    log_limiter limits the log lines about refused connections
    identity    the person of a connection; the runtime decides
    clock       the two clocks
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
