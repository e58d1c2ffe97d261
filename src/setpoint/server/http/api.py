"""``/api``: the calls of the contract's section 6.

Controllers know only HTTP: they read a request, ask the `Sight` of the person, and return the answer. A person who may
not see a line gets the same answers as if it did not exist.
"""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide

from setpoint.server.http.alarms import AlarmController
from setpoint.server.http.approvals import ApprovalController
from setpoint.server.http.batch_files import ExportController, WorkbookController
from setpoint.server.http.batches import BatchController, read_batch_query, sender_of
from setpoint.server.http.deps import NO_STORE, fixed
from setpoint.server.http.events import EventController, read_event_query
from setpoint.server.http.history import HistoryController
from setpoint.server.http.plant import PlantController
from setpoint.server.http.shifts import ShiftController
from setpoint.server.http.sight import Sights, sight_of
from setpoint.server.http.simulator import SimulatorController
from setpoint.server.http.workbooks import Annotator


def api_routes(sights: Sights) -> Router:
    """Everything under ``/api`` but sign-in."""
    return Router(
        "/api",
        route_handlers=[
            PlantController,
            EventController,
            AlarmController,
            SimulatorController,
            HistoryController,
            BatchController,
            ExportController,
            WorkbookController,
            ApprovalController,
            ShiftController,
        ],
        dependencies={
            "sights": fixed(sights),
            "sight": Provide(sight_of),
            "sender": Provide(sender_of),
            "batch_query": Provide(read_batch_query),
            "event_query": Provide(read_event_query),
            "annotator": fixed(Annotator()),
        },
        response_headers=NO_STORE,
    )
