"""One connection to one endpoint: opened securely or not at all, and closed without waiting for the peer.

asyncua handles the channel and the session. Its reconnection and its subscriptions are not used, because the source
must know exactly when contact was lost (`setpoint.sources.opcua.source`). Every failure becomes a `SourceError` with a
remedy.
"""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies
from asyncua.crypto.uacrypto import CertProperties, pem_from_key
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import load_der_x509_certificate

from setpoint.errors import ConfigError, SourceError
from setpoint.sources.opcua.certificate import (
    Certificate,
    certificate_from_der,
    read_certificate,
    read_private_key,
)
from setpoint.sources.opcua.explain import explain
from setpoint.sources.opcua.quality import in_words
from setpoint.sources.opcua.session import Session, Sizes
from setpoint.sources.opcua.settings import OpcUaSettings, Security
from setpoint.sources.opcua.time_limit import within
from setpoint.sources.wording import words

# Setpoint reports each failure once, with a remedy; the libraries would log it again with a traceback.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

SOCKET_WITHIN_S = 2.0
"""A running server accepts at once. After a cut, a new attempt succeeds sooner than an old one."""
CONNECT_WITHIN_S = 10.0
CLOSE_WITHIN_S = 0.5
ASK_AGAIN_AFTER_S = 60.0
SESSION_TIMEOUT_MS = 30_000
"""Longer than any silence that a connection survives (`source.DROP_AFTER_S`), but not by much: the session of a broken
connection stays open for this time, and small controllers allow few sessions."""
CHANNEL_LIFETIME_MS = 3_600_000
"""The lifetime that we request; the server may grant less. The keys are renewed after three quarters of it."""
_POLICIES: Mapping[str, type[Any]] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes256_Sha256_RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
    "Aes128_Sha256_RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Basic256": security_policies.SecurityPolicyBasic256,
    "Basic128Rsa15": security_policies.SecurityPolicyBasic128Rsa15,
}
OUTDATED_POLICIES = frozenset(("Basic256", "Basic128Rsa15"))
"""They rest on SHA-1 and are withdrawn from OPC UA; used only where the plant file names them."""
_BEST_FIRST = tuple(
    policy.URI
    for policy in (
        security_policies.SecurityPolicyAes256Sha256RsaPss,
        security_policies.SecurityPolicyBasic256Sha256,
        security_policies.SecurityPolicyAes128Sha256RsaOaep,
        security_policies.SecurityPolicyBasic256,
        security_policies.SecurityPolicyBasic128Rsa15,
    )
)


class _Client(Client):
    """asyncua's client. If a server accepts a password in several ways, it uses the best protected one."""

    def server_policy(self, token_type: ua.UserTokenType) -> ua.UserTokenPolicy:
        own = self.security_policy.URI
        policies = [
            replace(each, SecurityPolicyUri=each.SecurityPolicyUri or own)
            for each in self._policy_ids
            if each.TokenType == token_type
        ]
        if token_type is ua.UserTokenType.Certificate or len(policies) < 2:
            return super().server_policy(token_type)
        known = [*_BEST_FIRST, security_policies.SecurityPolicyNone.URI]
        usable = [each for each in policies if each.SecurityPolicyUri in known]
        return min(usable or policies, key=lambda each: _place(known, each.SecurityPolicyUri))


@dataclass(slots=True)
class Diagnosis:
    """Why a connection could not be opened, as the server told; valid for a minute."""

    message: str = ""
    code: str = "source"
    _cause: str = ""
    _asked_at: float = 0.0

    def is_known(self, error: Exception) -> bool:
        is_fresh = time.monotonic() - self._asked_at < ASK_AGAIN_AFTER_S
        return bool(self.message) and self._cause == repr(error) and is_fresh

    def note(self, error: Exception, found: SourceError) -> None:
        self.message, self.code = found.args[0], found.code
        self._cause, self._asked_at = repr(error), time.monotonic()


def _place(known: list[str], uri: str) -> int:
    return known.index(uri) if uri in known else len(known)


