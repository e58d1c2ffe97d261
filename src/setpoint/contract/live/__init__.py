"""The wire: one WebSocket at ``/live``, one JSON object in each text frame, sub-protocol ``setpoint.v1``.

The conversation. The client opens the socket. If it has a token instead of a cookie, it first sends ``auth``. The
server sends ``hello``. The client sends ``subscribe``; the server answers with ``ack`` and then with a ``snapshot`` or
the missed ``delta`` frames (SEQ-4). From then on it sends a ``delta`` when something has changed and the topic's
cadence is due (TICK-1), or at once for critical statuses and outcomes (TICK-2). Every 5 s the server sends ``ping``
with the heads of the session's topics, so that silence is verified (SEQ-3); the client answers with ``pong``. After a
gap, the client subscribes again with its position (SEQ-2).

`down` has the server's frames, `up` the client's, `codec` turns both into bytes and back, and `codes` has the close
codes. Unknown keys are ignored in both directions; a key never changes its meaning.
"""

from setpoint.contract.live.codec import decode_down, decode_up, encode
from setpoint.contract.live.codes import (
    MAX_FRAME_BYTES,
    SUBPROTOCOL,
    CloseCode,
    restart_reason,
    retry_after_ms,
)
from setpoint.contract.live.down import (
    FINAL_OUTCOMES,
    Ack,
    By,
    ByKind,
    Delta,
    Down,
    ErrorFrame,
    Heartbeat,
    Hello,
    Open,
    OpenTarget,
    Outcome,
    Ping,
    Position,
    Snapshot,
    SnapshotData,
    TxOutcome,
    User,
)
from setpoint.contract.live.overview import Condition, Overview, key_runs, pack, unpack
from setpoint.contract.live.up import Auth, Pause, Pong, Resume, Subscribe, Unsubscribe, Up

__all__ = [
    "FINAL_OUTCOMES",
    "MAX_FRAME_BYTES",
    "SUBPROTOCOL",
    "Ack",
    "Auth",
    "By",
    "ByKind",
    "CloseCode",
    "Condition",
    "Delta",
    "Down",
    "ErrorFrame",
    "Heartbeat",
    "Hello",
    "Open",
    "OpenTarget",
    "Outcome",
    "Overview",
    "Pause",
    "Ping",
    "Pong",
    "Position",
    "Resume",
    "Snapshot",
    "SnapshotData",
    "Subscribe",
    "TxOutcome",
    "Unsubscribe",
    "Up",
    "User",
    "decode_down",
    "decode_up",
    "encode",
    "key_runs",
    "pack",
    "restart_reason",
    "retry_after_ms",
    "unpack",
]
