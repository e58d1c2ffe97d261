"""One connection to one endpoint: opened securely or not at all, watched, closed without waiting for the peer.

asyncua does the channel and the session; its reconnection and its subscriptions are not used, because a source has to
know to the second what it has lost (`setpoint.sources.opcua.source`). Every failure comes out as a `SourceError` that
says what to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.utils import Buffer
from asyncua.crypto import security_policies
from asyncua.crypto.uacrypto import CertProperties, pem_from_key
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from cryptography.x509 import load_der_x509_certificate

from setpoint.errors import ConfigError, SourceError
from setpoint.sources.opcua.certificate import (
    Certificate,
    certificate_from_der,
    read_certificate,
    read_private_key,
)
from setpoint.sources.opcua.config import OpcUaSettings, Security
from setpoint.sources.opcua.quality import in_words, may_have_landed

# What goes wrong is told once, by us and with a remedy; the library would tell the same with a traceback.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)

CONNECT_WITHIN_S = 4.0
CLOSE_WITHIN_S = 0.5
REQUEST_WITHIN_S = 3.0
SESSION_TIMEOUT_MS = 20_000
"""Longer than any silence that a connection survives (`source.DROP_AFTER_S`), and not much: a broken connection leaves
its session behind for so long, and small controllers have room for few."""
CHANNEL_LIFETIME_MS = 3_600_000
"""What we ask for; the server may grant less. The keys are renewed at three quarters of it."""
_MANY = 500
"""Nodes a call where the server states no limit of its own; as many as leave the event loop free."""
_FEW = 200
"""The same where each node takes many bytes to ask for."""

_POLICIES: Mapping[str, type[Any]] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes256_Sha256_RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}


class _Answer(Protocol):
    ResponseHeader: ua.ResponseHeader


Response = TypeVar("Response", bound=_Answer)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many nodes the server takes in one call."""

    read: int = _MANY
    write: int = _MANY
    monitor: int = _FEW


class Session:
    """An open session. Its calls raise `SourceError` where the connection or the service fails."""

    def __init__(self, client: Client, protocol: UASocketProtocol, endpoint: str) -> None:
        self.endpoint = endpoint
        self.limits = Limits()
        self._client = client
        self._protocol = protocol
        self._spaces: Mapping[str, int] = {}

    async def call(
        self, request: Any, answer: type[Response], *, within_s: float = REQUEST_WITHIN_S
    ) -> Response:
        """One service call: the parsed response, its service result good."""
        try:
            data = await self._protocol.send_request(request, within_s)
            response = struct_from_binary(answer, data)
            response.ResponseHeader.ServiceResult.check()
        except TimeoutError as error:
            raise SourceError(
                f"{self.endpoint} did not answer within {within_s:g} s", code="timeout"
            ) from error
        except (UaError, OSError) as error:
            raise explain(error, self.endpoint) from error
        return response

    async def publish(self, request: ua.PublishRequest) -> Buffer:
        """Sends one Publish and waits for as long as the server keeps it; the bytes of the answer, unread."""
        try:
            return await self._protocol.send_request(request, 0)
        except (UaError, OSError) as error:
            raise explain(error, self.endpoint) from error

    async def read(
        self, nodes: Sequence[ua.NodeId], attribute: AttributeIds = AttributeIds.Value
    ) -> list[ua.DataValue]:
        """One attribute of many nodes, in as few calls as the server allows."""
        values: list[ua.DataValue] = []
        for start in range(0, len(nodes), self.limits.read):
            request = ua.ReadRequest()
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
            request.Parameters.NodesToRead = [
                ua.ReadValueId(NodeId=node, AttributeId=attribute)
                for node in nodes[start : start + self.limits.read]
            ]
            values += (await self.call(request, ua.ReadResponse)).Results
        return values

    async def may_write(self, nodes: Sequence[ua.NodeId]) -> list[bool]:
        """Whether the server says of each node that this user may write it."""
        levels = await self.read(nodes, AttributeIds.UserAccessLevel)
        found = [each.Value.Value if isinstance(each.Value, ua.Variant) else 0 for each in levels]
        return [isinstance(level, int) and bool(level >> ua.AccessLevel.CurrentWrite & 1) for level in found]

    async def prepare(self) -> None:
        """Learns the server's namespaces and limits."""
        spaces, *limits = await self.read([ua.NodeId(ua.Int32(number)) for number in _PREPARATION])
        if isinstance(spaces.Value, ua.Variant) and isinstance(spaces.Value.Value, list):
            self._spaces = {uri: index for index, uri in enumerate(spaces.Value.Value)}
        read, write, monitor = (_limit(each) for each in limits)
        self.limits = Limits(min(read, _MANY), min(write, _MANY), min(monitor, _FEW))

    def node_id(self, text: str) -> ua.NodeId | None:
        """``ns=2;s=…`` or ``nsu=URI;s=…`` as a node id; None where the server does not know the namespace."""
        if text.startswith("nsu="):
            uri, _, rest = text.removeprefix("nsu=").partition(";")
            index = self._spaces.get(uri)
            if index is None:
                return None
            text = f"ns={index};{rest}"
        try:
            return ua.NodeId.from_string(text)
        except (UaError, ValueError):
            return None

    @property
    def namespaces(self) -> Mapping[str, int]:
        return self._spaces

    async def keep_secure(self) -> None:
        """Renews the channel's keys for as long as it runs, at three quarters of their life (Part 4, 5.5.2.1)."""
        while True:
            await asyncio.sleep(self._client.secure_channel_timeout * 0.75 / 1000)
            try:
                await self._client.open_secure_channel(renew=True)
            except (UaError, OSError, TimeoutError) as error:
                raise explain(error, self.endpoint) from error


