"""A small OpenID provider that works for sign-in: discovery, authorization, tokens and keys. It can also misbehave."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar import Litestar, Request, Response, get, post
from tests.security.sign_in_server import until

CLIENT_ID, CLIENT_SECRET = "setpoint", "client secret & more"
SUBJECT = "a-0001"


@cache
def first_key() -> RSAKey:
    """The key of every provider in these tests. They share it, because making a key takes longer than most tests."""
    return RSAKey.generate_key(2048, {"kid": "k1"})


@dataclass
class Provider:
    """The provider. ``claims`` overrides claims of the id token. ``key`` and ``algorithm`` sign it."""

    issuer: str
    key: RSAKey = field(default_factory=first_key)
    published: RSAKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    named_issuer: str | None = None
    is_down: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def app(self) -> Litestar:
        @get("/.well-known/openid-configuration")
        async def discovery() -> Response[Any]:
            if self.is_down:
                return Response({"error": "down"}, status_code=503)
            return Response(
                {
                    "issuer": self.named_issuer or self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "response_types_supported": ["code"],
                }
            )

        @get("/authorize")
        async def authorize(request: Request[Any, Any, Any]) -> Response[None]:
            query = dict(request.query_params)
            assert query["response_type"] == "code"
            assert query["client_id"] == CLIENT_ID
            assert query["code_challenge_method"] == "S256"
            code = f"code{len(self.codes)}"
            self.codes[code] = query
            back = urlencode({"code": code, "state": query["state"], "iss": self.issuer})
            return Response(None, status_code=302, headers={"location": f"{query['redirect_uri']}?{back}"})

        @post("/token", status_code=200)
        async def token(request: Request[Any, Any, Any]) -> Response[Any]:
            self.requests.append(request.headers.get("authorization", ""))
            form = await request.form()
            query = self.codes.pop(form["code"], None)
            if query is None or not self._is_client(request) or not _fits(form["code_verifier"], query):
                return Response({"error": "invalid_grant"}, status_code=400)
            now = int(time.time())
            claims = {
                "iss": self.issuer,
                "sub": SUBJECT,
                "aud": CLIENT_ID,
                "exp": now + 300,
                "iat": now,
                "nonce": query["nonce"],
                "preferred_username": "anna",
            } | self.claims
            present = {name: value for name, value in claims.items() if value is not None}
            return Response({"id_token": self._signed(present), "access_token": "at", "token_type": "Bearer"})

        @get("/keys")
        async def keys() -> Response[Any]:
            return Response({"keys": [(self.published or self.key).as_dict(private=False)]})

        return Litestar([discovery, authorize, token, keys])

    def _is_client(self, request: Request[Any, Any, Any]) -> bool:
        text = f"{urlencode({'': CLIENT_ID})[1:]}:{CLIENT_SECRET.replace(' ', '%20').replace('&', '%26')}"
        return request.headers.get("authorization") == "Basic " + base64.b64encode(text.encode()).decode()

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims)
            return (
                ".".join(base64.urlsafe_b64encode(_json(part)).decode().rstrip("=") for part in parts) + "."
            )
        return jwt.encode({"alg": self.algorithm, "kid": "k1"}, claims, self.key)


def _json(part: dict[str, Any]) -> bytes:
    return json.dumps(part).encode()


def _fits(verifier: str, query: dict[str, str]) -> bool:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return challenge == query["code_challenge"]


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(provider.app(), lifespan="off", log_level="critical"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await until(lambda: server.started)
    try:
        yield provider
    finally:
        server.should_exit = True
        await serving
