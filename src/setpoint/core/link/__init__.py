"""One client's connection: states, back-off, heartbeat, gaps, resume (LINK-*, HB-2, HB-3, SEQ-2 to SEQ-5).

    link = Link()
    link, effects = step(link, Start(), now_ms)        # the shell carries out the effects, in order

`states` has the state, `events` the events and effects, `backoff` the waiting times, and `step` decides. Twin of
``frontend/src/link``; both replay ``conformance/vectors/link``.
"""

from setpoint.core.link.backoff import wait_ms
from setpoint.core.link.events import (
    Closed,
    Connect,
    Deliver,
    Drop,
    DropTopic,
    Effect,
    Event,
    GapFound,
    Notify,
    NotifyTopic,
    PageHidden,
    PageShown,
    Received,
    Refetch,
    Refused,
    ScheduleAt,
    SendFrame,
    Start,
    Stop,
    Wake,
    WantTopic,
)
from setpoint.core.link.states import (
    Connected,
    Connecting,
    Connection,
    ConnectionState,
    Disconnected,
    Hidden,
    Link,
    Page,
    Paused,
    Shown,
    Stale,
    Topic,
    state_of,
)
from setpoint.core.link.step import step

__all__ = [
    "Closed",
    "Connect",
    "Connected",
    "Connecting",
    "Connection",
    "ConnectionState",
    "Deliver",
    "Disconnected",
    "Drop",
    "DropTopic",
    "Effect",
    "Event",
    "GapFound",
    "Hidden",
    "Link",
    "Notify",
    "NotifyTopic",
    "Page",
    "PageHidden",
    "PageShown",
    "Paused",
    "Received",
    "Refetch",
    "Refused",
    "ScheduleAt",
    "SendFrame",
    "Shown",
    "Stale",
    "Start",
    "Stop",
    "Topic",
    "Wake",
    "WantTopic",
    "state_of",
    "step",
    "wait_ms",
]