_PREPARATION = (
    ObjectIds.Server_NamespaceArray,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
)


@asynccontextmanager
async def connect(settings: OpcUaSettings, secrets: Mapping[str, str]) -> AsyncIterator[Session]:
    """A session at the endpoint for the time of the block. Raises `SourceError` or `ConfigError` with a remedy."""
    client = Client(settings.endpoint, timeout=CONNECT_WITHIN_S)
    client.name = client.description = "Setpoint"
    client.application_uri = "urn:setpoint:client"
    client.product_uri = "urn:setpoint"
    client.session_timeout = SESSION_TIMEOUT_MS
    client.secure_channel_timeout = CHANNEL_LIFETIME_MS
    client.uaclient.pre_request_hook = None  # it looks after the library's own tasks, which do not run here
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            await _secure(client, settings.security, secrets)
            _identify(client, settings.security, secrets)
            await client.connect_socket()
            await client.send_hello()
            await client.open_secure_channel()
            await client.create_session()
            await client.activate_session(
                username=secrets.get("username"),
                password=secrets.get("password"),
                certificate=client.user_certificate,
            )
            protocol = client.uaclient.protocol
            if protocol is None:
                raise ConnectionResetError("the connection was lost while it was opened")
            session = Session(client, protocol, settings.endpoint)
            await session.prepare()
    except (UaError, OSError, TimeoutError, ValueError, AssertionError) as error:
        # AssertionError: asyncua's own, where a server answers the opening of a channel with a fault.
        await _drop(client)
        raise await _explain_opening(error, settings, secrets) from error
    except BaseException:
        await _drop(client)
        raise
    try:
        yield session
    finally:
        await _close(client)


async def server_certificates(endpoint: str) -> list[tuple[str, str, Certificate | None]]:
    """What a server offers: security policy, mode, certificate. Asked over an open channel, which carries no secret."""
    client = Client(endpoint, timeout=CONNECT_WITHIN_S)
    client.uaclient.pre_request_hook = None
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            offers = await client.connect_and_get_server_endpoints()
    except (UaError, OSError, TimeoutError) as error:
        raise explain(error, endpoint) from error
    finally:
        await _drop(client)
    return [
        (
            offer.SecurityPolicyUri.rpartition("#")[2],
            offer.SecurityMode.name.rstrip("_"),
            certificate_from_der(offer.ServerCertificate) if offer.ServerCertificate else None,
        )
        for offer in offers
    ]


def explain(error: Exception, endpoint: str) -> SourceError:
    """What went wrong with a peer, for people."""
    if isinstance(error, UaStatusCodeError):
        remedy = _REMEDIES.get(error.code)
        said = f"{endpoint} says {in_words(error.code)}"
        code = "unsure" if may_have_landed(error.code) else "refused"
        return SourceError(f"{said}; {remedy}" if remedy else said, code=code)
    if isinstance(error, TimeoutError):
        return SourceError(f"{endpoint} does not answer; is it the right address, and is the server well?")
    if isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
        return SourceError(f"{endpoint} cannot be reached or closed the connection: {reason}")
    return SourceError(f"{endpoint} does not speak OPC UA as expected: {error}")


async def _secure(client: Client, security: Security, secrets: Mapping[str, str]) -> None:
    """Puts policy and certificates in place; every file is looked at first, so that the reason is a clear one."""
    if security.policy is None:
        return
    certificate, key, theirs = _files(security)
    now = datetime.now(UTC)
    ours = read_certificate(certificate)
    if problem := ours.problem(now):
        raise ConfigError(
            f"our certificate {certificate} {problem}; make a new one with `setpoint opcua certificate` "
            "and trust it on the server"
        )
    peer = read_certificate(theirs)
    if problem := peer.problem(now):
        raise ConfigError(
            f"the server's certificate {theirs} {problem}; have the server make a new one, "
            "then fetch it with `setpoint opcua trust`"
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
            f"security {security.policy} needs certificate, private_key and server_certificate in the plant file"
        )
    return security.certificate, security.private_key, security.server_certificate