@asynccontextmanager
async def connect(
    settings: OpcUaSettings,
    secrets: Mapping[str, str],
    *,
    sizes: Sizes | None = None,
    diagnosis: Diagnosis | None = None,
) -> AsyncIterator[Session]:
    """A session at the endpoint, open during the block. Raises `SourceError` or `ConfigError` with a remedy.

    ``diagnosis`` keeps the reason of an earlier failure, so that a refusing server is not asked for it each time.
    """
    within_s = settings.connect_timeout_ms / 1000
    client = _Client(settings.endpoint, timeout=within_s)
    client.name = client.description = "Setpoint"
    client.application_uri = "urn:setpoint:client"
    client.product_uri = "urn:setpoint"
    client.session_timeout = SESSION_TIMEOUT_MS
    client.secure_channel_timeout = CHANNEL_LIFETIME_MS
    client.uaclient.pre_request_hook = None  # it checks the library's own tasks, which do not run here
    try:
        async with within(within_s):
            await _secure(client, settings.security, secrets)
            _identify(client, settings.security, secrets)
            async with within(min(SOCKET_WITHIN_S, within_s)):
                await client.connect_socket()
            await client.send_hello()
            await client.open_secure_channel()
            await client.create_session()
            _look_after_password(client, settings.security, secrets)
            await client.activate_session(
                username=secrets.get("username"),
                password=secrets.get("password"),
                certificate=client.user_certificate,
            )
            protocol = client.uaclient.protocol
            if protocol is None:
                raise ConnectionResetError("the connection was lost while it was opened")
            session = Session(
                client,
                protocol,
                settings.endpoint,
                sizes=sizes,
                request_within_s=settings.request_timeout_ms / 1000,
            )
            await session.prepare()
    except (ConfigError, SourceError, asyncio.CancelledError):
        await _drop(client)
        raise
    except Exception as error:
        # The library may raise anything while it opens the channel; in every case, the channel is not open.
        await _drop(client)
        diagnosis = diagnosis or Diagnosis()
        if not diagnosis.is_known(error):
            diagnosis.note(error, await _explain_opening(error, settings, secrets))
        raise SourceError(diagnosis.message, code=diagnosis.code) from error
    except BaseException:
        await _drop(client)
        raise
    try:
        yield session
    finally:
        await _close(client)


async def server_certificates(endpoint: str) -> list[tuple[str, str, Certificate | None]]:
    """What a server offers: security policy, mode, certificate. The unencrypted channel carries no secret."""
    client = Client(endpoint, timeout=CONNECT_WITHIN_S)
    client.uaclient.pre_request_hook = None
    try:
        async with within(CONNECT_WITHIN_S):
            offers = await client.connect_and_get_server_endpoints()
    except Exception as error:
        raise explain(error, endpoint) from error
    finally:
        await _drop(client)
    return [
        (
            str(offer.SecurityPolicyUri).rpartition("#")[2],
            offer.SecurityMode.name.rstrip("_"),
            certificate_from_der(offer.ServerCertificate, endpoint) if offer.ServerCertificate else None,
        )
        for offer in offers
    ]


async def _secure(client: Client, security: Security, secrets: Mapping[str, str]) -> None:
    """Sets policy and certificates. Checks every file first, so that errors have a clear reason."""
    if security.policy is None:
        return
    certificate, key, theirs = _files(security)
    now = datetime.now(UTC)
    ours = read_certificate(certificate)
    if problem := ours.problem(now):
        raise ConfigError(
            words("words-our-certificate-make-new-one-setpoint", certificate=certificate, problem=problem)
        )
    peer = read_certificate(theirs)
    if problem := peer.problem(now):
        raise ConfigError(
            words("words-server-s-certificate-have-server-make", theirs=theirs, problem=problem)
        )
    private_key = read_private_key(key, certificate, password=secrets.get("private_key_password"))
    client.application_uri = ours.application_uri or client.application_uri
    await client.set_security(
        _POLICIES[security.policy],
        certificate=CertProperties(ours.der, "der"),
        private_key=CertProperties(pem_from_key(private_key), "pem"),
        server_certificate=CertProperties(peer.der, "der"),
        mode=ua.MessageSecurityMode[security.mode],
    )


def _files(security: Security) -> tuple[Path, Path, Path]:
    if security.certificate is None or security.private_key is None or security.server_certificate is None:
        raise ConfigError(
            words("words-security-needs-certificate-private-key-server", policy=security.policy)
        )
    return security.certificate, security.private_key, security.server_certificate


