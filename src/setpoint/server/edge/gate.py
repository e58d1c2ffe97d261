"""The ASGI layer around all routes. It refuses bad requests and adds security headers to every answer.

    address        the caller's address and scheme, from a trusted proxy if there is one
    path           ``//metrics`` or ``/api%2Fplant``: 404. Otherwise another spelling would get past a proxy in front
                   that allows or denies paths
    host           a request for another host name: 421
    cross-site     a write that a page of another site started: 403. Browsers say so (``Sec-Fetch-Site`` or ``Origin``);
                   a write with our cookie and neither header is refused as well
    body           too large: 413; too slow: 408. Routes for files have their own bound
    headers        content security policy and similar headers; ``Strict-Transport-Security`` behind TLS

Refusals are RFC 9457 problems, like those of the routes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec

from setpoint.contract.http.batches import MAX_BODY_BYTES
from setpoint.contract.http.problems import MEDIA_TYPE, TYPE_PREFIX, Problem, ProblemCode
from setpoint.errors import RequestError
from setpoint.server.edge.hosts import Hosts, is_own_origin
from setpoint.server.edge.proxies import Proxies
from setpoint.server.http.status import STATUS

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE_NAMES = (b"setpoint-session=", b"__Host-setpoint-session=")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class GateLimits:
    """``max_body_bytes`` holds for paths without a prefix in ``larger``. A body must arrive within ``body_within_s``
    plus a time for its size.
    """

    max_body_bytes: int = MAX_BODY_BYTES
    larger: Mapping[str, int] = field(default_factory=lambda: {"/api/files": 20 * 1024 * 1024})  # XL-7
    smaller: Mapping[str, int] = field(
        default_factory=lambda: {"/api/session": 16 * 1024, "/api/invite": 16 * 1024}
    )
    body_within_s: float = 15.0
    min_bytes_per_s: int = 16 * 1024

    def max_bytes(self, path: str) -> int:
        for bounds in (self.larger, self.smaller):
            for prefix, size in bounds.items():
                if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                    return size
        return self.max_body_bytes


class Gate:
    """If ``hosts`` is None, any host name is accepted. ``cookies``: the names by which a browser is signed in; None if
    they are not known, so that it may be any. ``is_secure``: TLS ends here or at a proxy, so browsers may insist on it.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: Hosts | None = None,
        proxies: Proxies | None = None,
        limits: GateLimits | None = None,
        cookies: Sequence[bytes] | None = COOKIE_NAMES,
        is_secure: bool = False,
    ) -> None:
        self._app = app
        self._cookies = cookies
        self._hosts = hosts
        self._proxies = proxies or Proxies()
        self._limits = limits or GateLimits()
        self._is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _Headers(scope["headers"])
        peer = scope.get("client")
        origin = self._proxies.origin(
            peer[0] if peer else "",
            forwarded_for=headers.joined(b"x-forwarded-for"),
            forwarded_proto=headers.joined(b"x-forwarded-proto"),
            is_secure=scope.get("scheme") == "https",
        )
        if len(headers.all(b"cookie")) > 1:  # as HTTP/2 allows
            scope["headers"] = headers.with_one_cookie()
        scope["client"] = (origin.address, peer[1] if peer else 0)
        scope["scheme"] = "https" if origin.is_secure else "http"
        body = _Body(receive, self._limits.max_bytes(scope["path"]), self._limits)
        leaving = self._dressed(send, is_secure=self._is_secure or origin.is_secure)
        refusal = self._refuse(scope, headers)
        if refusal is not None:
            await _problem(leaving, refusal)
            return
        await self._app(scope, body, leaving)

    def _refuse(self, scope: Scope, headers: _Headers) -> RequestError | None:
        hosts = headers.all(b"host")
        if len(hosts) != 1:
            return RequestError(f"expected one Host header, but got {len(hosts)}", code=ProblemCode.BAD_HOST)
        host = hosts[0]
        if self._hosts is not None and not self._hosts.answers_to(host):
            return RequestError(
                f"this server does not answer to {host[:100]!r}; start it with --allowed-host to add a name",
                code=ProblemCode.UNKNOWN_HOST,
                arguments={"name": host[:100]},
            )
        if _is_another_spelling(scope):
            return RequestError(f"there is nothing at {scope['path'][:200]!r}", code=ProblemCode.NOT_FOUND)
        if scope["method"] not in SAFE_METHODS and (why := _cross_site(headers, host, self._cookies)):
            return RequestError(why, code=ProblemCode.CROSS_SITE)
        length = headers.joined(b"content-length")
        limit = self._limits.max_bytes(scope["path"])
        if length.isdigit() and int(length) > limit:
            return RequestError(
                f"at most {limit} bytes are taken here, {length[:20]} were announced",
                code=ProblemCode.BODY_TOO_LARGE,
                arguments={"most": limit},
            )
        return None

    def _dressed(self, send: Send, *, is_secure: bool) -> Send:
        added = (*_HEADERS, _HSTS) if is_secure else _HEADERS

        async def leaving(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in added if name not in own),
                ]
            await send(message)

        return leaving


