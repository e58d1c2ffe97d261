"""The security log: sign-ins, refusals, rights, links, tokens and limits, for administrators of the whole plant.

GET /api/security               newest first, a page at a time
GET /api/security/export.csv    the same as a file
"""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, Response, Router, get
from litestar.di import Provide
from litestar.params import QueryParameter

from setpoint.contract.http.pages import Page
from setpoint.contract.http.people import SecurityEntry, SecurityEvent
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.audit.chain import AuditEntry
from setpoint.core.audit.queries import SecurityQuery
from setpoint.core.plant import Person
from setpoint.errors import RequestError
from setpoint.server.http.deps import NO_STORE, Instant, Limit, Provided, Text, download
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.authenticator import person_of
from setpoint.server.identity.people import check_admin
from setpoint.workbook.safe import csv_text

MAX_EXPORTED = 50_000
_PAGE = 500
_HEADERS = ("Entry", "At (UTC)", "Event", "Person", "Address", "What")
Ask: TypeAlias = Callable[[SecurityQuery], Awaitable[list[AuditEntry]]]
Event: TypeAlias = Annotated[SecurityEvent | None, QueryParameter()]
Before: TypeAlias = Annotated[str | None, QueryParameter(max_length=19, pattern="^[0-9]+$")]

_facts = msgspec.json.Decoder(dict[str, object])


async def security_query(
    ask: Provided[Ask],  # noqa: ARG001  # only administrators learn what is wrong with a query
    *,
    event: Event = None,
    person: Text = None,
    since: Instant = None,
    until: Instant = None,
) -> SecurityQuery:
    return SecurityQuery(event, person or None, since, until, None, _PAGE)


class SecurityController(Controller):
    @get(summary="Sign-ins, refusals, rights and tokens, newest first", responses=refusals(403, 503))
    async def page(
        self,
        ask: Provided[Ask],
        wanted: Provided[SecurityQuery],
        *,
        cursor: Before = None,
        limit: Limit = 50,
    ) -> Page[SecurityEntry]:
        query = msgspec.structs.replace(wanted, before_seq=_seq(cursor), limit=limit + 1)
        entries = await _entries(ask, query)
        more = str(entries[limit - 1].seq) if len(entries) > limit else None
        return Page(entries[:limit], more)

    @get(
        "/export.csv", summary="The security log as csv", media_type="text/csv", responses=refusals(403, 503)
    )
    async def export(self, ask: Provided[Ask], wanted: Provided[SecurityQuery]) -> Response[bytes]:
        entries: list[SecurityEntry] = []
        while len(entries) < MAX_EXPORTED:
            part = await _entries(ask, wanted)
            entries += part
            if len(part) < _PAGE:
                break
            wanted = msgspec.structs.replace(wanted, before_seq=part[-1].seq)
        return download(_csv(entries), "text/csv", "setpoint-security.csv")


def security_routes(auth: SignInAuth, ask: Ask) -> Router:
    async def ask_for_admin(request: HttpRequest) -> Ask:
        """Returns the query, for administrators of the whole plant. Checks their rights again for each page. Raises
        `RequestError` 403 for others."""
        person = await person_of(request, auth)
        check_admin(person)

        async def checked_query(query: SecurityQuery) -> list[AuditEntry]:
            found = await ask(query)
            check_admin(await auth.still(person) or Person(person.name, {}))
            return found

        return checked_query

    return Router(
        "/api/security",
        route_handlers=[SecurityController],
        dependencies={"ask": Provide(ask_for_admin), "wanted": Provide(security_query)},
        tags=["people"],
        response_headers=NO_STORE,
    )


async def _entries(ask: Ask, query: SecurityQuery) -> list[SecurityEntry]:
    return [entry_of(each) for each in await ask(query)]


def entry_of(entry: AuditEntry) -> SecurityEntry:
    facts = _facts.decode(entry.payload)
    event, person = str(facts.pop("event", entry.kind)), str(facts.pop("person", entry.actor))
    return SecurityEntry(entry.seq, entry.at, event, person, str(facts.pop("address", "")), facts)


def _seq(cursor: str | None) -> int | None:
    """Raises `RequestError` 400 for a number that no entry can have."""
    if cursor is None:
        return None
    if int(cursor) >= 2**31:
        raise RequestError(
            "this cursor is not from this server; begin again without it", code=ProblemCode.BAD_CURSOR
        )
    return int(cursor)


def _csv(entries: Sequence[SecurityEntry]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADERS)
    for each in entries:
        at = datetime.fromtimestamp(each.at, UTC).isoformat(" ", "seconds")
        facts = ", ".join(f"{key}: {value}" for key, value in each.facts.items())
        row = (each.seq, at, each.event, each.person, each.address, facts)
        writer.writerow([csv_text(value) for value in row])
    return ("\ufeff" + out.getvalue()).encode()
