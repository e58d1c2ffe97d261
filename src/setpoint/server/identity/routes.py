"""The HTTP of sign-in.

    GET    /api/session          who I am, and how I can sign in
    POST   /api/session          name and password → the cookie
    DELETE /api/session          sign out here
    GET    /api/sessions         where I am signed in
    DELETE /api/sessions         sign out everywhere, here too
    DELETE /api/sessions/{id}    sign out there
    POST   /api/invite           what a link is for
    PUT    /api/invite           the link's secret and a password → the cookie
    GET    /api/tokens           my programs' tokens
    POST   /api/tokens           a new one; its text is in this answer and nowhere else
    DELETE /api/tokens/{id}      revoke
    GET    /api/oidc/start       to the OpenID provider
    GET    /api/oidc/callback    back from it

`setpoint.server.identity.people_routes` has what administrators do for others.
Only people in a browser manage sessions and tokens: a token cannot make tokens or end sessions.
"""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from setpoint.server.http.deps import NO_STORE, fixed
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.deps import Cookies, client_info_of, json_too_deep, person_in_browser
from setpoint.server.identity.oidc import Oidc
from setpoint.server.identity.oidc_routes import OidcController
from setpoint.server.identity.sessions import LinkController, SessionController
from setpoint.server.identity.tokens import TokenController


def sign_in_routes(auth: SignInAuth, oidc: Oidc | None = None) -> Router:
    """Everything under ``/api`` about sign-in."""
    controllers: list[ControllerRouterHandler] = [SessionController, LinkController, TokenController]
    if oidc is not None:
        controllers.append(OidcController)
    return Router(
        "/api",
        route_handlers=controllers,
        dependencies={
            "auth": fixed(auth),
            "sign_in": fixed(auth.sign_in),
            "oidc": fixed(oidc),
            "cookies_for": fixed(Cookies(auth)),
            "client": Provide(client_info_of, sync_to_thread=False),
            "person": Provide(person_in_browser),
        },
        tags=["sign-in"],
        response_headers=NO_STORE,
        exception_handlers={RecursionError: json_too_deep},
    )