class _Headers:
    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = tuple(raw)

    def all(self, name: bytes) -> list[str]:
        return [value.decode("latin-1") for key, value in self._raw if key == name]

    def joined(self, name: bytes) -> str:
        return ",".join(self.all(name))

    def with_one_cookie(self) -> list[tuple[bytes, bytes]]:
        others = [(name, value) for name, value in self._raw if name != b"cookie"]
        return [*others, (b"cookie", b"; ".join(value for name, value in self._raw if name == b"cookie"))]


def _is_another_spelling(scope: Scope) -> bool:
    path, raw = str(scope["path"]), bytes(scope.get("raw_path") or b"").lower()
    return "//" in path or "\\" in path or b"%2f" in raw or "/../" in f"{path}/" or "/./" in f"{path}/"


def _cross_site(headers: _Headers, host: str, names: Sequence[bytes] | None) -> str | None:
    """Why a write counts as started by another site's page; None if it does not.

    ``Sec-Fetch-Site`` is set by the browser and by nothing else. Older browsers send ``Origin`` with every write.
    Programs send neither and have no cookie, so there is nothing that another page could borrow.
    """
    fetch_site = headers.joined(b"sec-fetch-site").strip().lower()
    origin = headers.joined(b"origin").strip()
    if fetch_site and fetch_site not in ("same-origin", "none"):
        return f"a page of another site started this request (Sec-Fetch-Site: {fetch_site[:20]})"
    if origin:
        return None if is_own_origin(origin, host) else f"pages from {origin[:100]!r} may not write here"
    if fetch_site:
        return None
    cookies = headers.all(b"cookie")
    if cookies and (names is None or any(name.decode() in each for each in cookies for name in names)):
        return "a write with a cookie says where it comes from (Origin); a program uses a token instead"
    return None


class _Body:
    """``receive`` with a bound on size and time. Messages after the body are not timed.

    Raises `RequestError` 413 or 408, which becomes the route's answer.
    """

    def __init__(self, receive: Receive, max_bytes: int, limits: GateLimits) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._limits = limits
        self._bytes = 0
        self._started: float | None = None
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        loop = asyncio.get_running_loop()
        if self._started is None:
            self._started = loop.time()
        due = self._started + self._limits.body_within_s + self._bytes / self._limits.min_bytes_per_s
        try:
            async with asyncio.timeout_at(due):
                message = await self._receive()
        except TimeoutError:
            raise RequestError(
                f"the body stopped after {self._bytes} bytes; send it again in one go",
                code=ProblemCode.BODY_TOO_SLOW,
            ) from None
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            if self._bytes > self._max_bytes:
                raise RequestError(
                    f"at most {self._max_bytes} bytes are taken here",
                    code=ProblemCode.BODY_TOO_LARGE,
                    arguments={"most": self._max_bytes},
                )
        return message


async def _problem(send: Send, refusal: RequestError) -> None:
    """An RFC 9457 problem. The connection stays open, so that a client that is still sending can read this.

    The rest of the body is discarded, for as long as `setpoint.server.edge.listener` allows.
    """
    code, given = refusal.code, refusal.arguments
    arguments = {name: each for name, each in given.items() if isinstance(each, str | int)}
    status, title = STATUS[code], code.replace("-", " ")
    body = msgspec.json.encode(
        Problem(f"{TYPE_PREFIX}{code}", title, status, refusal.message, code, arguments)
    )
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
