"""HTTP as typed calls (contract section 6). Answers are parsed here and nowhere else.

A refusal raises `RefusedError` with the problem's status, type and detail; a missing answer raises `LinkError`. Nothing
is retried here: the caller knows whether a call may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from setpoint.client.plant import SeenPlant, read_plant
from setpoint.contract.http.alarms import AlarmAct, AlarmList, AlarmsOpen, AlarmView
from setpoint.contract.http.batches import BatchKind, BatchRequest, BatchStory
from setpoint.contract.http.history import HistoryAnswer
from setpoint.contract.http.machines import Event, EventAcknowledgement, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.http.shifts import AssignRequest, NoteRequest, ShiftReport, ShiftsAnswer
from setpoint.contract.values import Value
from setpoint.core.store import Result
from setpoint.errors import LinkError, MisuseError, ProtocolError, RefusedError

T = TypeVar("T")

ANSWER_WITHIN_S = 5.0
"""The server answers a batch within 3 s (CMD-3)."""


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    """A batch item by item; ``status`` says whether it is still in progress."""

    tx_id: str
    results: list[Result]
    status: str = ""


class _Problem(msgspec.Struct):
    """RFC 9457."""

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    arguments: dict[str, str | int] = {}


def identity_headers(token: str | None, user: str | None, role: str | None = None) -> dict[str, str]:
    """Headers that identify the sender: a token for a program; in a demo, any name."""
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if user:
        headers["X-Demo-User"] = user
    if role:
        headers["X-Demo-Role"] = role
    return headers


class Api:
    """The HTTP interface of one server, used as one person."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=ANSWER_WITHIN_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections to the server."""
        await self._http.aclose()

    async def plant(self) -> SeenPlant:
        """The part of the plant that the person may see. Raises `LinkError` without a connection."""
        return read_plant(await self.ask("GET", "/api/plant"))

    async def post_batch(self, request: BatchRequest) -> Answer:
        """Sends a batch. Raises `LinkError` without an answer, `RefusedError` if the whole batch is refused."""
        return self._read(Answer, await self.ask("POST", "/api/batches", body=msgspec.json.encode(request)))

    async def batch(self, tx_id: str) -> BatchStory:
        """A complete batch. Raises `RefusedError` 404 if the server does not know it."""
        return self._read(BatchStory, await self.ask("GET", _batch(tx_id)))

    async def answer(self, tx_id: str) -> Answer:
        """The outcomes of a batch's items so far."""
        return self._read(Answer, await self.ask("GET", _batch(tx_id)))

    async def batches(self, **filters: str | int) -> bytes:
        """The audit, newest first: one page of JSON, as the server sends it."""
        return await self.ask("GET", "/api/batches", params=filters)

    async def undo(self, tx_id: str, *, not_after: float | None = None) -> Answer:
        """Undoes a batch. ``not_after``: the instant (Unix seconds) from which on nothing of it is sent (CMD-8)."""
        body = None if not_after is None else msgspec.json.encode({"notAfter": not_after})
        return self._read(Answer, await self.ask("POST", f"{_batch(tx_id)}/undo", body=body))

    async def again(self, followed: str, kind: BatchKind, request: BatchRequest) -> Answer:
        """Undoes or retries an earlier batch: the items that ``request`` names, with its revs as base."""
        own = {"reason": request.reason, "notAfter": request.not_after}
        options = {key: value for key, value in own.items() if value is not None}
        items = {machine: list(fields) for machine, fields in request.updates.items()}
        body = msgspec.json.encode({"txId": request.tx_id, "base": request.base, "items": items, **options})
        return self._read(Answer, await self.ask("POST", f"{_batch(followed)}/{kind.value}", body=body))

    async def cancel(self, tx_id: str) -> Answer:
        """Withdraws the targets of a batch that have not left. Returns the outcome of each item; none if the
        batch never arrived."""
        return self._read(Answer, await self.ask("POST", f"{_batch(tx_id)}/cancel"))

    async def changes(self, line: str) -> list[FieldRev]:
        """The last change of each set-point of a line, and who or what made it."""
        return self._read(list[FieldRev], await self.ask("GET", "/api/changes", params={"line": line}))

    async def history(self, query: Mapping[str, str | int]) -> HistoryAnswer:
        """Recorded values; the parameters are those of ``GET /api/history``."""
        return self._read(HistoryAnswer, await self.ask("GET", "/api/history", params=query))

    async def events(self, filters: Mapping[str, str | float]) -> Page[Event]:
        """What happened, newest first: the parameters of ``GET /api/events``."""
        return self._read(Page[Event], await self.ask("GET", "/api/events", params=filters))

    async def acknowledge_event(self, what: EventAcknowledgement) -> None:
        """Says that this person has seen an event. Raises `RefusedError`: 404, 409."""
        await self.ask("POST", "/api/events/acknowledge", body=msgspec.json.encode(what))

    async def alarms(self, line: str | None = None) -> AlarmList:
        """The alarms that are not normal, of a line or of all of them."""
        params = {"line": line} if line else {}
        return self._read(AlarmList, await self.ask("GET", "/api/alarms", params=params))

    async def open_alarms(self) -> AlarmsOpen:
        """How many alarms nobody has acknowledged, by priority."""
        return self._read(AlarmsOpen, await self.ask("GET", "/api/alarms/open"))

    async def act_on_alarm(
        self, machine: str, name: str, act: AlarmAct, *, note: str = "", for_s: float | None = None
    ) -> AlarmView:
        """Acknowledges or shelves an alarm, or takes it out of service. Raises `RefusedError`."""
        body = msgspec.json.encode({"note": note} if for_s is None else {"note": note, "forS": for_s})
        path = f"/api/alarms/{quote(machine, safe='')}/{quote(name, safe='')}/{act}"
        return self._read(AlarmView, await self.ask("POST", path, body=body))

    async def shifts(self, since: float | None = None, until: float | None = None) -> ShiftsAnswer:
        """The shifts between two instants, newest first, and the reasons of downtime; of the last week by default."""
        given = {"since": since, "until": until}
        query = {name: value for name, value in given.items() if value is not None}
        return self._read(ShiftsAnswer, await self.ask("GET", "/api/shifts", params=query))

    async def shift(self, since: float, line: str | None = None) -> ShiftReport:
        """The report of the shift that began at ``since``, of one line or of all."""
        params = {} if line is None else {"line": line}
        return self._read(ShiftReport, await self.ask("GET", f"/api/shifts/{since!r}", params=params))

    async def assign_reason(self, request: AssignRequest) -> None:
        """Says why a machine was down in that time."""
        await self.ask("POST", "/api/shifts/reasons", body=msgspec.json.encode(request))

    async def write_note(self, request: NoteRequest) -> None:
        """Leaves a note for the next shift on a line."""
        await self.ask("POST", "/api/shifts/notes", body=msgspec.json.encode(request))

    async def keep_file(self, content: bytes, sha256: str, filename: str) -> None:
        """Stores a workbook on the server under its SHA-256. Storing it twice has no further effect."""
        await self.ask(
            "PUT",
            f"/api/files/{sha256}",
            body=content,
            params={"filename": filename},
            content_type="application/octet-stream",
        )

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        params: Mapping[str, str | float] | None = None,
        content_type: str = "application/json",
    ) -> bytes:
        """The body of a 2xx answer. Raises `RefusedError` or `LinkError`."""
        headers = {"Content-Type": content_type} if body is not None else None
        try:
            response = await self._http.request(method, path, content=body, params=params, headers=headers)
        except httpx.TransportError as error:
            raise LinkError(
                f"no answer from {self._url} ({_why(error)}); is the server running there?"
            ) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise MisuseError(f"{path[:100]!r} cannot be asked for: {error}") from error
        if response.is_success:
            return response.content
        raise refusal_of(response)

    def _read(self, kind: type[T], body: bytes) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProtocolError(f"{self._url} sent an answer that does not match /schema: {error}") from error


def check_values(updates: Mapping[str, Mapping[str, Value]]) -> None:
    """Raises `MisuseError` for a number that JSON does not have: it would arrive as null."""
    for machine, fields in updates.items():
        for field, value in fields.items():
            if isinstance(value, float) and not isfinite(value):
                raise MisuseError(f"{machine} {field}: expected a number, but got {value}")


def _batch(tx_id: str) -> str:
    """The path of a batch, whatever somebody calls its txId."""
    return f"/api/batches/{quote(tx_id, safe='', errors='replace')}"


def _why(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


def refusal_of(response: httpx.Response) -> RefusedError:
    """What the server says of a request that it refused."""
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = _Problem()
    return RefusedError(
        problem.detail or problem.title or f"the server answered {response.status_code}",
        status=response.status_code,
        code=problem.type.rsplit("/", 1)[-1].rsplit(":", 1)[-1],
        detail=response.content,
        arguments={**problem.arguments},
    )
