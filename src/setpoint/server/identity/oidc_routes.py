"""Sign-in through an OpenID provider, over HTTP: sends the browser there, and takes it back."""

from __future__ import annotations

from litestar import Controller, Response, get
from litestar.datastructures import Cookie

from setpoint.errors import RequestError
from setpoint.server.http.deps import Provided
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.deps import Cookies
from setpoint.server.identity.oidc import FLOW_COOKIE, Oidc
from setpoint.server.identity.service import ClientInfo, SignIn


class OidcController(Controller):
    path = "/oidc"

    @get("/start", status_code=302, summary="Sign in through the OpenID provider")
    async def start(self, oidc: Provided[Oidc], cookies_for: Provided[Cookies]) -> Response[None]:
        """Leads to the provider, or back to the sign-in page with a sentence that says what went wrong."""
        try:
            started = await oidc.start()
        except RequestError as error:
            return _lead_to("/sign-in", cookies_for.sign_in_failed(error))
        return _lead_to(started.location, cookies_for.oidc_flow(started.sealed))

    @get("/callback", status_code=302, summary="Back from the OpenID provider")
    async def callback(
        self,
        request: HttpRequest,
        oidc: Provided[Oidc],
        sign_in: Provided[SignIn],
        client: Provided[ClientInfo],
        cookies_for: Provided[Cookies],
    ) -> Response[None]:
        """Leads to the board, or to the sign-in page with a sentence that says what went wrong."""
        flow_ends = cookies_for.oidc_flow("")
        try:
            identity = await oidc.finish(dict(request.query_params), request.cookies.get(FLOW_COOKIE, ""))
            account = await sign_in.account_for_subject(identity.subject, identity.name)
            signed_in = await sign_in.open_session(account, client, how="openid")
        except RequestError as error:
            return _lead_to("/sign-in", flow_ends, cookies_for.sign_in_failed(error))
        session, device = cookies_for.session(signed_in.secret), cookies_for.device(signed_in.device)
        return _lead_to("/", flow_ends, session, device)


def _lead_to(location: str, *cookies: Cookie) -> Response[None]:
    return Response(None, status_code=302, headers={"location": location}, cookies=[*cookies])
