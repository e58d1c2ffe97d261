"""What a server offers before a session, and why a connection to it could not be opened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.status_codes import StatusCodes, get_name_and_doc
from asyncua.ua.uaerrors import UaStatusCodeError

from setpoint.core.plant import usable_text
from setpoint.errors import ConfigError, SourceError
from setpoint.sources.opcua.certificate import Certificate, certificate_from_der, read_certificate
from setpoint.sources.opcua.explain import explain
from setpoint.sources.opcua.quality import in_words
from setpoint.sources.opcua.settings import OpcUaSettings, Security
from setpoint.sources.opcua.time_limit import within
from setpoint.sources.wording import words

DEFAULT_PORT = 4840
"""The port of `opc.tcp`, for addresses without one."""
ASK_WITHIN_S = 10.0
_MOST_SERVERS = 8
_OUTDATED_POLICIES = frozenset(("Basic256", "Basic128Rsa15"))
"""Policies that rely on SHA-1 and have been withdrawn from OPC UA. They are used only if the plant file names them."""
_ABOUT_SECURITY = frozenset(
    (
        StatusCodes.BadSecurityChecksFailed,
        StatusCodes.BadCertificateUntrusted,
        StatusCodes.BadCertificateInvalid,
        StatusCodes.BadCertificateTimeInvalid,
        StatusCodes.BadCertificateUriInvalid,
        StatusCodes.BadCertificateUseNotAllowed,
        StatusCodes.BadCertificateChainIncomplete,
        StatusCodes.BadCertificateRevoked,
        StatusCodes.BadConnectionClosed,
    )
)
_ABOUT_SIGN_IN = frozenset(
    (
        StatusCodes.BadIdentityTokenRejected,
        StatusCodes.BadIdentityTokenInvalid,
        StatusCodes.BadUserAccessDenied,
        StatusCodes.BadUserSignatureInvalid,
    )
)


Found = TypeVar("Found")


class OpcUaClient(Client):
    """asyncua's client, with the protocol's own port if the address has none."""

    async def connect_socket(self) -> None:
        await self.uaclient.connect_socket(
            self.server_url.hostname or "", self.server_url.port or DEFAULT_PORT
        )


async def _query(endpoint: str, ask: Callable[[Client], Awaitable[Found]]) -> Found:
    """The answer to a question that needs no session. The unencrypted channel carries no secret."""
    client = OpcUaClient(endpoint, timeout=ASK_WITHIN_S)
    client.uaclient.pre_request_hook = None
    try:
        async with within(ASK_WITHIN_S):
            return await ask(client)
    except Exception as error:
        raise explain(error, endpoint) from error
    finally:
        await drop(client)


async def server_certificates(endpoint: str) -> list[tuple[str, str, Certificate | None]]:
    """What a server offers: security policy, mode, certificate. Raises `SourceError`."""
    offers = await _query(endpoint, Client.connect_and_get_server_endpoints)
    return [
        (
            str(offer.SecurityPolicyUri).rpartition("#")[2],
            offer.SecurityMode.name.rstrip("_"),
            certificate_from_der(offer.ServerCertificate, endpoint) if offer.ServerCertificate else None,
        )
        for offer in offers
    ]


async def known_servers(endpoint: str) -> list[str]:
    """The addresses of the servers that a discovery server knows. Raises `SourceError`."""
    found = await _query(endpoint, Client.connect_and_find_servers)
    addresses = [
        usable_text(str(address))
        for each in found
        if each.ApplicationType in (ua.ApplicationType.Server, ua.ApplicationType.ClientAndServer)
        for address in each.DiscoveryUrls or ()
        if str(address).lower().startswith("opc.tcp://")
    ]
    return list(dict.fromkeys(addresses))


def _of_discovery_server(endpoint: str, known: Sequence[str]) -> str:
    if not known:
        return words("words-discovery-server", endpoint=endpoint)
    named = ", ".join(known[:_MOST_SERVERS])
    return words("words-discovery-server-knows", endpoint=endpoint, known=named)


def user_certificate_of(security: Security, secrets: Mapping[str, str]) -> Path | None:
    return security.directory / secrets["user_certificate"] if "user_certificate" in secrets else None


def _of_sign_in(error: UaStatusCodeError, settings: OpcUaSettings, secrets: Mapping[str, str]) -> SourceError:
    endpoint, value = settings.endpoint, get_name_and_doc(error.code)[0]
    certificate = user_certificate_of(settings.security, secrets)
    if certificate is not None:
        found = words(
            "words-refuses-user-certificate-on-server-move",
            endpoint=endpoint,
            user=certificate,
            fingerprint=read_certificate(certificate).fingerprint,
            value=value,
        )
        return SourceError(found, code="not_trusted")
    if (user := secrets.get("username")) is not None:
        return SourceError(
            words("words-refuses-user", endpoint=endpoint, user=user, value=value), code="refused"
        )
    return SourceError(words("words-wants-sign-in", endpoint=endpoint, value=value), code="refused")


async def explain_opening(
    error: Exception, settings: OpcUaSettings, secrets: Mapping[str, str]
) -> SourceError:
    """Why a connection could not be opened. Asks the server what it offers if that can explain more."""
    security = settings.security
    if isinstance(error, OSError) and security.policy is None:
        return explain(error, settings.endpoint)
    if isinstance(error, UaStatusCodeError) and error.code == StatusCodes.BadServiceUnsupported:
        with suppress(SourceError):
            return SourceError(
                _of_discovery_server(settings.endpoint, await known_servers(settings.endpoint))
            )
    if isinstance(error, UaStatusCodeError) and error.code in _ABOUT_SIGN_IN:
        return _of_sign_in(error, settings, secrets)
    with suppress(SourceError):
        offers = await server_certificates(settings.endpoint)
        wanted = (security.policy or "None", security.mode if security.policy else "None")
        offered = {(policy, mode): certificate for policy, mode, certificate in offers}
        if wanted not in offered:
            return SourceError(
                words(
                    "words-does-not-offer-security-but",
                    endpoint=settings.endpoint,
                    known=" ".join(wanted),
                    value=_offer(offered),
                )
            )
        theirs = offered[wanted]
        if security.server_certificate is not None and theirs is not None:
            trusted = read_certificate(security.server_certificate)
            if trusted.der != theirs.der:
                return SourceError(
                    words(
                        "words-has-another-certificate-than-one-we",
                        endpoint=settings.endpoint,
                        fingerprint=theirs.fingerprint,
                        fingerprint2=trusted.fingerprint,
                    )
                )
        if security.certificate is not None and _is_about_security(error):
            ours = read_certificate(security.certificate)
            return SourceError(
                words(
                    "words-does-not-trust-our-certificate-does",
                    endpoint=settings.endpoint,
                    certificate=security.certificate,
                    fingerprint=ours.fingerprint,
                    value=_reason(error),
                ),
                code="not_trusted",
            )
    return explain(error, settings.endpoint)


def _offer(offered: Iterable[tuple[str, str]]) -> str:
    """Describes what a server offers instead of our settings, and what to do."""
    places = sorted(offered)
    names = ", ".join(f"{policy} {mode}" for policy, mode in places)
    secure = {policy for policy, _ in places} - {"None"}
    if secure and secure <= _OUTDATED_POLICIES:
        return words("words-offer-outdated", known=names)
    return words("words-offer", known=names)


def _is_about_security(error: Exception) -> bool:
    """Whether the failure may be about security. Servers hide that: by a general code, by hanging up, or by silence."""
    if isinstance(error, UaStatusCodeError):
        return error.code in _ABOUT_SECURITY
    return not isinstance(error, ConfigError)


def _reason(error: Exception) -> str:
    return in_words(error.code) if isinstance(error, UaStatusCodeError) else words("words-gives-no-reason")


async def drop(client: Client) -> None:
    """Closes the socket at once, without sending what waits, and lets the loop notice."""
    protocol = client.uaclient.protocol
    if protocol is not None and protocol.transport is not None:
        protocol.transport.abort()
    client.disconnect_socket()
    await asyncio.sleep(0)
