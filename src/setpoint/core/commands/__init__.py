"""Commands: a person's targets, checked, recorded, handed over, and followed to their outcomes.

`commands` is the state machine and `effects` what it asks of the shell; `request` is the edge (body and answer),
`records` what is remembered. Inside: `admission` and `interlock` say what may pass, `write_state` how one target gets
to its outcome, `time_limit` by when a batch must have left, `revs` which fields have changed, `inflight` what is under
way, `unit_of_work` what follows from one call. `again` undoes and retries batches, `withdrawal` takes them back.
"""

from setpoint.core.commands.again import retry_request, undo_request
from setpoint.core.commands.commands import Commands
from setpoint.core.commands.effects import (
    AnswerReady,
    Dispatch,
    DispatchMore,
    Echo,
    Effect,
    LastReported,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    Refuse,
    Revise,
)
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.commands.request import read_request, story_of
from setpoint.core.commands.time_limit import Arrival

__all__ = [
    "AnswerReady",
    "Arrival",
    "BatchRecord",
    "Commands",
    "Dispatch",
    "DispatchMore",
    "Echo",
    "Effect",
    "ItemRecord",
    "LastReported",
    "RecordBatch",
    "RecordEvents",
    "RecordOutcomes",
    "Refuse",
    "Revise",
    "read_request",
    "retry_request",
    "story_of",
    "undo_request",
]
