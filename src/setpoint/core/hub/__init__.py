"""The state of the plant: the last report of every machine, and which client gets what, when and in which order.

The hub accepts reports, revs and outcomes, keeps one record for each machine, and turns changes into numbered deltas on
the topics that carry them. It has no clock and no socket: every call gets ``now_ms`` (monotonic) and ``ts`` (Unix
seconds), and returns effects for the shell, `Send` and `Close`.

    state        one machine's record, and what a report changes in it
    staleness    how old the last contact may be before a machine is STALE, then OFFLINE (SAFE-4)
    kpis         the KPIs of a line, updated with each change; the plant's are their sum
    topic        one numbered stream: pending changes, sent values, deltas for resume (SEQ-1, SEQ-4)
    plant_topic  the plant's: KPIs, notable machines, the overview (TOPIC-1, OVER-1)
    views        the plant for people who see the same lines, each with an epoch (SEQ-5)
    stream       all topics: the cadence and the urgent lane (TICK-1, TICK-2), what each may carry (TOPIC-1)
    session      one client's subscriptions
    heartbeat    pings, and sessions that do not answer (HB-1)
    sessions     all clients: what they ask for, pause, limits (LINK-3, FLOW-1, FLOW-2)
    hub          the interface to all of it
"""

from setpoint.core.hub.effects import (
    Close,
    CriticalChange,
    Effect,
    HubCounters,
    HubLimits,
    ReportResult,
    Send,
)
from setpoint.core.hub.hub import Hub

__all__ = [
    "Close",
    "CriticalChange",
    "Effect",
    "Hub",
    "HubCounters",
    "HubLimits",
    "ReportResult",
    "Send",
]
