"""The HTTP application: the API, the board, health and metrics, with one error handling.

`setpoint.server.edge.gate` is around it: it checks hosts, cross-site writes and slow bodies, and adds security headers.
`setpoint.server.live` takes ``/live`` below ASGI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from litestar import Controller, Litestar, MediaType, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.params import FromPath

from setpoint.contract.http.batches import MAX_BODY_BYTES
from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError
from setpoint.server.http.api import api_routes
from setpoint.server.http.asyncapi import asyncapi_bytes
from setpoint.server.http.board_files import PAGE, BoardFile, read_board, respond
from setpoint.server.http.deps import NO_STORE, Provided, fixed
from setpoint.server.http.limits import Limits
from setpoint.server.http.metrics import CONTENT_TYPE, Metrics
from setpoint.server.http.openapi import OpenApiJson
from setpoint.server.http.problems import EXCEPTION_HANDLERS
from setpoint.server.http.readiness import Readiness
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.services import Services
from setpoint.server.http.sight import Sights
from setpoint.server.identity.authenticator import Authenticator

_PROGRAMS = ("api", "schema", "live", "metrics", "healthz", "readyz", "assets")
"""First parts of paths that are not views of the board: unknown paths below them are 404."""


def create_app(
    services: Services,
    *,
    auth: Authenticator,
    metrics: Metrics,
    routers: Sequence[Router] = (),
    board: Mapping[str, BoardFile] | None = None,
    limits: Limits | None = None,
) -> Litestar:
    """``routers`` are additional ones, such as those of sign-in; ``board`` is the built board by default."""
    files = read_board() if board is None else board
    return Litestar(
        route_handlers=[
            api_routes(Sights(services, auth, limits)),
            *routers,
            live_document,
            HealthController,
            BoardController,
        ],
        dependencies={
            "services": fixed(services),
            "readiness": fixed(Readiness(services.ready)),
            "metrics": fixed(metrics),
            "files": fixed(files),
        },
        openapi_config=OpenAPIConfig(
            title="Setpoint",
            version=version("setpoint"),
            description="Live machines, and targets for them. /schema/asyncapi.json describes the stream at /live.",
            path="/schema",
            render_plugins=[OpenApiJson(path=["/", "/openapi.json"])],
        ),
        exception_handlers=EXCEPTION_HANDLERS,
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        debug=False,
    )


@get("/schema/asyncapi.json", include_in_schema=False, media_type=MediaType.JSON)
async def live_document() -> bytes:
    return asyncapi_bytes()


class HealthController(Controller):
    tags = ("health",)
    response_headers = NO_STORE

    @get("/healthz", summary="Is it alive")
    async def healthz(self) -> dict[str, str]:
        return {"status": "alive"}

    @get("/readyz", summary="Does it take batches")
    async def readyz(self, services: Provided[Services], readiness: Provided[Readiness]) -> dict[str, str]:
        await readiness.check()
        return {"status": "ready", "role": services.role, "history": services.history_state}

    @get("/metrics", summary="Figures for Prometheus", media_type=CONTENT_TYPE)
    async def figures(self, metrics: Provided[Metrics]) -> bytes:
        return metrics.text()


class BoardController(Controller):
    """Serves the board at every path that programs do not use. Its views have their own addresses, which the board
    itself reads.
    """

    @get(["/", "/{path:path}"], include_in_schema=False)
    async def board(
        self,
        request: HttpRequest,
        files: Provided[Mapping[str, BoardFile]],
        path: FromPath[str] = "",
    ) -> Response[bytes]:
        name = path.strip("/")
        if (file := files.get(name)) is not None and name != PAGE:
            return respond(file, request)
        parts = name.split("/")
        is_view = parts[0] not in _PROGRAMS and "." not in parts[-1]
        if not is_view or (page := files.get(PAGE)) is None:
            raise RequestError(f"there is nothing at {request.url.path[:200]!r}", code=ProblemCode.NOT_FOUND)
        return respond(page, request)