def _identify(client: Client, security: Security, secrets: Mapping[str, str]) -> None:
    """User name and password, or a user's certificate, from the secrets; without either we are anonymous."""
    is_open = security.policy is None
    if secrets.get("password") and is_open and not security.may_send_plain_password:
        raise ConfigError(
            'a password would go over an open channel (security = "None"); choose a security policy, '
            "or say plain_password = true where nobody else is on the network"
        )
    certificate = _user_certificate(security, secrets)
    if certificate is None:
        return
    if is_open:
        raise ConfigError(
            'a user certificate needs a secure channel, and security is "None"; choose a security policy'
        )
    if "user_private_key" not in secrets:
        raise ConfigError(
            "the secrets have a user_certificate and no user_private_key; give the file of its key as well"
        )
    user = read_certificate(certificate)
    if problem := user.problem(datetime.now(UTC)):
        raise ConfigError(
            f"the user certificate {certificate} {problem}; make a new one and trust it on the server"
        )
    key = security.directory / secrets["user_private_key"]
    client.user_certificate = load_der_x509_certificate(user.der)
    client.user_private_key = read_private_key(
        key, certificate, password=secrets.get("user_private_key_password")
    )


def _user_certificate(security: Security, secrets: Mapping[str, str]) -> Path | None:
    return security.directory / secrets["user_certificate"] if "user_certificate" in secrets else None


async def _explain_opening(
    error: Exception, settings: OpcUaSettings, secrets: Mapping[str, str]
) -> SourceError:
    """Why a connection could not be opened; asks the server what it offers where that tells more."""
    security = settings.security
    if isinstance(error, ConnectionRefusedError):
        return explain(error, settings.endpoint)
    user = _user_certificate(security, secrets)
    if user is not None and isinstance(error, UaStatusCodeError) and error.code in _ABOUT_SIGN_IN:
        return SourceError(
            f"{settings.endpoint} does not let in the user certificate {user} "
            f"({read_certificate(user).fingerprint}): {in_words(error.code)}; on the server, move it from the "
            "rejected to the trusted certificates of users, give that user the right, and see that it takes "
            "certificates at all",
            code="not_trusted",
        )
    with suppress(SourceError):
        offers = await server_certificates(settings.endpoint)
        wanted = (security.policy or "None", security.mode if security.policy else "None")
        offered = {(policy, mode): certificate for policy, mode, certificate in offers}
        if wanted not in offered:
            names = ", ".join(sorted(f"{policy} {mode}" for policy, mode in offered))
            return SourceError(
                f"{settings.endpoint} does not offer security {' '.join(wanted)}, but {names}; "
                "change security and mode in the plant file, or the server's settings"
            )
        theirs = offered[wanted]
        if security.server_certificate is not None and theirs is not None:
            trusted = read_certificate(security.server_certificate)
            if trusted.der != theirs.der:
                return SourceError(
                    f"{settings.endpoint} has another certificate ({theirs.fingerprint}) than the one we trust "
                    f"({trusted.fingerprint}); if the server was renewed, look at it and fetch it again: "
                    "setpoint opcua trust"
                )
        if security.certificate is not None and _is_about_security(error):
            ours = read_certificate(security.certificate)
            return SourceError(
                f"{settings.endpoint} does not trust our certificate ({security.certificate}, {ours.fingerprint}), "
                f"or finds it wanting: {_reason(error)}; on the server, move it from the rejected to the trusted ones",
                code="not_trusted",
            )
    return explain(error, settings.endpoint)


def _is_about_security(error: Exception) -> bool:
    """Servers hide why they refuse a channel: by a general code, by hanging up, or by silence."""
    if isinstance(error, UaStatusCodeError):
        return error.code in _ABOUT_SECURITY
    return isinstance(error, OSError | TimeoutError | UaError | AssertionError)


def _reason(error: Exception) -> str:
    return in_words(error.code) if isinstance(error, UaStatusCodeError) else "it gives no reason"


def _limit(value: ua.DataValue) -> int:
    number = value.Value.Value if isinstance(value.Value, ua.Variant) else None
    return number if isinstance(number, int) and number > 0 else _MANY


async def _close(client: Client) -> None:
    """Says good-bye if the peer still listens, and goes in any case."""
    with suppress(UaError, OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await client.uaclient.close_session(True)
            await client.close_secure_channel()
    await _drop(client)


async def _drop(client: Client) -> None:
    """Closes the socket now, whatever still waits to be sent, and lets the loop see that it is closed."""
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
_REMEDIES: Mapping[int, str] = {
    StatusCodes.BadUserAccessDenied: "check username and password in the secrets, and the user's rights on the server",
    StatusCodes.BadIdentityTokenRejected: "the server does not take this kind of sign-in; check the secrets",
    StatusCodes.BadIdentityTokenInvalid: "the server does not take this kind of sign-in; check the secrets",
    StatusCodes.BadTooManySessions: "the server has no session left; close other clients or raise its limit",
    StatusCodes.BadTooManySubscriptions: "raise machines_per_subscription in the plant file",
    StatusCodes.BadTcpEndpointUrlInvalid: "the address is not the one that the server knows itself by; check endpoint",
    StatusCodes.BadSecurityPolicyRejected: "choose another security in the plant file",
}
