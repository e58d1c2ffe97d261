"""The Python client (`Client`): subscribe, read, commit, follow. See docs/howto/write-a-client.md and
docs/reference/python-by-example.md."""

from setpoint.client.api import Answer, Api, identity_headers
from setpoint.client.batch import Batch
from setpoint.client.client import DEFAULT_URL, Client
from setpoint.client.history import History, SignalArrays
from setpoint.client.posting import Follows
from setpoint.contract.http.alarms import AlarmList, AlarmView
from setpoint.contract.http.batches import BatchKind, BatchSource, BatchStory
from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.values import CRITICAL_OVERRIDES, is_critical
from setpoint.core.store import Lock, MachineState, MachineView, Phase, Target

__all__ = [
    "CRITICAL_OVERRIDES",
    "DEFAULT_URL",
    "AlarmList",
    "AlarmView",
    "Answer",
    "Api",
    "Batch",
    "BatchKind",
    "BatchSource",
    "BatchStory",
    "Client",
    "Event",
    "EventKind",
    "Follows",
    "History",
    "Lock",
    "MachineState",
    "MachineView",
    "Phase",
    "SignalArrays",
    "Target",
    "identity_headers",
    "is_critical",
]