def _identify(client: Client, security: Security, secrets: Mapping[str, str]) -> None:
    """Sets user name and password, or a user certificate, from the secrets; without either, signs in anonymously."""
    is_open = security.policy is None
    certificate = _user_certificate(security, secrets)
    if certificate is None:
        return
    if is_open:
        raise ConfigError(words("words-user-certificate-needs-secure-channel-security"))
    if "user_private_key" not in secrets:
        raise ConfigError(words("words-secrets-have-user-certificate-no-user"))
    user = read_certificate(certificate)
    if problem := user.problem(datetime.now(UTC)):
        raise ConfigError(
            words("words-user-certificate-make-new-one-trust", certificate=certificate, problem=problem)
        )
    key = security.directory / secrets["user_private_key"]
    client.user_certificate = load_der_x509_certificate(user.der)
    client.user_private_key = read_private_key(
        key, certificate, password=secrets.get("user_private_key_password")
    )


def _look_after_password(client: _Client, security: Security, secrets: Mapping[str, str]) -> None:
    """Refuses to send a password where others could read it, unless the plant file allows that.

    Over an unencrypted channel, the server may accept a password that is encrypted for its certificate. That must be
    the certificate that we trust, because anybody on the network could present another one.
    """
    if not secrets.get("password") or security.may_send_plain_password:
        return
    policy = client.server_policy(ua.UserTokenType.UserName)
    is_encrypted = policy.SecurityPolicyUri in _BEST_FIRST
    if security.policy is not None:
        if is_encrypted or security.mode == "SignAndEncrypt":
            return
        raise ConfigError(words("words-password-would-go-over-channel-signed"))
    theirs = client.security_policy.peer_certificate
    if is_encrypted and security.server_certificate is None:
        raise ConfigError(words("words-security-none-but-server-accepts-password"))
    if is_encrypted and theirs is not None and security.server_certificate is not None:
        trusted = read_certificate(security.server_certificate)
        if certificate_from_der(theirs, client.server_url.geturl()).der == trusted.der:
            return
        raise ConfigError(
            words(
                "words-server-shows-another-certificate-than-so",
                servercertificate=security.server_certificate,
            )
        )
    raise ConfigError(words("words-password-would-go-over-unencrypted-channel"))


def _user_certificate(security: Security, secrets: Mapping[str, str]) -> Path | None:
    return security.directory / secrets["user_certificate"] if "user_certificate" in secrets else None


async def _explain_opening(
    error: Exception, settings: OpcUaSettings, secrets: Mapping[str, str]
) -> SourceError:
    """Why a connection could not be opened. Asks the server what it offers if that can explain more."""
    security = settings.security
    if isinstance(error, OSError) and security.policy is None:
        return explain(error, settings.endpoint)
    user = _user_certificate(security, secrets)
    if user is not None and isinstance(error, UaStatusCodeError) and error.code in _ABOUT_SIGN_IN:
        return SourceError(
            words(
                "words-refuses-user-certificate-on-server-move",
                endpoint=settings.endpoint,
                user=user,
                fingerprint=read_certificate(user).fingerprint,
                value=in_words(error.code),
            ),
            code="not_trusted",
        )
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
    """What a server offers instead of what we want, and what to do."""
    places = sorted(offered)
    names = ", ".join(f"{policy} {mode}" for policy, mode in places)
    secure = {policy for policy, _ in places} - {"None"}
    if secure and secure <= OUTDATED_POLICIES:
        return words("words-offer-outdated", known=names)
    return words("words-offer", known=names)


def _is_about_security(error: Exception) -> bool:
    """Whether the failure may be about security. Servers hide that: by a general code, by hanging up, or by silence."""
    if isinstance(error, UaStatusCodeError):
        return error.code in _ABOUT_SECURITY
    return not isinstance(error, ConfigError)


def _reason(error: Exception) -> str:
    return in_words(error.code) if isinstance(error, UaStatusCodeError) else words("words-gives-no-reason")


async def _close(client: Client) -> None:
    """Closes the session if the peer still answers, and the socket in any case."""
    with suppress(UaError, OSError, TimeoutError):
        async with within(CLOSE_WITHIN_S):
            await client.uaclient.close_session(True)
            await client.close_secure_channel()
    await _drop(client)


async def _drop(client: Client) -> None:
    """Closes the socket at once, without sending what waits, and lets the loop notice."""
    protocol = client.uaclient.protocol
    if protocol is not None and protocol.transport is not None:
        protocol.transport.abort()
    client.disconnect_socket()
    await asyncio.sleep(0)


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
