"""A webhook: one signed POST for each message, by the Standard Webhooks specification.

Any 2xx is a delivery. 410 says that the receiver is gone, so it is the last attempt. It does not follow redirects,
and does not use proxies or credentials from the environment.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from functools import cached_property

import httpx

from setpoint.core.notify import Delivered, Outgoing, Tried
from setpoint.notify.addresses import ForbiddenAddressError, Lookup, Network, allowed_address, look_up
from setpoint.notify.signature import headers_of

WITHIN_S = 15.0
_PORTS = {"http": 80, "https": 443}


class Webhook:
    """``url`` is https, or http to an allowed network. ``keys`` sign, the newest first."""

    def __init__(
        self, url: str, keys: Sequence[bytes], allow: Sequence[Network] = (), *, lookup: Lookup = look_up
    ) -> None:
        self._url = httpx.URL(url)
        self._keys = keys
        self._allow = allow
        self._lookup = lookup

    @property
    def target(self) -> str:
        """The URL without path and query, which may be secrets."""
        return f"{self._url.scheme}://{self._url.netloc.decode()}"

    async def send(self, message: Outgoing, now: float) -> Delivered | Tried:
        try:
            return _result(await self._post(message, int(now)))
        except ForbiddenAddressError as error:
            return Tried(str(error))
        except OSError as error:
            return Tried(f"{self._url.host} was not found ({error.strerror or error})")
        except httpx.HTTPError as error:
            return Tried(f"{self.target} did not answer ({type(error).__name__})")

    async def _post(self, message: Outgoing, now: int) -> httpx.Response:
        """The head of the answer; nobody reads its body."""
        url, body = self._url, message.body.encode()
        is_encrypted = url.scheme == "https"
        port = url.port or _PORTS[url.scheme]
        address = await allowed_address(
            url.host, port, self._allow, is_encrypted=is_encrypted, lookup=self._lookup
        )
        headers = {
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": "Setpoint",
            **headers_of(message.message, now, body, self._keys),
        }
        async with httpx.AsyncClient(
            timeout=WITHIN_S, follow_redirects=False, trust_env=False, verify=self._tls
        ) as client:
            request = client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers=headers,
                extensions={"sni_hostname": url.host} if is_encrypted else {},
            )
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return answer

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _result(answer: httpx.Response) -> Delivered | Tried:
    status = f"HTTP {answer.status_code}"
    if answer.is_success:
        return Delivered(status)
    if answer.status_code == httpx.codes.GONE:
        return Tried(f"{status}: the receiver is gone", is_final=True)
    if answer.is_redirect:
        return Tried(f"{status}: redirects are not followed")
    return Tried(status, retry_after_s=_retry_after_s(answer))


def _retry_after_s(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0
