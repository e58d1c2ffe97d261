"""Sign-in through an OpenID provider: code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 9700).

    start     the browser goes to the provider with a state; a cookie ties that state to this browser
    finish    it comes back with a code, which is worth something only together with that cookie

The provider says who somebody is (issuer and subject, never a name or an address, which can be given to others later).
An administrator has granted what they may do here. A person without an account learns what to ask for.

State, nonce, PKCE verifier and deadline are sealed into that cookie (JWE, A256GCM), under a key in the database. So
memory does not grow with the number of sign-ins, nobody can push out another person's, and a restart in between does no
harm. The provider promises that a code works once.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwe, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization, OctKey

from setpoint.contract.http.problems import ProblemCode
from setpoint.core.accounts import AccountStore
from setpoint.errors import RequestError
from setpoint.server.identity.oidc import FLOW_S, ExternalIdentity, OidcSettings, Started
from setpoint.server.identity.secrets import new_secret

T = TypeVar("T")

_METADATA_FOR_S = 3_600
_WITHIN_S = 10.0
_CLOCK_SKEW_S = 60
_TIMES = ("exp", "iat", "nbf")
_SEAL = {"alg": "dir", "enc": "A256GCM"}
_KEY_NAME = "openid-flows"
_KEY_BYTES = 32
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512")
"""Signatures by a public key only: with a shared secret, anybody who knows it could claim to be anybody."""


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class _Flow(msgspec.Struct, frozen=True):
    state: str
    verifier: str
    nonce: str
    ends_ts: float


class OidcClient:
    """One provider. ``store`` keeps the key that seals flows."""

    def __init__(
        self, settings: OidcSettings, store: AccountStore, *, unix_ts: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self._store = store
        self._unix_ts = unix_ts
        self._key: OctKey | None = None
        self._metadata: tuple[float, _Metadata] | None = None

    async def start(self) -> Started:
        """Begins a sign-in. Raises `RequestError` 502 if the provider does not answer as an OpenID provider."""
        metadata = await self._describe()
        state, verifier, nonce = (new_secret() for _ in range(3))
        sealed = await self._seal(_Flow(state, verifier, nonce, self._unix_ts() + FLOW_S))
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in metadata.authorization_endpoint else "?"
        return Started(f"{metadata.authorization_endpoint}{mark}{urlencode(query)}", sealed)

    async def finish(self, query: Mapping[str, str], sealed: str) -> ExternalIdentity:
        """Returns the person who came back. Raises `RequestError`: 400, or 502 for the provider's faults."""
        flow = await self._open(sealed)
        state = query.get("state", "").encode()
        if (
            flow is None
            or flow.ends_ts <= self._unix_ts()
            or not hmac.compare_digest(state, flow.state.encode())
        ):
            raise _bad(
                "this sign-in was not started in this browser, or took longer than ten minutes; start again"
            )
        if "error" in query:
            raise _bad(
                f"the provider refused: {query['error'][:100]!r}; start again, or ask its administrator"
            )
        metadata = await self._describe()
        if query.get("iss", metadata.issuer) != metadata.issuer:
            raise _bad("the answer came from another provider (RFC 9207)")
        async with _client() as http:
            tokens = await self._exchange(http, metadata, query.get("code", ""), flow.verifier)
            keys = await _fetch(http, metadata.jwks_uri, KeySetSerialization)
        return self._read(tokens, keys, metadata, flow.nonce)

    async def _seal(self, flow: _Flow) -> str:
        return jwe.encrypt_compact(dict(_SEAL), msgspec.json.encode(flow), await self._sealing_key())

    async def _open(self, sealed: str) -> _Flow | None:
        """None for a cookie that we have not sealed."""
        try:
            opened = jwe.decrypt_compact(sealed, await self._sealing_key(), list(_SEAL.values()))
            return msgspec.json.decode(opened.plaintext or b"", type=_Flow)
        except (JoseError, ValueError):
            return None

    async def _sealing_key(self) -> OctKey:
        if self._key is None:
            kept = await self._store.key(_KEY_NAME, secrets.token_hex(_KEY_BYTES))
            self._key = OctKey.import_key(bytes.fromhex(kept))
        return self._key

    async def _describe(self) -> _Metadata:
        now_ts = self._unix_ts()
        if self._metadata is not None and now_ts - self._metadata[0] < _METADATA_FOR_S:
            return self._metadata[1]
        url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        async with _client() as http:
            found = await _fetch(http, url, _Metadata)
        if found.issuer != self.settings.issuer:
            raise _provider(f"it calls itself {found.issuer!r}, {self.settings.issuer!r} was configured")
        self._metadata = (now_ts, found)
        return found

    async def _exchange(
        self, http: httpx.AsyncClient, metadata: _Metadata, code: str, verifier: str
    ) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": verifier,
        }
        auth: httpx.Auth = httpx.Auth()
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749 section 2.3.1: both are form-encoded before they are joined.
            auth = httpx.BasicAuth(quote(self.settings.client_id, ""), quote(self.settings.client_secret, ""))
        else:
            form |= {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
        try:
            answer = await http.post(metadata.token_endpoint, data=form, auth=auth)
        except httpx.HTTPError as error:
            raise _provider(f"its token endpoint does not answer ({error.__class__.__name__})") from error
        if answer.status_code in (400, 401, 403):
            raise _bad("the provider did not take the code; start again")
        return _decoded(answer, _Tokens)

    def _read(
        self, tokens: _Tokens, keys: KeySetSerialization, metadata: _Metadata, nonce: str
    ) -> ExternalIdentity:
        try:
            token = jwt.decode(
                tokens.id_token,
                KeySet.import_key_set(keys),
                algorithms=list(_ALGORITHMS),
            )
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={"iss": {"value": metadata.issuer}, "aud": {"value": self.settings.client_id}},
                params={
                    "nonce": nonce,
                    "client_id": self.settings.client_id,
                    "access_token": tokens.access_token,
                },
            )
            claims.validate(now=int(self._unix_ts()), leeway=_CLOCK_SKEW_S)
        except (ExpiredTokenError, InvalidClaimError) as error:
            if error.claim not in _TIMES:
                raise _does_not_hold(error) from error
            raise RequestError(
                "the provider's answer is not valid at this time by the server's clock; start again, and if that does "
                "not help, ask an administrator to compare the clocks of the two computers",
                code=ProblemCode.PROVIDER_CLOCK,
            ) from error
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _does_not_hold(error) from error
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise _provider("its id token has no subject")
        return ExternalIdentity(
            f"{metadata.issuer}|{subject}", str(claims.get("preferred_username") or subject)
        )


def _does_not_hold(error: Exception) -> RequestError:
    return _provider(f"its id token does not hold ({error.__class__.__name__})")


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_WITHIN_S, follow_redirects=False)


async def _fetch(http: httpx.AsyncClient, url: str, shape: type[T]) -> T:
    try:
        return _decoded(await http.get(url), shape)
    except httpx.HTTPError as error:
        raise _provider(f"{url} does not answer ({error.__class__.__name__})") from error


def _decoded(answer: httpx.Response, shape: type[T]) -> T:
    if answer.status_code != httpx.codes.OK:
        raise _provider(f"{answer.url.copy_with(query=None)} answers {answer.status_code}")
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except msgspec.DecodeError as error:
        raise _provider(
            f"{answer.url.copy_with(query=None)} answers with something else ({error})"
        ) from error


def _bad(why: str) -> RequestError:
    return RequestError(why, code=ProblemCode.SIGN_IN_FAILED)


def _provider(why: str) -> RequestError:
    return RequestError(
        f"the OpenID provider failed: {why}; ask whoever runs it", code=ProblemCode.PROVIDER_FAILED
    )
