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
from asyncua.ua.uaerrors import UaError
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import load_der_x509_certificate

from setpoint.errors import ConfigError, SourceError
from setpoint.sources.opcua.certificate import certificate_from_der, read_certificate, read_private_key
from setpoint.sources.opcua.offers import OpcUaClient, drop, explain_opening, user_certificate_of
from setpoint.sources.opcua.session import SESSION_TIMEOUT_S, Session, Sizes
from setpoint.sources.opcua.settings import OpcUaSettings, Security
from setpoint.sources.opcua.time_limit import within
from setpoint.sources.wording import words

# Setpoint reports each failure once, with a remedy; the libraries would log it again with a traceback.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

SOCKET_WITHIN_S = 2.0
"""A running server accepts at once. After a cut, a new attempt succeeds sooner than an old one."""
CLOSE_WITHIN_S = 0.5
ASK_AGAIN_AFTER_S = 60.0
CHANNEL_LIFETIME_MS = 3_600_000
"""The lifetime that we request; the server may grant less. The keys are renewed after three quarters of it."""
_POLICIES: Mapping[str, type[Any]] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes256_Sha256_RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
    "Aes128_Sha256_RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Basic256": security_policies.SecurityPolicyBasic256,
    "Basic128Rsa15": security_policies.SecurityPolicyBasic128Rsa15,
}
_OTHER_TRANSPORTS = ("http", "opc.http", "opc.ws")
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


class _Client(OpcUaClient):
    """asyncua's client. If a server accepts a password in several ways, it uses the best protected one.

    It looks for its own endpoint by policy and mode alone: servers behind NAT, or with a host name that only they know,
    give other addresses, or none.
    """

    async def create_session(self) -> ua.CreateSessionResult:
        create = self.uaclient.create_session

        async def created(parameters: ua.CreateSessionParameters) -> ua.CreateSessionResult:
            result = await create(parameters)
            result.ServerEndpoints = [self._own_endpoint(result.ServerEndpoints or ())]
            return result

        self.uaclient.create_session = created  # type: ignore[method-assign]  # asyncua refuses the endpoints itself
        return await super().create_session()

    def _own_endpoint(self, offered: Iterable[ua.EndpointDescription]) -> ua.EndpointDescription:
        policy, mode = self.security_policy.URI, self.security_policy.Mode
        found = next(
            (
                each
                for each in offered
                if (each.SecurityPolicyUri, each.SecurityMode) == (policy, mode)
                and not str(each.EndpointUrl or "").lower().startswith(_OTHER_TRANSPORTS)
            ),
            ua.EndpointDescription(SecurityPolicyUri=policy, SecurityMode=mode),
        )
        return replace(
            found, EndpointUrl=self.server_url.geturl(), UserIdentityTokens=found.UserIdentityTokens or []
        )

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
    """Why a connection could not be opened, according to the server; valid for a minute."""

    message: str = ""
    code: str = "source"
    _cause: str = ""
    _noted_at: float = 0.0

    def is_known(self, error: Exception) -> bool:
        is_fresh = time.monotonic() - self._noted_at < ASK_AGAIN_AFTER_S
        return bool(self.message) and self._cause == repr(error) and is_fresh

    def note(self, error: Exception, found: SourceError) -> None:
        self.message, self.code = found.args[0], found.code
        self._cause, self._noted_at = repr(error), time.monotonic()


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
    client.session_timeout = round(SESSION_TIMEOUT_S * 1000)
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
        await drop(client)
        raise
    except Exception as error:
        # The library may raise anything while it opens the channel; in every case, the channel is not open.
        await drop(client)
        diagnosis = diagnosis or Diagnosis()
        if not diagnosis.is_known(error):
            diagnosis.note(error, await explain_opening(error, settings, secrets))
        raise SourceError(diagnosis.message, code=diagnosis.code) from error
    except BaseException:
        await drop(client)
        raise
    try:
        yield session
    finally:
        await _close(client)


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
    certificate = user_certificate_of(security, secrets)
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


async def _close(client: Client) -> None:
    """Closes the session if the peer still answers, and the socket in any case."""
    with suppress(UaError, OSError, TimeoutError):
        async with within(CLOSE_WITHIN_S):
            await client.uaclient.close_session(True)
            await client.close_secure_channel()
    await drop(client)
